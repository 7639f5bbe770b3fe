/** `guarantees`: what the service promises under load, in numbers: durable answers, other studies' heartbeats, its end. */
import { openProgress } from '../progress.js'
import { findPostgres, freshDatabase, type PostgresServer } from '../service/database.js'
import { startServer } from '../service/server.js'
import type { Bench, Measurement, Subject } from '../subject.js'
import { durableAnswers, FSYNC_MODES } from './durable-answers.js'
import { HELD_REQUESTS, heldHeartbeats } from './held-heartbeats.js'
import { DATABASES, type DatabaseName, pace, quickPace } from './pace.js'
import { stopUnderLoad } from './stop-under-load.js'
import { durableTable, heldTable, stopTable } from './tables.js'

export const guarantees: Subject = {
  name: 'guarantees',
  about:
    'what fsync costs on PGlite, how long one request holds up others’ heartbeats, how fast the service ends',
  measure,
}

async function measure(bench: Bench): Promise<Measurement> {
  const usual = bench.quick ? quickPace : pace
  const own = { ...usual, rounds: bench.seeds ?? usual.rounds, workers: bench.workers ?? usual.workers }
  const postgres = await findPostgres()
  const missing = 'because' in postgres ? [{ row: 'Postgres', because: postgres.because }] : []
  const there = DATABASES.filter((database) => database === 'PGlite' || missing.length === 0)
  const progress = openProgress(
    'guarantees',
    own.rounds * FSYNC_MODES.length + there.length * (HELD_REQUESTS + 1),
  )
  const step = (label: string) => progress.step(label)
  const durable = await durableAnswers(own, step)
  const held = []
  const stops = []
  for (const database of there) {
    const on = <T>(work: (url: string | undefined) => Promise<T>) => onDatabase(database, postgres, work)
    held.push({
      database,
      requests: await on((url) => heldHeartbeats(url, own, ({ label }) => step(`${label}, ${database}`))),
    })
    stops.push({ database, ...(await on(async (url) => stopUnderLoad(await startServer(url), own))) })
    step(`stop under load, ${database}`)
  }
  progress.end()
  return {
    tables: [durableTable(durable, own), heldTable(held, own), stopTable(stops, own)],
    pictures: {},
    versions: 'version' in postgres ? { postgres: postgres.version } : {},
    missing,
    rows: [...durable, ...held, ...stops],
    raw: {},
  }
}

/** Postgres: a fresh database, which goes afterwards. */
async function onDatabase<T>(
  name: DatabaseName,
  postgres: PostgresServer | { readonly because: string },
  work: (url: string | undefined) => Promise<T>,
): Promise<T> {
  const own = name === 'Postgres' ? await freshDatabase(postgres as PostgresServer) : undefined
  try {
    return await work(own?.url)
  } finally {
    await own?.drop()
  }
}
