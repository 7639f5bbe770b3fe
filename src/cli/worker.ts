/** A machine that only reaches the API pulls trials from it, and runs them as the service itself would. */
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import pino from 'pino'
import { readConfig } from '../config.js'
import {
  httpTrialClient,
  openServiceClient,
  type ServiceClient,
} from '../dispatch/clients/http-trial-client.js'
import { findGpus } from '../dispatch/devices/devices.js'
import { Jobs, LOCK_MS } from '../dispatch/jobs/jobs.js'
import { readTrainers } from '../dispatch/profiles/profiles.js'
import { CANARY_STUDY, CanaryRuns } from '../dispatch/scheduler/canary.js'
import { keepSlotsFull } from '../dispatch/scheduler/process-slots.js'
import type { StudySpec } from '../domain/spec.js'
import { Fault } from '../faults.js'

export interface WorkerOptions {
  readonly server: string
  readonly study: string
  readonly trainer: string
  readonly slots?: string
}

const GRACE_MS = 10_000

export async function runWorker(options: WorkerOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const config = readConfig({ ...env, HOST: undefined }) // it listens nowhere
  const logger = pino({ level: config.logLevel, base: null })
  const gpus = await findGpus()
  const trainer = (await readTrainers({ ...config, gpus })).get(options.trainer)
  if (trainer === undefined || trainer.profile.kind === 'simulated')
    throw new Fault(
      'invalid_request',
      `--trainer ${options.trainer}: there is no such profile of a command here`,
    )
  if (trainer.unavailable !== undefined)
    throw new Fault('invalid_request', `--trainer ${options.trainer} cannot run here: ${trainer.unavailable}`)
  const service = openServiceClient(options.server, config.token)
  const study = await findTrainer(service, options)

  const stopping = new AbortController()
  const machine = {
    folder: resolve(config.dataDir, 'worker'),
    gpus,
    cpuSlots: config.cpuSlots,
    ray: config.ray,
  }
  const jobs = new Jobs(machine, logger, stopping.signal)
  await lockFolder(jobs, machine.folder)
  const { profile, takes } = trainer
  const canary = await CanaryRuns.open(profile, takes.defaults, machine.folder, logger)
  await jobs.attach(async (trial) =>
    trial.study.startsWith(CANARY_STUDY)
      ? canary.trialClient(trial.devices)
      : httpTrialClient(service, trial.study),
  )
  const parallel = slotCount(options, jobs, profile.devices)
  const stop = closeWithGrace({ delay: GRACE_MS }, async () => {
    logger.info('stopping: what runs goes on, and is found again at the next start')
    stopping.abort()
    await jobs.untilIdle()
  })
  logger.info({ study: study.name, trainer: profile.name, slots: parallel }, `working for ${options.server}`)
  await keepSlotsFull({
    study: study.id,
    seed: study.seed,
    parallel,
    profile,
    client: httpTrialClient(service, study.id),
    jobs,
    canary,
    logger,
    stopped: stopping.signal,
  })
  if (stopping.signal.aborted) return
  stop.uninstall()
  await jobs.untilIdle()
  logger.info(`${study.name} is finished`)
}

/** A worker that was killed is known to be gone after a while. */
async function lockFolder(jobs: Jobs, folder: string): Promise<void> {
  for (const began = Date.now(); !(await jobs.lockFolder()); await setTimeout(500))
    if (Date.now() - began > 2 * LOCK_MS)
      throw new Fault(
        'invalid_request',
        `Another worker runs trials in ${folder}: give this one a CHIRON_DATA_DIR of its own`,
      )
}

function findTrainer(
  service: ServiceClient,
  { server, study }: WorkerOptions,
): Promise<StudySpec & { id: string }> {
  return service.get<StudySpec & { id: string }>(`/studies/${encodeURIComponent(study)}`).catch((error) => {
    if (error instanceof Fault) throw error
    throw new Fault(
      'not_found',
      `Nothing answers at ${server}: is the service running there? (${error.cause ?? error})`,
    )
  })
}

function slotCount(
  { slots }: WorkerOptions,
  { pools }: Jobs,
  { kind, perTrial }: { kind: 'cuda' | 'cpu'; perTrial: number },
): number {
  const most = Math.floor(pools[kind].all.length / perTrial)
  if (slots === undefined) return most
  const wanted = Number(slots)
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= most) return wanted
  throw new Fault('invalid_request', `--slots ${slots}: this machine has 1 to ${most}`)
}
