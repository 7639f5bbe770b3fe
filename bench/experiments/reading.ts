/** What it takes to read a large experiment that has ended: in the list, whole, and its analysis. No trial may be read for it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { median } from '../../src/statistics/describe.js'
import { client } from '../service/client.js'
import { findPostgres, freshDatabase } from '../service/database.js'
import { startServer } from '../service/server.js'
import type { Measurement, Table } from '../subject.js'
import { fillExperiment, type Grid, NAME, type Place } from './filled-experiment.js'
import { part } from './part.js'
import type { Service } from './run-experiment.js'

const READS = {
  list: { path: '/experiments', askedMs: 100 },
  show: { path: `/experiments/${NAME}`, askedMs: 100 },
  analysis: { path: `/experiments/${NAME}/analysis`, askedMs: 500 },
} as const
type Read = keyof typeof READS

interface Size extends Grid {
  readonly times: number
}

export interface TimedRead {
  readonly read: Read
  /** Milliseconds of the first one of a server that was just started, and of those that follow. */
  readonly first: number
  readonly then: readonly number[]
  /** Milliseconds of the server's processor for one of these, all of its threads together; Postgres is not in it. */
  readonly processor: number
  readonly kilobytes: number
}

export interface Reading {
  readonly database: 'PGlite' | 'Postgres'
  readonly reads: readonly TimedRead[]
  /** Rows of trials that the database read meanwhile; PGlite is not asked. */
  readonly trialsRead: number | null
}

interface Found {
  readonly readings: readonly Reading[]
  readonly missing: Measurement['missing']
}

export const reading = part<Size, Found>({
  id: 'reading',
  full: { arms: 50, seeds: 20, trials: 300, incumbents: 300, times: 20 },
  quick: { arms: 50, seeds: 20, trials: 30, incumbents: 300, times: 5 },
  measure: measureReading,
  show: ({ readings, missing }, size) => ({
    tables: [readingTable(readings, size)],
    pictures: {},
    missing,
    rows: readings.flatMap(({ database, trialsRead, reads }) =>
      reads.map(({ read, first, then, processor }) => ({
        part: 'reading',
        read,
        database,
        first,
        median: median(then),
        processor,
        trialsRead,
      })),
    ),
    raw: { reading: readings },
  }),
})

export async function measureReading(size: Size, say: (line: string) => void): Promise<Found> {
  const readings: Reading[] = []
  say('experiments: reading, PGlite')
  readings.push({
    database: 'PGlite',
    ...(await inFolder((folder) => readOn({ folder, databaseUrl: undefined }, size))),
  })
  const postgres = await findPostgres()
  if ('because' in postgres)
    return { readings, missing: [{ row: 'reading, Postgres', because: postgres.because }] }
  say('experiments: reading, Postgres')
  const own = await freshDatabase(postgres)
  try {
    readings.push({
      database: 'Postgres',
      ...(await inFolder((folder) => readOn({ folder, databaseUrl: own.url }, size))),
    })
  } finally {
    await own.drop()
  }
  return { readings, missing: [] }
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'chiron-bench-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readOn(place: Place, size: Size): Promise<Omit<Reading, 'database'>> {
  await fillExperiment(place, size)
  const before = await trialsRead(place)
  const server = await startServer(place.databaseUrl, { CHIRON_DATA_DIR: place.folder })
  const http = client(server.url, 1)
  const reads: TimedRead[] = []
  try {
    for (const read of Object.keys(READS) as Read[])
      reads.push(await timeRead({ http, server }, read, size.times))
  } finally {
    http.close()
    await server.stop()
  }
  const after = await trialsRead(place)
  return { reads, trialsRead: after === null ? null : after - before! }
}

async function timeRead(
  { http, server }: Pick<Service, 'http' | 'server'>,
  read: Read,
  times: number,
): Promise<TimedRead> {
  const timed = async () => {
    const began = performance.now()
    const { length } = await http.text(READS[read].path)
    return { ms: performance.now() - began, length }
  }
  const { ms: first, length } = await timed()
  const used = server.processorSeconds()
  const then: number[] = []
  for (let i = 0; i < times; i++) then.push((await timed()).ms)
  const processor = (1000 * (server.processorSeconds() - used)) / times
  return { read, first, then, processor, kilobytes: length / 1000 }
}

/** Counted by the database, and complete once the server that read has gone. */
async function trialsRead({ databaseUrl }: Place): Promise<number | null> {
  if (databaseUrl === undefined) return null
  const sql = new pg.Client({ connectionString: databaseUrl })
  await sql.connect()
  try {
    const { rows } = await sql.query<{ read: string }>(
      `select seq_tup_read + coalesce(idx_tup_fetch, 0) as read from pg_stat_user_tables where relname = 'trials'`,
    )
    return Number(rows[0]!.read)
  } finally {
    await sql.end()
  }
}

export function readingTable(
  readings: readonly Reading[],
  { arms, seeds, trials, incumbents, times }: Size,
): Table {
  return {
    title: `experiments: reading ${arms} arms × ${seeds} seeds that have ended`,
    columns: [
      'read',
      'database',
      'median ms',
      'slowest',
      'first',
      'asked',
      'processor ms',
      'kB',
      'trials read',
    ],
    rows: readings.flatMap(({ database, trialsRead, reads }) =>
      reads.map(({ read, first, then, processor, kilobytes }) => [
        READS[read].path.replace(NAME, '{e}'),
        database,
        median(then).toFixed(0),
        Math.max(...then).toFixed(0),
        first.toFixed(0),
        `< ${READS[read].askedMs}`,
        processor.toFixed(0),
        kilobytes.toFixed(0),
        trialsRead === null ? '–' : String(trialsRead),
      ]),
    ),
    notes: [
      `Over HTTP, ${times} times each after the first. Every cell has ${incumbents} incumbents, and its study ${trials} trials, ` +
        `${arms * seeds * trials} in all; the plan has four looks and ${arms - 1} contrasts. Processor: of the server, mean. Trials read: rows of the table of ` +
        'trials that Postgres read during all of this.',
    ],
  }
}
