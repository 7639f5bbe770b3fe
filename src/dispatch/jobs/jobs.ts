/** All trials that run under this dispatcher, those included that began under the one before it. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { lock } from 'proper-lockfile'
import type { TrialClient } from '../clients/trial-client.js'
import { DevicePool, type Gpu, waitUntilFree } from '../devices/devices.js'
import type { JobEngine } from '../engines/engine.js'
import { localEngine } from '../engines/local.js'
import { rayEngine } from '../engines/ray.js'
import { Job } from './job.js'
import { findUnsettled, JobFolder, type TrialRecord } from './job-folder.js'
import { setUpJob } from './set-up-job.js'

export interface Machine {
  /** Below it are the trials' folders. */
  readonly folder: string
  readonly gpus: readonly Gpu[]
  readonly cpuSlots: number
  /** The address of a Ray cluster's Jobs API. */
  readonly ray?: string
}

/** Whoever holds the folder says so several times in this time. */
export const LOCK_MS = 10_000

/** What drops a trial, a full disk say, is not over at once. */
const AGAIN_MS = 5000

export class Jobs {
  readonly pools: { readonly cuda: DevicePool; readonly cpu: DevicePool }
  private readonly engines: { readonly local: JobEngine; readonly ray: JobEngine }
  private readonly running = new Map<string, { readonly job: Job; readonly done: Promise<void> }>()
  private readonly root: string
  private release?: () => Promise<void>

  constructor(
    machine: Machine,
    private readonly logger: FastifyBaseLogger,
    private readonly stopped: AbortSignal,
  ) {
    this.root = join(machine.folder, 'trials')
    this.engines = { local: localEngine(machine.gpus), ray: rayEngine(machine.ray) }
    this.pools = {
      cuda: new DevicePool(machine.gpus.map((gpu) => gpu.index)),
      cpu: new DevicePool(Array.from({ length: machine.cpuSlots }, (_, slot) => `cpu-${slot}`)),
    }
  }

  /** One process sees to the trials of a folder. False where another does: it must end before we may. */
  async lockFolder(): Promise<boolean> {
    if (this.release !== undefined) return true
    await mkdir(this.root, { recursive: true })
    const taken = await lock(this.root, {
      stale: LOCK_MS,
      onCompromised: (err) => this.logger.error({ err }, `the lock on ${this.root} was lost`),
    }).catch((error) => {
      if (error.code === 'ELOCKED') return undefined
      throw error
    })
    this.release = taken
    return taken !== undefined
  }

  /** Finds what ran when the dispatcher before us ended. */
  async attach(deskOf: (trial: TrialRecord) => Promise<TrialClient>): Promise<number> {
    const folders = await findUnsettled(this.root)
    for (const folder of folders) {
      const trial = (await folder.read<TrialRecord>('trial.json'))!
      this.poolOf(trial)?.reserve(trial.devices)
      void this.startJob(folder, trial, await deskOf(trial))
    }
    return folders.length
  }

  /** Of a trial that runs already, whichever attempt at it this is. */
  find(study: string, number: number) {
    return this.running.get(`${study}/${number}`)
  }

  /** Sets a trial up and runs it to its end. Its devices go back once they are free. */
  async run(trial: Omit<TrialRecord, 'configHash'>, client: TrialClient): Promise<void> {
    const folder = JobFolder.ofAttempt(this.root, trial.study, trial.number, trial.attempt)
    const record = await setUpJob(folder, trial).catch((error: Error) => error)
    if (!(record instanceof Error)) return this.startJob(folder, record, client)
    const told = { outcome: 'crashed', message: `It could not be set up: ${record.message}` } as const
    await client.tell(trial.number, trial.token, told).finally(() => this.releaseDevices(trial))
  }

  /** Resolves once nothing runs any more that is ours to wait for. */
  async untilIdle(): Promise<void> {
    await Promise.all([...this.running.values()].map(({ done }) => done))
    await this.release?.()
  }

  private startJob(folder: JobFolder, trial: TrialRecord, client: TrialClient): Promise<void> {
    const key = `${trial.study}/${trial.number}`
    const { logger, stopped } = this
    const job = new Job(folder, trial, {
      client,
      engine: this.engines[trial.profile.engine],
      logger,
      stopped,
    })
    const done = job
      .run()
      .catch((error) => {
        logger.error({ err: error, folder: folder.path }, 'a trial was dropped; it is asked for again')
        return setTimeout(AGAIN_MS)
      })
      .then(() => this.releaseDevices(trial))
      .finally(() => this.running.delete(key))
    this.running.set(key, { job, done })
    return done
  }

  private async releaseDevices(trial: Pick<TrialRecord, 'profile' | 'devices'>): Promise<void> {
    const pool = this.poolOf(trial)
    if (pool === undefined) return
    while (pool === this.pools.cuda && !this.stopped.aborted && !(await waitUntilFree(trial.devices)))
      this.logger.warn(
        { devices: trial.devices },
        'the memory of a GPU is still taken after its trial: it gets no other',
      )
    pool.release(trial.devices)
  }

  /** Ray gives devices out itself. */
  private poolOf({ profile }: Pick<TrialRecord, 'profile'>): DevicePool | undefined {
    return profile.engine === 'ray' ? undefined : this.pools[profile.devices.kind]
  }
}
