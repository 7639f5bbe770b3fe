/**
 * The GPUs of this machine while trials run on them: which may be granted, which are withheld because they failed, are in use by
 * somebody else or are too hot, and whose fault the failure of a trial was.
 */
import { setTimeout } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import {
  type CardFault,
  type CardsBefore,
  type FailedTrial,
  judgeFailure,
  type Verdict,
} from './card-failure.js'
import { type CardNeeds, type Fitness, fitnessOf } from './card-fitness.js'
import { type CardReading, readCards } from './card-reading.js'
import { type DeviceGrant, DevicePool } from './device-pool.js'
import { type Gpu, waitUntilFree } from './gpus.js'
import { lastXidStamp, readXids } from './kernel-log.js'
import { readAllocatorMessage } from './out-of-memory.js'

interface Withheld {
  readonly needs: CardNeeds
  readonly fault: CardFault
  /** By performance.now(). */
  readonly notBefore: number
}

const LOOK_MS = 1000
/** A card that has not cooled down by then is withheld, so that its study pauses and says why. */
const COOL_WITHIN_MS = 600_000
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 60_000
/** What a trial held is freed by then after its end, unless somebody else holds it. */
const FREED_AFTER_TRIAL_MS = 30_000
const FREED_WITHIN_MS = 10_000
const FIT: Fitness = { is: 'fit' }

export class Cards {
  readonly pool: DevicePool
  private readonly withheld = new Map<string, Withheld>()
  /** How often a card has failed since it last ran a trial well. */
  private readonly failures = new Map<string, number>()
  private mending = false
  private recent?: { readonly at: number; readonly reading: Promise<CardReading> }

  constructor(
    private readonly gpus: readonly Gpu[],
    private readonly logger: FastifyBaseLogger,
    private readonly stopped: AbortSignal,
  ) {
    this.pool = new DevicePool(gpus.map(({ index }) => index))
  }

  /** Waits for so many cards that can run a trial; unfit where there are too few of them, undefined where it is stopped. */
  async take(
    count: number,
    needs: CardNeeds,
    owner: string,
    stopped: AbortSignal,
  ): Promise<DeviceGrant | undefined> {
    for (const began = performance.now(); ; ) {
      const grant = await this.pool.take(count, owner, stopped)
      if (grant === undefined || grant.unfit !== undefined) return grant
      const { unfit, hot } = await this.examine(grant, needs, began)
      if (unfit.length === 0 && hot === undefined && !stopped.aborted) return grant
      for (const fault of unfit) this.withhold(fault, needs)
      grant.release() // others may have lower needs
      if (hot === undefined) continue
      this.logger.info({ worker: owner }, `waiting for a card to cool down: ${hot}`)
      await setTimeout(LOOK_MS, undefined, { signal: stopped }).catch(() => {})
    }
  }

  /** To be compared with how they are after a trial. */
  async before(devices: readonly string[]): Promise<CardsBefore> {
    const reading = await this.readRecent()
    const cards = reading.is === 'read' ? reading.cards : []
    const errors = cards.flatMap(({ index, uncorrectedErrors: count }) =>
      devices.includes(index) && count !== undefined ? [[index, count] as const] : [],
    )
    return { lastXid: await lastXidStamp(), errors: Object.fromEntries(errors) }
  }

  /** Of a trial that failed, once its processes have ended. Cards that are to blame are withheld. */
  async judge(trial: FailedTrial, needs: CardNeeds): Promise<Verdict> {
    const hasFigures = readAllocatorMessage(trial.text) !== undefined
    if (trial.outcome === 'oom' && !hasFigures) await waitUntilFree(trial.devices, FREED_WITHIN_MS)
    const verdict = judgeFailure(trial, { reading: await this.read(), xids: await readXids() })
    if (verdict.fault === 'card') for (const fault of verdict.cards) this.blame(fault, needs)
    return verdict
  }

