/** Starts a whole service: database, study queues, background jobs, HTTP. */
import { resolve } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { spaceNamed } from '../search-spaces/index.js'
import { AdviceWorker } from './advice/advice-worker.js'
import { Providers } from './advisors/llm/providers.js'
import { buildApp } from './app.js'
import { Searches } from './compute/searches.js'
import type { Config } from './config.js'
import { findGpus } from './dispatch/devices/gpus.js'
import { readTrainers } from './dispatch/profiles/profiles.js'
import { Dispatcher } from './dispatch/scheduler/dispatcher.js'
import { StudyNotifier } from './engine/study-notifier.js'
import { StudyQueues } from './engine/study-queue.js'
import type { App } from './http/instance.js'
import { Metrics } from './http/metrics.js'
import type { Service } from './http/routes.js'
import type { Database } from './storage/database.js'
import { migrate } from './storage/migrate.js'
import { openDatabase } from './storage/open.js'
import { StudyIds } from './studies/study-ids.js'
import { expireLeases } from './trials/commands/expire-leases.js'
import { StallWatch } from './trials/stall-watch.js'

/** How often the server looks for studies to dispatch and for trials that wait for advice. */
const POLL_MS = 1000

export interface Running {
  readonly app: App
  readonly database: Database
  readonly queues: StudyQueues
  readonly searches: Searches
  /** Ends event streams, finishes open requests, and closes the database. Calling it twice is safe. */
  close(): Promise<void>
}

export async function startService(config: Config, logger: FastifyBaseLogger): Promise<Running> {
  preloadParser()
  const { databaseUrl: url, dataDir, pool, fsync } = config
  const database = await openDatabase({ url, dataDir, pool, fsync })
  try {
    const applied = await migrate(database)
    if (applied.length > 0) logger.info({ applied }, 'the database was brought up to date')
    const notifier = new StudyNotifier()
    const providers = await Providers.open(config.llm)
    const metrics = new Metrics(database)
    const searches = new Searches(config.searchThreads)
    const queues: StudyQueues = new StudyQueues(database, {
      searches,
      heldBytes: config.heldMb * 2 ** 20,
      listener: {
        changed: (studyId) => notifier.notify(studyId),
        proposing: (study, number) => adviceWorker.requestAdvice(study, number),
        called: (studyName, call) => metrics.called(studyName, call),
      },
    })
    metrics.readHeld = () => queues.held
    const adviceWorker = new AdviceWorker({ database, queues, logger }, providers)
    const gpus = await findGpus()
    const trainers = await readTrainers({ ...config, gpus })
    const studyIds = new StudyIds(database)
    const checkSpec: Service['checkSpec'] = (given) => searches.checkSpec(given, providers.modelAtHand)
    const service = { database, queues, notifier, studyIds, trainers, providers, metrics, checkSpec }
    const app = await buildApp(service, {
      logger,
      token: config.token,
      requestSeconds: config.requestSeconds,
    })
    const machine = { folder: resolve(config.dataDir), gpus, cpuSlots: config.cpuSlots, ray: config.ray }
    const dispatcher = new Dispatcher({ database, queues, notifier, logger }, trainers, machine)
    const stalls = new StallWatch()
    const stopReaping = repeatJob(config.reapMs, () => expireLeases(database, queues, stalls), logger)
    const stopDispatching = repeatJob(POLL_MS, () => dispatcher.claimStudies(), logger)
    const stopAdvising = repeatJob(POLL_MS, () => adviceWorker.claimWaiting(), logger)
    const end = async () => {
      // Asks that a worker thread computes are refused, so that the service does not wait for them.
      await Promise.all([app.close(), searches.close()])
      await Promise.all([stopReaping(), stopDispatching(), stopAdvising()])
      await Promise.all([dispatcher.stop(), adviceWorker.stop()])
      stalls.stop()
      await database.close()
    }
    let ended: Promise<void> | undefined
    const close = () => {
      ended ??= end()
      return ended
    }
    return { app, database, queues, searches, close }
  } catch (error) {
    await database.close()
    throw error
  }
}

/**
 * Loads the expression parser at start, because loading it takes longer than a worker should wait for its first trial.
 */
function preloadParser(): void {
  spaceNamed('autoresearch-14')
}

/** Repeats a job, never twice at once. A failure is logged, and the job runs again after the next pause. */
function repeatJob(
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
        logger.warn({ err: error }, 'a background job failed; it runs again after its next pause'),
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
