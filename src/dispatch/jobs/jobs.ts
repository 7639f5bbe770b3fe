/** All trials that this process supervises, including those that an earlier process started in the same folder. */
import { mkdir } from 'node:fs/promises'
import * as path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { lockFile, type Unlock } from '../../file-lock.js'
import type { TrialClient } from '../clients/trial-client.js'
import type { Verdict } from '../devices/card-failure.js'
import type { CardNeeds } from '../devices/card-fitness.js'
import { Cards } from '../devices/cards.js'
import { type DeviceGrant, DevicePool } from '../devices/device-pool.js'
import type { Gpu } from '../devices/gpus.js'
import type { JobEngine } from '../engines/engine.js'
import { localEngine } from '../engines/local.js'
import { rayEngine } from '../engines/ray.js'
import type { ProcessProfile } from '../profiles/process-profile.js'
import { whyUnfit } from './fitness.js'
import { endUnstarted, Job, type JobEnd, type JobSite, type Judgement, UnfitDevices } from './job.js'
import { type EndedJob, findUnsettled, JobFolder, type TrialRecord, trialsFolder } from './job-folder.js'
import { setUpJob } from './set-up-job.js'

export interface Machine {
  /** Below it are the trials' folders. */
  readonly folder: string
  readonly gpus: readonly Gpu[]
  readonly cpuSlots: number
  /** The address of a Ray cluster's Jobs API. */
  readonly ray?: string
}

export type NewTrial = Omit<TrialRecord, 'configHash' | 'devices' | 'cardsBefore'>

/** A trial that runs, whichever of its attempts started it. */
export interface RunningTrial {
  /** Resolves once it is told, given back, given up, or left to the next process. It never rejects. */
  readonly done: Promise<JobEnd>
  /** Lets the run count for a newer attempt, whose token this is. */
  join(token: string): Promise<void>
}

/** What makes a trial fail on our side, such as a full disk, seldom passes at once. */
const AGAIN_MS = 5000

export class Jobs {
  private readonly pools: Readonly<Record<'cuda' | 'cpu' | 'ray', DevicePool>>
  private readonly engines: Readonly<Record<ProcessProfile['engine'], JobEngine>>
  private readonly running = new Map<string, RunningTrial>()
  private readonly cards: Cards
  /** Trials that were returned because their cards were throttled. */
  private readonly rerun = new Set<string>()
  /** By profile: what the machine lacked when it was last found broken. */
  private readonly unfit = new Map<string, { readonly why: string; readonly at: number }>()

  private constructor(
    private readonly root: string,
    private readonly unlock: Unlock,
    private readonly machine: Machine,
    private readonly logger: FastifyBaseLogger,
    /** Trials that run are left to the next process. */
    private readonly stopped: AbortSignal,
  ) {
    const local = localEngine(machine.gpus)
    this.engines = { local, confined: local, ray: rayEngine(machine.ray) }
    this.cards = new Cards(machine.gpus, logger, stopped)
    this.pools = {
      cuda: this.cards.pool,
      cpu: new DevicePool(Array.from({ length: machine.cpuSlots }, (_, slot) => `cpu-${slot}`)),
      ray: new DevicePool([]), // the cluster hands out its devices itself
    }
  }

  /** Undefined where another process supervises the trials of the folder, and still does after `waitMs`. */
  static async open(
    machine: Machine,
    logger: FastifyBaseLogger,
    stopped: AbortSignal,
    waitMs = 0,
  ): Promise<Jobs | undefined> {
    const root = trialsFolder(machine.folder)
    await mkdir(root, { recursive: true })
    const unlock = await lockFile(path.join(machine.folder, 'trials-supervisor.lock'), waitMs)
    return unlock && new Jobs(root, unlock, machine, logger, stopped)
  }

  /** Takes up the trials that ran when the process before this one ended. Answers how many they are. */
  async attach(clientOf: (trial: TrialRecord) => Promise<TrialClient>): Promise<number> {
    const folders = await findUnsettled(this.root)
    for (const folder of folders)
      await this.attachOne(folder, clientOf).catch((err) =>
        this.logger.error(
          { err, folder: folder.path },
          'a trial that was left running cannot be supervised: put its trial.json right, or remove the folder',
        ),
      )
    return folders.length
  }

