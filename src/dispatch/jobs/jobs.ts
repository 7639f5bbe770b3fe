/** All trials that this process supervises, including those that an earlier process started in the same folder. */
import * as path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { TrialClient } from '../clients/trial-client.js'
import { type DeviceGrant, DevicePool } from '../devices/device-pool.js'
import { type Gpu, waitUntilFree } from '../devices/gpus.js'
import type { JobEngine } from '../engines/engine.js'
import { localEngine } from '../engines/local.js'
import { rayEngine } from '../engines/ray.js'
import type { ProcessProfile } from '../profiles/process-profile.js'
import { type FolderLock, lockFolder } from './folder-lock.js'
import { Job } from './job.js'
import { findUnsettled, JobFolder, type TrialRecord } from './job-folder.js'
import { setUpJob } from './set-up-job.js'
import { tellOutcome } from './tell-outcome.js'

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
  /** Resolves once it is told, given up, or left to the next process. It never rejects. */
  readonly done: Promise<void>
  /** Lets the run count for a newer attempt, whose token this is. */
  join(token: string): Promise<void>
}

/** What makes a trial fail on our side, such as a full disk, seldom passes at once. */
const AGAIN_MS = 5000

export class Jobs {
  /** Aborted once the trials of the folder are no longer ours to supervise. */
  readonly stopped: AbortSignal
  private readonly pools: Readonly<Record<'cuda' | 'cpu' | 'ray', DevicePool>>
  private readonly engines: Readonly<Record<ProcessProfile['engine'], JobEngine>>
  private readonly running = new Map<string, RunningTrial>()

  private constructor(
    private readonly root: string,
    private readonly lock: FolderLock,
    machine: Machine,
    private readonly logger: FastifyBaseLogger,
    stopped: AbortSignal,
  ) {
    this.stopped = AbortSignal.any([stopped, lock.lost])
    this.engines = { local: localEngine(machine.gpus), ray: rayEngine(machine.ray) }
    this.pools = {
      cuda: new DevicePool(machine.gpus.map((gpu) => gpu.index)),
      cpu: new DevicePool(Array.from({ length: machine.cpuSlots }, (_, slot) => `cpu-${slot}`)),
      ray: new DevicePool([]), // the cluster hands out its devices itself
    }
  }

  /** Undefined where another process supervises the trials of the folder. */
  static async open(
    machine: Machine,
    logger: FastifyBaseLogger,
    stopped: AbortSignal,
  ): Promise<Jobs | undefined> {
    const root = path.join(machine.folder, 'trials')
    const lock = await lockFolder(root, logger)
    return lock && new Jobs(root, lock, machine, logger, stopped)
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
    await this.lock.release()
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
    const job = record.then((found) => new Job(folder, found, { client, engine, logger, stopped }))
    const done = job
      .then(
        (made) => made.run(),
        (error: Error) => this.tellSetUpFailed(trial, client, error),
      )
      .catch((error) => this.logDropped(folder, error))
      .then(() => this.waitForMemory(trial.profile, grant))
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

  private async tellSetUpFailed(trial: NewTrial, client: TrialClient, error: Error): Promise<void> {
    const { number, token } = trial
    const told = { outcome: 'crashed', message: `It could not be set up: ${error.message}` } as const
    const answer = await tellOutcome(() => client.tell(number, token, told), this.logger, this.stopped)
    if (answer.is === 'refused')
      this.logger.warn({ err: error, trial: number }, `a trial could not be set up: ${answer.why}`)
  }

  private async logDropped(folder: JobFolder, error: unknown): Promise<void> {
    this.logger.error({ err: error, folder: folder.path }, 'a trial was dropped; it is asked for again')
    await setTimeout(AGAIN_MS, undefined, { signal: this.stopped }).catch(() => {})
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
