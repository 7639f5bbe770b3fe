/** Starts a whole service: database, study queues, background jobs, HTTP. */
import { resolve } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { spaceNamed } from '../search-spaces/index.js'
import { AdviceWorker } from './advice/advice-worker.js'
import { Providers } from './advisors/llm/providers.js'
import { buildApp } from './app.js'
import { Analyses } from './compute/analyses.js'
import { Searches } from './compute/searches.js'
import type { Config } from './config.js'
import { findGpus } from './dispatch/devices/gpus.js'
import { trialsFolder } from './dispatch/jobs/job-folder.js'
import { readTrainers } from './dispatch/profiles/profiles.js'
import { taskSite } from './dispatch/programs/task-site.js'
import { Dispatcher } from './dispatch/scheduler/dispatcher.js'
import { StudyNotifier } from './engine/study-notifier.js'
import { StudyQueues } from './engine/study-queue.js'
import { ExperimentRunner } from './experiments/runner.js'
import type { App } from './http/instance.js'
import { Metrics } from './http/metrics.js'
import type { Service } from './http/routes.js'
import { RepeatedJob } from './repeated-job.js'
import type { Database } from './storage/database.js'
import { migrate } from './storage/migrate.js'
import { openDatabase } from './storage/open.js'
import { StudyIds } from './studies/study-ids.js'
import { StudyModels } from './studies/study-models.js'
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
    const { limits } = config
    const providers = await Providers.open(config.llm, limits)
    const gpus = await findGpus()
    const trainers = await readTrainers({ ...config, gpus })
    const metrics = new Metrics(database)
    const searches = new Searches(config.searchThreads)
    const queues: StudyQueues = new StudyQueues(database, {
      searches,
      heldBytes: config.heldMb * 2 ** 20,
      listener: {
        changed: (studyId) => notifier.notify(studyId),
        moved: () => experimentJob.wake(),
        proposing: (study, number) => adviceWorker.requestAdvice(study, number),
        called: (studyName, call) => metrics.called(studyName, call),
      },
    })
    metrics.readHeld = () => queues.held
    const adviceWorker = new AdviceWorker(
      { database, queues, logger, tasks: taskSite(database, trainers) },
      providers,
    )
    const studyIds = new StudyIds(database)
    const analyses = new Analyses(config.searchThreads > 0)
    const models = new StudyModels(database, analyses)
    const checkSpec: Service['checkSpec'] = (given) => searches.checkSpec(given, providers.modelAtHand)
    const service = {
      database,
      queues,
      notifier,
      studyIds,
      trainers,
      trialsFolder: trialsFolder(resolve(config.dataDir)),
      dataFolder: resolve(config.dataDir),
      models,
      providers,
      metrics,
      limits,
      checkSpec,
      dispatch: () => dispatchJob.wake(),
      wakeExperiments: () => experimentJob.wake(),
    }
    const app = await buildApp(service, { logger, token: config.token })
    const machine = { folder: resolve(config.dataDir), gpus, cpuSlots: config.cpuSlots, ray: config.ray }
    const dispatcher = new Dispatcher(
      { database, queues, notifier, logger },
      trainers,
      machine,
      config.claimSeconds,
    )
    const stalls = new StallWatch()
    const experimentRunner = new ExperimentRunner({ ...service, logger }, () => experimentJob.wake())
    const reapJob = new RepeatedJob(config.reapMs, () => expireLeases(database, queues, stalls), logger)
    const dispatchJob = new RepeatedJob(POLL_MS, () => dispatcher.claimStudies(), logger)
    const adviceJob = new RepeatedJob(POLL_MS, () => adviceWorker.claimWaiting(), logger)
    const experimentJob = new RepeatedJob(POLL_MS, () => experimentRunner.round(), logger)
    const jobs = [reapJob, dispatchJob, adviceJob, experimentJob]
    const end = async () => {
      // Asks that a worker thread computes are refused, so that the service does not wait for them.
      await Promise.all([app.close(), searches.close(), analyses.close()])
      await Promise.all(jobs.map((job) => job.stop()))
      await Promise.all([dispatcher.stop(), adviceWorker.stop(), experimentRunner.stop()])
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