  /** How many trials of this trainer the devices allow at a time. A Ray cluster queues what it cannot run yet. */
  capacity({ engine, devices }: ProcessProfile): number {
    return engine === 'ray'
      ? Number.POSITIVE_INFINITY
      : Math.floor(this.pools[devices.kind].all.length / devices.perTrial)
  }

  /**
   * Waits for the devices of one trial. Undefined where the signal is aborted first; a grant that is unfit where too few
   * can run one.
   */
  takeDevices(
    profile: ProcessProfile,
    owner: string,
    stopped: AbortSignal,
  ): Promise<DeviceGrant | undefined> {
    const { perTrial } = profile.devices
    if (isOnCards(profile)) return this.cards.take(perTrial, needsOf(profile), owner, stopped)
    return this.poolOf(profile).take(profile.engine === 'ray' ? 0 : perTrial, owner, stopped)
  }

  /** Why this machine cannot run a trial of the profile now; undefined where it can. */
  async whyUnfit(profile: ProcessProfile): Promise<string | undefined> {
    return this.whyTooFewCards(profile) ?? this.whyMachineUnfit(profile)
  }

  private whyTooFewCards(profile: ProcessProfile): string | undefined {
    return isOnCards(profile) ? this.cards.pool.whyTooFew(profile.devices.perTrial) : undefined
  }

  private async whyMachineUnfit(profile: ProcessProfile): Promise<string | undefined> {
    const why = await whyUnfit(profile, this.root, this.machine)
    if (why !== undefined) this.unfit.set(profile.name, { why, at: performance.now() })
    return why
  }

  /** The same at any time since then: a trial may have failed of what was mended before anybody looked. */
  private async whyUnfitSince(began: number, profile: ProcessProfile): Promise<string | undefined> {
    const now = await this.whyMachineUnfit(profile)
    const before = this.unfit.get(profile.name)
    return now ?? (before !== undefined && before.at >= began ? before.why : undefined)
  }

  /** Whose fault the end of a trial was, and whether this machine can run it again at once on other devices. */
  private async judge(began: number, trial: TrialRecord, ended: EndedJob): Promise<Judgement> {
    const { profile } = trial
    const throttled = this.whyAgain(trial, ended)
    if (throttled !== undefined) return { returned: throttled, pause: false }
    const verdict = await this.judgeByCards(trial, ended)
    if (verdict.fault === 'card')
      return { returned: verdict.why, pause: this.whyTooFewCards(profile) !== undefined }
    if (ended.told.outcome === 'crashed') {
      const why = await this.whyUnfitSince(began, profile)
      if (why !== undefined) return { returned: why, pause: true }
    }
    return verdict.note === undefined ? {} : { note: verdict.note }
  }

  /** A trial whose cards were throttled runs again once, where its profile wants that. */
  private whyAgain({ study, number, profile }: TrialRecord, { told }: EndedJob): string | undefined {
    const key = `${study}/${number}`
    const hasValue = told.outcome === 'complete' || told.outcome === 'pruned'
    if (!profile.rerunThrottled || !hasValue || told.metrics?.throttled !== true) return undefined
    if (this.rerun.has(key)) return undefined
    this.rerun.add(key)
    return `its cards were throttled, so it runs again: ${told.metrics.gpuSlowedBy}`
  }

  private async judgeByCards(trial: TrialRecord, { told, exit, tail }: EndedJob): Promise<Verdict> {
    const { profile, devices } = trial
    if (!isOnCards(profile)) return { fault: 'configuration' }
    const needs = needsOf(profile)
    if (exit.cards?.ended !== undefined && (exit.ended === 'hot' || exit.ended === 'lost card')) {
      const why = exit.cards.ended
      this.cards.blameAll(devices, why, needs)
      return { fault: 'card', why, cards: [] }
    }
    if (told.outcome === 'complete' || told.outcome === 'pruned') {
      this.cards.praise(devices)
      return { fault: 'configuration' }
    }
    const failed = {
      outcome: told.outcome,
      text: `${told.message ?? ''}\n${tail}`,
      devices,
      before: trial.cardsBefore ?? { lastXid: Number.POSITIVE_INFINITY, errors: {} },
    }
    return this.cards.judge(failed, needs)
  }