  /** They were too hot, or were lost, as the supervisor of a trial saw. */
  blameAll(devices: readonly string[], why: string, needs: CardNeeds): void {
    for (const device of devices) this.blame({ device, why }, needs)
  }

  praise(devices: readonly string[]): void {
    for (const device of devices) this.failures.delete(device)
  }

  /** Waits until enough memory is free after a trial. Cards on which somebody else has it are withheld. */
  async settle(devices: readonly string[], { memoryGib }: CardNeeds): Promise<void> {
    const needs = memoryGib === undefined ? {} : { memoryGib }
    for (const began = performance.now(); !this.stopped.aborted; await setTimeout(LOOK_MS / 2)) {
      const reading = await this.read()
      const busy = devices.flatMap((device) => {
        const fitness = this.withheld.has(device) ? FIT : fitnessOf(device, reading, needs)
        return fitness.is === 'fit' ? [] : [{ device, why: fitness.why }]
      })
      if (busy.length === 0) return
      if (performance.now() - began < FREED_AFTER_TRIAL_MS) continue
      for (const fault of busy) this.withhold(fault, needs)
      return
    }
  }

  /** Cards in whose place another one has come are left out. */
  private async read(): Promise<CardReading> {
    const reading = await readCards()
    if (reading.is === 'failed') return reading
    const known = reading.cards.filter(({ index, uuid }) =>
      this.gpus.some((gpu) => gpu.index === index && gpu.uuid === uuid),
    )
    return { ...reading, cards: known }
  }

  /** Slots that look at the same time share a reading. */
  private readRecent(): Promise<CardReading> {
    const now = performance.now()
    if (this.recent === undefined || now - this.recent.at > LOOK_MS)
      this.recent = { at: now, reading: this.read() }
    return this.recent.reading
  }

  /** Which cards of a grant cannot be used; whether one is only hot, as it may be for some time. */
  private async examine(
    { devices }: DeviceGrant,
    needs: CardNeeds,
    began: number,
  ): Promise<{ readonly unfit: readonly CardFault[]; readonly hot?: string }> {
    const reading = await this.readRecent()
    const found = devices.map((device) => ({ device, fitness: fitnessOf(device, reading, needs) }))
    const waited = performance.now() - began > COOL_WITHIN_MS
    const unfit = found.flatMap(({ device, fitness }) =>
      fitness.is === 'unfit' || (fitness.is === 'hot' && waited) ? [{ device, why: fitness.why }] : [],
    )
    const hot = found.flatMap(({ fitness }) => (fitness.is === 'hot' ? [fitness.why] : []))[0]
    return { unfit, ...(hot !== undefined && !waited && { hot }) }
  }

  private blame(fault: CardFault, needs: CardNeeds): void {
    const failures = this.failures.get(fault.device) ?? 0
    this.failures.set(fault.device, failures + 1)
    this.withhold(fault, needs, Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS))
  }

  private withhold(fault: CardFault, needs: CardNeeds, forMs = 0): void {
    this.logger.error({ device: fault.device }, `a card is withheld from trials: ${fault.why}`)
    this.withheld.set(fault.device, { fault, needs, notBefore: performance.now() + forMs })
    this.pool.withhold(fault.device, fault.why)
    if (!this.mending) void this.mend()
  }

  /** Looks again and again, and gives cards back to the pool that can be used. */
  private async mend(): Promise<void> {
    this.mending = true
    while (this.withheld.size > 0 && !this.stopped.aborted) {
      await setTimeout(LOOK_MS, undefined, { signal: this.stopped, ref: false }).catch(() => {})
      const reading = await this.read()
      for (const [device, { fault, needs, notBefore }] of this.withheld)
        if (performance.now() >= notBefore && fitnessOf(device, reading, needs, fault).is === 'fit') {
          this.withheld.delete(device)
          this.logger.info({ device }, `GPU ${device} can run trials again`)
          this.pool.restore(device)
        }
    }
    this.mending = false
  }
}
