/** A whole service: database, turns, reaper, HTTP. */
import { resolve } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { spaceNamed } from '../search-spaces/index.js'
import { Providers } from './advisors/llm/providers.js'
import { buildApp } from './app.js'
import type { Config } from './config.js'
import type { Database } from './db/database.js'
import { migrate } from './db/migrate.js'
import { openDatabase } from './db/open.js'
import { findGpus } from './dispatch/devices.js'
import { Dispatcher } from './dispatch/dispatcher.js'
import { readTrainers } from './dispatch/profiles.js'
import type { App } from './http/instance.js'
import { Metrics } from './http/metrics.js'
import { StudyIds } from './studies/ids.js'
import { Adviser } from './trials/adviser.js'
import { Moved } from './trials/moved.js'
import { reap } from './trials/reaper.js'
import { Turns } from './trials/turn.js'

/** How often studies that name a trainer, and trials that nobody advises on, are looked for. */
const LOOK_MS = 1000

export interface Running {
  readonly app: App
  readonly database: Database
  readonly turns: Turns
  /** Ends event streams, finishes what is in flight, lets the database go; however often it is told to. */
  close(): Promise<void>
}

export async function startService(config: Config, logger: FastifyBaseLogger): Promise<Running> {
  warm()
  const database = await openDatabase({ url: config.databaseUrl, dataDir: config.dataDir, pool: config.pool })
  try {
    const applied = await migrate(database)
    if (applied.length > 0) logger.info({ applied }, 'the database was brought up to date')
    const moved = new Moved()
    const providers = await Providers.open(config.llm)
    const metrics = new Metrics(database)
    const turns: Turns = new Turns(
      database,
      (studyId) => moved.tell(studyId),
      (live, number) => adviser.begin(live, number),
      (study, call) => metrics.called(study, call),
    )
    const adviser = new Adviser({ database, turns, logger }, providers)
    const gpus = await findGpus()
    const trainers = await readTrainers({ ...config, gpus })
    const studyIds = new StudyIds(database)
    const service = { database, turns, moved, studyIds, trainers, providers, metrics }
    const app = await buildApp(service, { logger, token: config.token })
    const machine = { folder: resolve(config.dataDir), gpus, cpuSlots: config.cpuSlots, ray: config.ray }
    const dispatcher = new Dispatcher({ database, turns, moved, logger }, trainers, machine)
    const stopReaping = every(config.reapMs, () => reap(database, turns), logger)
    const stopLooking = every(LOOK_MS, () => dispatcher.look(), logger)
    const stopAdvising = every(LOOK_MS, () => adviser.look(), logger)
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
    return { app, database, turns, close }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** The first space with expressions loads their parser, which takes a while: not while a worker waits. */
function warm(): void {
  spaceNamed('autoresearch-14')
}

/** Repeats a job, never twice at once; a failure is logged and the next turn tries again. */
function every(
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
