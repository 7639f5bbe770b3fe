/**
 * Runs trials of a study on a machine that only reaches the API, in the same way as the service would run them
 * itself.
 */
import { resolve } from 'node:path'
import closeWithGrace from 'close-with-grace'
import pino from 'pino'
import { type Config, readConfig } from '../config.js'
import { httpTrialClient } from '../dispatch/clients/http-trial-client.js'
import { openServiceClient } from '../dispatch/clients/service-client.js'
import { findGpus, type Gpu } from '../dispatch/devices/gpus.js'
import { Jobs, type Machine } from '../dispatch/jobs/jobs.js'
import type { ProcessProfile } from '../dispatch/profiles/process-profile.js'
import { readTrainers } from '../dispatch/profiles/profiles.js'
import { CANARY_STUDY, CanaryRuns } from '../dispatch/scheduler/canary.js'
import { runProcessSlots } from '../dispatch/scheduler/process-slots.js'
import type { StudySpec } from '../domain/spec.js'
import { Fault } from '../faults.js'

export interface WorkerOptions {
  readonly server: string
  readonly study: string
  readonly trainer: string
  readonly slots?: string
}

const GRACE_MS = 10_000
/** A worker that was stopped may still be ending. */
const LOCK_WAIT_MS = GRACE_MS + 2000

export async function runWorker(options: WorkerOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const config = readConfig({ ...env, HOST: undefined }) // a worker listens nowhere
  const logger = pino({ level: config.logLevel, base: null })
  const gpus = await findGpus()
  const { profile, takes } = await findTrainer(options.trainer, config, gpus)
  const service = openServiceClient(options.server, config.token)
  const study = await service.get<StudySpec & { id: string }>(`/studies/${encodeURIComponent(options.study)}`)
  const stopping = new AbortController()
  const { ray, cpuSlots, dataDir } = config
  const machine = { folder: resolve(dataDir, 'worker'), gpus, cpuSlots, ray }
  const jobs = await Jobs.open(machine, logger, stopping.signal, LOCK_WAIT_MS)
  if (jobs === undefined) throw folderInUse(machine)
  const canary = await CanaryRuns.open(profile, takes.defaults, machine.folder, logger)
  await jobs.attach(async (trial) =>
    trial.study.startsWith(CANARY_STUDY)
      ? canary.trialClient(trial.devices)
      : httpTrialClient(service, trial.study),
  )
  const parallel = slotCount(options.slots, jobs.capacity(profile), study.parallel)
  const stop = closeWithGrace({ delay: GRACE_MS }, async () => {
    logger.info('stopping: trials go on, and the next start finds them')
    stopping.abort()
    await jobs.close()
  })
  logger.info({ study: study.name, trainer: profile.name, slots: parallel }, `working for ${options.server}`)
  const client = httpTrialClient(service, study.id)
  const { id, seed } = study
  const { signal: stopped } = stopping
  await runProcessSlots({ study: id, seed, parallel, profile, client, jobs, canary, logger, stopped })
  if (stopped.aborted) return
  stop.uninstall()
  await jobs.close()
  logger.info(`${study.name} is finished`)
}

async function findTrainer(name: string, config: Config, gpus: readonly Gpu[]) {
  const trainer = (await readTrainers({ ...config, gpus })).get(name)
  if (trainer === undefined || trainer.profile.kind === 'simulated')
    throw new Fault('invalid_request', `--trainer ${name}: there is no such profile of a command here`)
  if (trainer.unavailable !== undefined)
    throw new Fault('invalid_request', `--trainer ${name} cannot run here: ${trainer.unavailable}`)
  const profile: ProcessProfile = trainer.profile
  return { profile, takes: trainer.takes }
}

function folderInUse({ folder }: Machine): Fault {
  return new Fault(
    'invalid_request',
    `Another worker runs trials in ${folder}: give this one a CHIRON_DATA_DIR of its own`,
  )
}

/** As many as the devices allow; on a cluster, as many as the study runs at a time. */
function slotCount(slots: string | undefined, most: number, parallel: number): number {
  if (slots === undefined) return Number.isFinite(most) ? most : parallel
  const wanted = Number(slots)
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= most) return wanted
  const range = Number.isFinite(most) ? `this machine has 1 to ${most}` : 'give a whole number from 1'
  throw new Fault('invalid_request', `--slots ${slots}: ${range}`)
}