  find(study: string, number: number): RunningTrial | undefined {
    return this.running.get(`${study}/${number}`)
  }

  /** Sets a trial up and runs it. From here on the grant is the trial's: it is released when the devices are free. */
  start(trial: NewTrial, grant: DeviceGrant, client: TrialClient): RunningTrial {
    const folder = JobFolder.ofAttempt(this.root, trial.study, trial.number, trial.attempt)
    const record = this.setUp(folder, trial, grant)
    return this.supervise(folder, trial, grant, client, record)
  }

  private async setUp(folder: JobFolder, trial: NewTrial, grant: DeviceGrant): Promise<TrialRecord> {
    if (grant.unfit !== undefined) throw new UnfitDevices(grant.unfit)
    const { devices } = grant
    const before = isOnCards(trial.profile) ? { cardsBefore: await this.cards.before(devices) } : {}
    return setUpJob(folder, { ...trial, ...before, devices })
  }

  /** Resolves once every trial has ended or was left to the next process. */
  async close(): Promise<void> {
    await Promise.all([...this.running.values()].map(({ done }) => done))
    this.unlock()
  }

  private async attachOne(
    folder: JobFolder,
    clientOf: (trial: TrialRecord) => Promise<TrialClient>,
  ): Promise<void> {
    const trial = (await folder.read<TrialRecord>('trial.json'))!
    const client = await clientOf(trial)
    const grant = this.poolOf(trial.profile).reserve(trial.devices, trial.worker)
    this.supervise(folder, trial, grant, client, Promise.resolve(trial))
  }

  private supervise(
    folder: JobFolder,
    trial: NewTrial,
    grant: DeviceGrant,
    client: TrialClient,
    record: Promise<TrialRecord>,
  ): RunningTrial {
    const key = `${trial.study}/${trial.number}`
    const { logger, stopped } = this
    const engine = this.engines[trial.profile.engine]
    const began = performance.now()
    const site: JobSite = {
      client,
      engine,
      logger,
      stopped,
      whyUnfit: () => this.whyUnfitSince(began, trial.profile),
      judge: (found, ended) => this.judge(began, found, ended),
    }
    const job = record.then((found) => new Job(folder, found, site))
    const done = job
      .then(
        (made) => made.run(),
        (error) => endUnstarted(site, { ...trial, folder }, error),
      )
      .catch((error) => this.logDropped(folder, error))
      .then(async (end) => {
        if (isOnCards(trial.profile)) await this.cards.settle(grant.devices, needsOf(trial.profile))
        return end
      })
      .finally(() => {
        this.running.delete(key)
        grant.release()
      })
    const join = (token: string) =>
      job.then(
        (made) => made.join(token),
        () => {}, // its set-up failed, which is being told
      )
    const running = { done, join }
    this.running.set(key, running)
    return running
  }

  private async logDropped(folder: JobFolder, error: unknown): Promise<JobEnd> {
    this.logger.error({ err: error, folder: folder.path }, 'a trial was dropped; it is asked for again')
    await setTimeout(AGAIN_MS, undefined, { signal: this.stopped }).catch(() => {})
    return {}
  }

  private poolOf({ engine, devices }: ProcessProfile): DevicePool {
    return this.pools[engine === 'ray' ? 'ray' : devices.kind]
  }
}

function isOnCards({ engine, devices }: ProcessProfile): boolean {
  return engine !== 'ray' && devices.kind === 'cuda'
}

function needsOf({ memoryLimitGb, thermal }: ProcessProfile): CardNeeds {
  return {
    ...(memoryLimitGb !== undefined && { memoryGib: memoryLimitGb }),
    ...(thermal && { startBelow: thermal.startBelow }),
  }
}
