/**
 * The embedded engine: PGlite on a folder. The folder is locked first, because two processes on one folder would
 * corrupt it without an error. The data survive a crash of the process but, without fsync, not a power cut.
 */
import { existsSync } from 'node:fs'
import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { PGlite, parse, protocol } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { BY_INDEX, type Database, type Sql } from './database.js'
import { asDatabaseFault } from './database-errors.js'
import { lockFolder } from './folder-lock.js'

/** The operating system already caches the files, so a small buffer pool is enough. */
const SETTINGS = ['-c', 'shared_buffers=32MB']

export async function openPglite(dataDir: string): Promise<Database> {
  await mkdir(dataDir, { recursive: true })
  const folder = await realpath(dataDir)
  const unlock = await lockFolder(folder)
  const pg = await openEngine(join(folder, 'pglite')).catch((error) => {
    unlock()
    throw error
  })
  const rows = preparedRows(pg)
  return {
    engine: 'pglite',
    orm: drizzle(pg) as unknown as Database['orm'],
    query: (statement, parameters) =>
      pg._runExclusiveTransaction(() => rows(statement, parameters)).catch(rethrowAsFault) as Promise<
        never[]
      >,
    transaction: (work) => pg.transaction(() => work({ query: rows })).catch(rethrowAsFault),
    close: async () => {
      await pg.close()
      unlock()
    },
  }
}

async function openEngine(path: string): Promise<PGlite> {
  const isNew = !existsSync(path)
  const pg = await PGlite.create({ dataDir: path, startParams: [...PGlite.defaultStartParams, ...SETTINGS] })
  await pg.exec(
    Object.entries(BY_INDEX)
      .map(([name, value]) => `set ${name} = ${value};`)
      .join(' '),
  )
  if (isNew) await collectGarbage()
  return pg
}

/**
 * Creating the database leaves half a gigabyte of garbage that V8 would keep. V8 frees it only after several
 * collections.
 */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  for (let times = 0; times < 3; times++) {
    collect()
    await sleep(50)
  }
}

/**
 * Prepares each statement once and then binds it by name, because PGlite's own `query` parses and plans every time,
 * which is most of the time of a small statement. It takes no lock: the caller must hold the connection.
 */
function preparedRows(pg: PGlite): Sql['query'] {
  const { serialize } = protocol
  const names = new Map<string, string>()
  const prepare = async (statement: string) => {
    const name = `chiron_${names.size}`
    await pg.execProtocol(Buffer.concat([serialize.parse({ name, text: statement }), serialize.sync()]))
    names.set(statement, name) // the statement stays prepared even if its first execution fails
    return name
  }
  return async <Row>(statement: string, parameters: readonly unknown[] = []) => {
    const name = names.get(statement) ?? (await prepare(statement))
    const { messages } = await pg.execProtocol(
      Buffer.concat([
        serialize.bind({ statement: name, values: parameters.map(asText) }),
        serialize.describe({ type: 'P' }),
        serialize.execute({}),
        serialize.sync(),
      ]),
    )
    return parse.parseResults(messages, pg.parsers)[0]!.rows as Row[]
  }
}

function asText(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}

function rethrowAsFault(error: unknown): never {
  throw asDatabaseFault(error)
}
