/**
 * The embedded engine: PGlite on a folder, in a thread of its own. The folder is locked first, because two processes on
 * one folder would corrupt it without an error. The data survive a crash of the process and, where `isDurable`, a power
 * cut.
 */
import { existsSync } from 'node:fs'
import { mkdir, readdir, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parse, protocol, types } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pg-proxy'
import { Fault } from '../faults.js'
import { BY_INDEX, type Database, type Sql } from './database.js'
import { asDatabaseFault } from './database-errors.js'
import { lockFolder } from './folder-lock.js'
import { type EngineMessages, PgliteEngine } from './pglite-engine.js'
import type { EngineData } from './pglite-thread.js'
import { syncDirectory, syncFolder } from './synced-files.js'

const { serialize } = protocol
const { TIMESTAMP, TIMESTAMPTZ, DATE, INTERVAL } = types
const TIMES_AS_TEXT = Object.fromEntries(
  [TIMESTAMP, TIMESTAMPTZ, DATE, INTERVAL].map((type) => [type, (text: string) => text]),
)

/** How long a process whose database has ended still answers (503) before it ends, too. */
const LAST_ANSWERS_MS = 250

export async function openPglite(dataDir: string, isDurable: boolean): Promise<Database> {
  await mkdir(dataDir, { recursive: true })
  const folder = await realpath(dataDir)
  const unlock = await lockFolder(folder)
  const engine = await openEngine({ folder: join(folder, 'pglite'), isDurable }).catch((error) => {
    unlock()
    throw error
  })
  const parsers = await readParsers(engine)
  const query = preparedRows(engine, parsers)
  const { shared, exclusive } = takeTurns()
  return {
    engine: 'pglite',
    orm: drizzle((statement, parameters) =>
      shared(() => listRows(engine, parsers, statement, parameters)).catch(rethrowAsFault),
    ) as unknown as Database['orm'],
    query: (statement, parameters) => shared(() => query<never>(statement, parameters)).catch(rethrowAsFault),
    ping: async () => {
      await shared(() => query('select 1')).catch(rethrowAsFault)
    },
    transaction: (work) => exclusive(() => runTransaction(query, work)).catch(rethrowAsFault),
    close: async () => {
      await exclusive(() => engine.close())
      unlock()
    },
  }
}

async function openEngine(data: EngineData): Promise<PgliteEngine> {
  if (!(await holdsDatabase(data.folder))) await createDatabase(data.folder)
  const engine = await startEngine(data)
  const settings = Object.entries(BY_INDEX).map(([name, value]) => `set ${name} = ${value};`)
  await engine.exchange([serialize.query(settings.join(' '))])
  return engine
}

/** PGlite would make a database anew in a folder without PG_VERSION, over whatever else is in it. */
async function holdsDatabase(path: string): Promise<boolean> {
  const files = existsSync(path) ? await readdir(path) : []
  if (files.length === 0) return false
  if (files.includes('PG_VERSION')) return true
  throw new Fault(
    'database_unavailable',
    `The folder ${path} is not empty and has no PG_VERSION, so it is not a whole database: restore it from a backup, or move it away to begin with an empty database`,
  )
}

/**
 * Moves the database into place when it is complete, so that one whose making was interrupted is made again. Its thread
 * ends with it, and so does the half gigabyte of garbage that making one leaves.
 */
async function createDatabase(path: string): Promise<void> {
  const unfinished = `${path}.new`
  await rm(unfinished, { recursive: true, force: true })
  const engine = await startEngine({ folder: unfinished, isDurable: false })
  await engine.close()
  await syncFolder(unfinished)
  await rename(unfinished, path)
  const dataDir = dirname(path)
  for (const each of [dataDir, dirname(dataDir)]) syncDirectory(each)
}

async function startEngine(data: EngineData): Promise<PgliteEngine> {
  try {
    return await PgliteEngine.open(data, (reason) => endProcess(data.folder, reason))
  } catch (error) {
    throw new Fault(
      'database_unavailable',
      `The embedded database in ${data.folder} cannot be opened (${(error as Error).message}): is its disk full or its folder damaged?`,
      {},
      { cause: error },
    )
  }
}

