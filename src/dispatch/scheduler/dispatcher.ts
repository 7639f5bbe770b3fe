/**
 * Runs the studies that name a trainer: claims them in rounds, and keeps the slots of each full while the claim
 * holds.
 */
import { randomUUID } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type { Params } from '../../../search-spaces/index.js'
import { Fault } from '../../faults.js'
import { countEarlierRuns } from '../../trials/queries/read-trials.js'
import { type LocalService, localTrialClient, type TrialClient } from '../clients/trial-client.js'
import type { TrialRecord } from '../jobs/job-folder.js'
import { Jobs, type Machine } from '../jobs/jobs.js'
import type { ProcessProfile } from '../profiles/process-profile.js'
import type { Trainers } from '../profiles/profiles.js'
import { CANARY_STUDY, CanaryRuns } from './canary.js'
import {
  askWhileClaimed,
  CLAIM_SECONDS,
  Claim,
  type ClaimedStudy,
  claimStudies,
  dropClaims,
  giveUpClaims,
  renewClaims,
} from './claims.js'
import { runProcessSlots } from './process-slots.js'
import { runSimulatedSlots } from './simulated-slots.js'

interface RunningStudy {
  readonly claim: Claim
  readonly ended: Promise<void>
}

/** What ends the slots of a study without a fault: the study was deleted, or the server stops. */
const ENDINGS = ['study_not_found', 'shutting_down']

export class Dispatcher {
  private readonly server = randomUUID()
  private readonly stopping = new AbortController()
  private readonly studies = new Map<string, RunningStudy>()
  private readonly canaries = new Map<string, Promise<CanaryRuns>>()
  /** Undefined while another process supervises the trials of our folder: then only simulated studies are claimed. */
  private jobs?: Jobs
  private oldClaimsDropped = false

  constructor(
    private readonly service: LocalService & { readonly logger: FastifyBaseLogger },
    private readonly trainers: Trainers,
    private readonly machine: Machine,
    private readonly claimSeconds = CLAIM_SECONDS,
  ) {}

  /**
   * One round, every second or so. Trials that an earlier process left running are taken up before studies are
   * claimed.
   *
   * A study that is no longer ours loses its slots. Its simulated trials are dropped, and the server that has the
   * study now is given them again. Its processes run on under whoever supervises the folder that they are in: only
   * that process can see them. With a folder of our own we therefore go on with their heartbeats and tell them, so
   * that no training is wasted; for as long as they run, more than `parallel` trials may. With a shared folder the
   * process that has the folder's lock supervises all trials in it, for as long as it lives.
   */
  async claimStudies(): Promise<void> {
    await this.dropOldClaims()
    await this.renewClaims()
    await this.openJobs()
    const { database } = this.service
    const claimedAt = performance.now()
    const held = [...this.studies.keys()]
    for (const study of await claimStudies(
      database,
      this.server,
      this.trainersAvailable(),
      held,
      this.claimSeconds,
    ))
      this.startStudy(study, new Claim(claimedAt, this.claimSeconds, this.stopping.signal))
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    await Promise.all([...this.studies.values()].map(({ ended }) => ended))
    await this.jobs?.close()
    await giveUpClaims(this.service.database, this.server).catch((err) =>
      this.service.logger.warn({ err }, 'claims on studies were not released: they run out by themselves'),
    )
  }

  private async renewClaims(): Promise<void> {
    const renewedAt = performance.now()
    const renewed = await renewClaims(
      this.service.database,
      this.server,
      [...this.studies.keys()],
      this.claimSeconds,
    )
    for (const [id, { claim }] of this.studies)
      if (renewed.has(id)) claim.renew(renewedAt)
      else claim.lose()
  }

  /** The embedded database has one server, so a study need not wait until the claim of a killed one has run out. */
  private async dropOldClaims(): Promise<void> {
    if (this.oldClaimsDropped || this.service.database.engine !== 'pglite') return
    await dropClaims(this.service.database)
    this.oldClaimsDropped = true
  }

  private startStudy(study: ClaimedStudy, claim: Claim): void {
    const ended = this.runStudy(study, claim)
      .catch((error) => this.logFailure(study, claim, error))
      .finally(() => this.studies.delete(study.id))
    this.studies.set(study.id, { claim, ended })
  }

  private async runStudy({ id, spec, returnedFor }: ClaimedStudy, claim: Claim): Promise<void> {
    const { profile, takes } = this.trainers.get(spec.trainer!)!
    const client = askWhileClaimed(localTrialClient(this.service, id), claim)
    if (profile.kind === 'simulated') {
      const repetitionOf = (number: number) => countEarlierRuns(this.service.database, id, number)
      return runSimulatedSlots({ spec, profile, client, repetitionOf, stopped: claim.lost })
    }
    const { seed, parallel } = spec
    const { logger } = this.service
    const jobs = this.jobs!
    const canary = await this.canaryOf(profile, takes.defaults)
    await runProcessSlots({
      study: id,
      seed,
      parallel,
      profile,
      client,
      jobs,
      canary,
      logger,
      stopped: claim.lost,
      ...(returnedFor !== null && { returnedFor }),
    })
  }

  private logFailure(study: ClaimedStudy, claim: Claim, error: unknown): void {
    const isOver = error instanceof Fault && ENDINGS.includes(error.code)
    if (claim.lost.aborted || isOver) return
    this.service.logger.error(
      { err: error, study: study.id },
      'the slots of a study failed; they are started again',
    )
  }

  private trainersAvailable(): string[] {
    return [...this.trainers].flatMap(([name, { profile, unavailable }]) =>
      unavailable === undefined && (profile.kind === 'simulated' || this.jobs !== undefined) ? [name] : [],
    )
  }

  /** Takes the folder's lock and the trials in it. */
  private async openJobs(): Promise<void> {
    if (this.jobs !== undefined) return
    const { logger } = this.service
    const jobs = await Jobs.open(this.machine, logger, this.stopping.signal)
    const found = await jobs?.attach((trial) => this.clientOf(trial))
    if (found)
      logger.info({ trials: found }, 'trials that an earlier server left running are supervised again')
    this.jobs = jobs
  }

  private async clientOf({ study, profile, params, devices }: TrialRecord): Promise<TrialClient> {
    if (!study.startsWith(CANARY_STUDY)) return localTrialClient(this.service, study)
    return (await this.canaryOf(profile, params)).trialClient(devices)
  }

  private canaryOf(profile: ProcessProfile, params: Params): Promise<CanaryRuns> {
    const open = this.canaries.get(profile.name)
    if (open !== undefined) return open
    const canary = CanaryRuns.open(profile, params, this.machine.folder, this.service.logger)
    this.canaries.set(profile.name, canary)
    return canary
  }
}
