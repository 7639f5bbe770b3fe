/** All trials that this process supervises, including those that an earlier process started in the same folder. */
import { mkdir } from 'node:fs/promises'
import * as path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { lockFile, type Unlock } from '../../file-lock.js'
import type { TrialClient } from '../clients/trial-client.js'
import { type DeviceGrant, DevicePool } from '../devices/device-pool.js'
import { type Gpu, waitUntilFree } from '../devices/gpus.js'
import type { JobEngine } from '../engines/engine.js'
import { localEngine } from '../engines/local.js'
import { rayEngine } from '../engines/ray.js'
import type { ProcessProfile } from '../profiles/process-profile.js'
import { whyUnfit } from './fitness.js'
import { endUnstarted, Job, type JobEnd } from './job.js'
import { findUnsettled, JobFolder, type TrialRecord, trialsFolder } from './job-folder.js'
import { setUpJob } from './set-up-job.js'

export interface Machine {
  /** Below it are the trials' folders. */
  readonly folder: string
  readonly gpus: readonly Gpu[]
  readonly cpuSlots: number
  /** The address of a Ray cluster's Jobs API. */
  readonly ray?: string
}

export type NewTrial = Omit<TrialRecord, 'configHash' | 'devices'>

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
    this.pools = {
      cuda: new DevicePool(machine.gpus.map((gpu) => gpu.index)),
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

  /** Waits for the devices of one trial. Undefined where the signal is aborted first. */
  takeDevices(
    profile: ProcessProfile,
    owner: string,
    stopped: AbortSignal,
  ): Promise<DeviceGrant | undefined> {
    const count = profile.engine === 'ray' ? 0 : profile.devices.perTrial
    return this.poolOf(profile).take(count, owner, stopped)
  }

  /** Why this machine cannot run a trial of the profile on these devices now; undefined where it can. */
  async whyUnfit(profile: ProcessProfile, devices: readonly string[]): Promise<string | undefined> {
    const why = await whyUnfit(profile, devices, this.root, this.machine)
    if (why !== undefined) this.unfit.set(profile.name, { why, at: performance.now() })
    return why
  }

  /** The same at any time since then: a trial may have failed of what was mended before anybody looked. */
  private async whyUnfitSince(
    began: number,
    profile: ProcessProfile,
    devices: readonly string[],
  ): Promise<string | undefined> {
    const now = await this.whyUnfit(profile, devices)
    const before = this.unfit.get(profile.name)
    return now ?? (before !== undefined && before.at >= began ? before.why : undefined)
  }

  find(study: string, number: number): RunningTrial | undefined {
    return this.running.get(`${study}/${number}`)
  }

  /** Sets a trial up and runs it. From here on the grant is the trial's: it is released when the devices are free. */
  start(trial: NewTrial, grant: DeviceGrant, client: TrialClient): RunningTrial {
    const folder = JobFolder.ofAttempt(this.root, trial.study, trial.number, trial.attempt)
    const record = setUpJob(folder, { ...trial, devices: grant.devices })
    return this.supervise(folder, trial, grant, client, record)
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
    const unfit = () => this.whyUnfitSince(began, trial.profile, grant.devices)
    const site = { client, engine, logger, stopped, whyUnfit: unfit }
    const job = record.then((found) => new Job(folder, found, site))
    const done = job
      .then(
        (made) => made.run(),
        (error) => endUnstarted(site, { ...trial, folder }, error),
      )
      .catch((error) => this.logDropped(folder, error))
      .then(async (end) => {
        await this.waitForMemory(trial.profile, grant)
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

  private async waitForMemory({ engine, devices }: ProcessProfile, grant: DeviceGrant): Promise<void> {
    if (engine === 'ray' || devices.kind !== 'cuda') return
    while (!this.stopped.aborted && !(await waitUntilFree(grant.devices)))
      this.logger.warn(
        { devices: grant.devices, worker: grant.owner },
        'the memory of a GPU is still in use after its trial, so it gets no other: nvidia-smi names the processes',
      )
  }

  private poolOf({ engine, devices }: ProcessProfile): DevicePool {
    return this.pools[engine === 'ray' ? 'ray' : devices.kind]
  }
}