/** The engine cannot be started again in this process while others hold what it has answered: the process ends. */
function endProcess(path: string, reason: string): void {
  console.error(
    `chiron: The embedded database in ${path} has ended: ${reason}. All that was acknowledged is kept: remove the cause and start the service again.`,
  )
  setTimeout(() => process.exit(1), LAST_ANSWERS_MS)
}

interface Turns {
  /** Runs beside other shared work. */
  shared<T>(work: () => Promise<T>): Promise<T>
  /** Runs alone: the engine has one connection, and nothing else may get into a transaction. */
  exclusive<T>(work: () => Promise<T>): Promise<T>
}

/**
 * In the order of arrival. Shared work needs not wait for the shared work before it, because the engine answers its
 * requests one after the other.
 */
function takeTurns(): Turns {
  let lastExclusive: Promise<unknown> = Promise.resolve()
  return {
    shared: (work) => lastExclusive.then(work),
    exclusive: (work) => {
      const run = lastExclusive.then(work)
      lastExclusive = run.catch(() => {})
      return run
    },
  }
}

async function runTransaction<T>(query: Sql['query'], work: (tx: Sql) => Promise<T>): Promise<T> {
  await query('begin')
  try {
    const result = await work({ query })
    await query('commit')
    return result
  } catch (error) {
    await query('rollback')
    throw error
  }
}

type Parsers = Record<number, (text: string) => unknown>

/** PGlite's parsers, and those of the arrays of their types. */
async function readParsers(engine: PgliteEngine): Promise<Parsers> {
  const messages = await engine.exchange([
    serialize.query('select oid, typarray from pg_type where typarray <> 0'),
  ])
  const elements = rowsOf<{ oid: number; typarray: number }>(messages, types.parsers)
  const ofArrays = elements.map(({ oid, typarray }) => [
    typarray,
    (text: string) => types.arrayParser(text, types.parsers[oid]!, typarray),
  ])
  return { ...types.parsers, ...Object.fromEntries(ofArrays) }
}

/**
 * Prepares each statement once and then binds it by name, because parsing and planning are most of the time of a small
 * statement. All of it is one exchange: a transaction that begins meanwhile cannot come between the two.
 */
function preparedRows(engine: PgliteEngine, parsers: Parsers): Sql['query'] {
  const names = new Map<string, string>()
  let count = 0
  return async <Row>(statement: string, parameters: readonly unknown[] = []) => {
    const name = names.get(statement) ?? `chiron_${count++}`
    const parsing = names.has(statement) ? [] : [serialize.parse({ name, text: statement })]
    names.set(statement, name)
    try {
      return rowsOf<Row>(await engine.exchange([...parsing, ...execution(name, parameters)]), parsers)
    } catch (error) {
      // A statement that could not be parsed (in a failed transaction, say) is not prepared.
      if (parsing.length > 0) names.delete(statement)
      throw error
    }
  }
}

/** As drizzle wants its rows: arrays, with times as the database writes them. */
async function listRows(engine: PgliteEngine, parsers: Parsers, statement: string, parameters: unknown[]) {
  const messages = await engine.exchange([serialize.parse({ text: statement }), ...execution('', parameters)])
  return { rows: rowsOf<unknown[]>(messages, { ...parsers, ...TIMES_AS_TEXT }, 'array') }
}

function execution(statement: string, parameters: readonly unknown[]): Uint8Array[] {
  return [
    serialize.bind({ statement, values: parameters.map(asText) }),
    serialize.describe({ type: 'P' }),
    serialize.execute({}),
    serialize.sync(),
  ]
}

function rowsOf<Row>(messages: EngineMessages, parsers: Parsers, rowMode?: 'array'): Row[] {
  return (parse.parseResults(messages, parsers, { rowMode })[0]?.rows ?? []) as Row[]
}

function asText(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}

function rethrowAsFault(error: unknown): never {
  throw asDatabaseFault(error)
}
