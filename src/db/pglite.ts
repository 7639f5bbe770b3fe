/**
 * The embedded engine: PGlite on a folder. Two processes on one folder would destroy it without an error, so the
 * folder is locked before it is opened. It survives a crash of the process; it does not fsync, so not a power cut.
 */
import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite, type Transaction } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import lockfile from 'proper-lockfile'
import { Fault } from '../faults.js'
import { asDatabaseFault, type Database, type Sql } from './database.js'

/** A lock not renewed for this long belongs to a process that died, and is taken over. */
const STALE_MS = 5000

export async function openPglite(dataDir: string): Promise<Database> {
  await mkdir(dataDir, { recursive: true })
  const folder = await realpath(dataDir)
  const unlock = await lock(folder)
  const pg = await PGlite.create({ dataDir: join(folder, 'pglite') }).catch(async (error) => {
    await unlock()
    throw error
  })
  return {
    engine: 'pglite',
    orm: drizzle(pg) as unknown as Database['orm'],
    query: rows(pg),
    transaction: (work) => pg.transaction((tx) => work({ query: rows(tx) })).catch(rethrow),
    close: async () => {
      await pg.close()
      await unlock()
    },
  }
}

async function lock(folder: string): Promise<() => Promise<void>> {
  try {
    return await lockfile.lock(folder, {
      lockfilePath: join(folder, 'lock'),
      stale: STALE_MS,
      update: 1000,
      retries: { retries: 14, minTimeout: 500, maxTimeout: 500 },
      onCompromised: (error) => {
        console.error(`The lock on ${folder} was lost (${error.message}): stopping before data are harmed.`)
        process.exit(1)
      },
    })
  } catch (error) {
    if ((error as { code?: string }).code !== 'ELOCKED') throw error
    throw new Fault(
      'database_unavailable',
      `Another process uses the data folder ${folder}: stop it, choose another CHIRON_DATA_DIR, or use Postgres (DATABASE_URL), which serves many`,
    )
  }
}

function rows(client: PGlite | Transaction): Sql['query'] {
  return <Row>(statement: string, parameters: readonly unknown[] = []) =>
    client
      .query<Row>(statement, [...parameters])
      .then((result) => result.rows)
      .catch(rethrow)
}

function rethrow(error: unknown): never {
  throw asDatabaseFault(error)
}
