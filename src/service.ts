/** A whole service: database, queues, reaper, HTTP. */
import { resolve } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { spaceNamed } from '../search-spaces/index.js'
import { AdviceWorker } from './advice/worker.js'
import { Providers } from './advisors/llm/providers.js'
import { buildApp } from './app.js'
import type { Config } from './config.js'
import { findGpus } from './dispatch/devices/gpus.js'
import { readTrainers } from './dispatch/profiles/profiles.js'
import { Dispatcher } from './dispatch/scheduler/dispatcher.js'
import { StudyNotifier } from './engine/study-notifier.js'
import { StudyQueues } from './engine/study-queue.js'
import type { App } from './http/instance.js'
import { Metrics } from './http/metrics.js'
import type { Database } from './storage/database.js'
import { migrate } from './storage/migrate.js'
import { openDatabase } from './storage/open.js'
import { StudyIds } from './studies/study-ids.js'
import { expireLeases } from './trials/commands/expire-leases.js'

/** How often studies that name a trainer, and trials that nobody advises on, are looked for. */
const LOOK_MS = 1000

export interface Running {
  readonly app: App
  readonly database: Database
  readonly queues: StudyQueues
  /** Ends event streams, finishes what is in flight, lets the database go; however often it is told to. */
  close(): Promise<void>
}

export async function startService(config: Config, logger: FastifyBaseLogger): Promise<Running> {
  preloadParser()
  const database = await openDatabase({ url: config.databaseUrl, dataDir: config.dataDir, pool: config.pool })
  try {
    const applied = await migrate(database)
    if (applied.length > 0) logger.info({ applied }, 'the database was brought up to date')
    const notifier = new StudyNotifier()
    const providers = await Providers.open(config.llm)
    const metrics = new Metrics(database)
    const queues: StudyQueues = new StudyQueues(
      database,
      (studyId) => notifier.notify(studyId),
      (study, number) => adviser.requestAdvice(study, number),
      (study, call) => metrics.called(study, call),
    )
    const adviser = new AdviceWorker({ database, queues, logger }, providers)
    const gpus = await findGpus()
    const trainers = await readTrainers({ ...config, gpus })
    const studyIds = new StudyIds(database)
    const service = { database, queues, notifier, studyIds, trainers, providers, metrics }
    const app = await buildApp(service, { logger, token: config.token })
    const machine = { folder: resolve(config.dataDir), gpus, cpuSlots: config.cpuSlots, ray: config.ray }
    const dispatcher = new Dispatcher({ database, queues, notifier, logger }, trainers, machine)
    const stopReaping = repeat(config.reapMs, () => expireLeases(database, queues), logger)
    const stopLooking = repeat(LOOK_MS, () => dispatcher.claimStudies(), logger)
    const stopAdvising = repeat(LOOK_MS, () => adviser.claimWaiting(), logger)
    const end = async () => {
      await app.close()
      await Promise.all([stopReaping(), stopLooking(), stopAdvising()])
      await Promise.all([dispatcher.stop(), adviser.stop()])
      await database.close()
    }
    let ended: Promise<void> | undefined
    const close = () => {
      ended ??= end()
      return ended
    }
    return { app, database, queues, close }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** The first space with expressions loads their parser, which takes a while: not while a worker waits. */
function preloadParser(): void {
  spaceNamed('autoresearch-14')
}

/** Repeats a job, never twice at once; a failure is logged and the next turn tries again. */
function repeat(
  milliseconds: number,
  job: () => Promise<unknown>,
  logger: FastifyBaseLogger,
): () => Promise<void> {
  let stopped = false
  let timer: NodeJS.Timeout
  let running: Promise<unknown> = Promise.resolve()
  const run = () => {
    running = job()
      .catch((error) =>
        logger.warn({ err: error }, 'a round of looking after trials failed; it is tried again'),
      )
      .then(() => {
        if (!stopped) timer = setTimeout(run, milliseconds)
      })
  }
  timer = setTimeout(run, milliseconds)
  return async () => {
    stopped = true
    clearTimeout(timer)
    await running
  }
}
