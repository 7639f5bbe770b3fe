/**
 * One database, two engines: Postgres where a URL is given, PGlite (Postgres in this process) where not.
 * Hot statements are SQL by hand, prepared by their text; listings go through drizzle.
 */
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import { Fault } from '../faults.js'

/** Rows by statement. A JSON parameter is passed as text and cast in the statement (`$1::text::json`). */
export interface Sql {
  query<Row>(statement: string, parameters?: readonly unknown[]): Promise<Row[]>
}

export interface Database extends Sql {
  readonly engine: 'postgres' | 'pglite'
  readonly orm: PgDatabase<PgQueryResultHKT>
  /** All or nothing: a throw inside rolls back. Nothing slow may wait in there. */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/**
 * For the connections of hand-written statements, each of which finds its rows by an index. A plan is made once, often while
 * a table is still empty, and kept: left to its costs, the planner would go on scanning the table that has grown since.
 * And a statement that must scan after all would look so dear that Postgres compiled it, for half a second, each time.
 */
export const BY_INDEX = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
} as const

export type DatabaseOptions = { readonly url?: string; readonly dataDir: string; readonly pool: number }

export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  if (options.url !== undefined) {
    const { openPostgres } = await import('./postgres.js')
    return openPostgres(options.url, options.pool)
  }
  const { openPglite } = await import('./pglite.js')
  return openPglite(options.dataDir)
}

/** SQLSTATE classes that say "not now" rather than "never": connection, resources, operator, rollback. */
const PASSING = /^(08|53|57|40|58|25P03|55P03)/
const LOST_CONNECTION = /^(CONNECTION_|CONNECT_|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|NOT_TAGGED_CALL)/

/** Turns a driver's error into a fault: passing trouble is 503 and may be tried again, the rest is ours. */
export function asDatabaseFault(error: unknown): unknown {
  if (error instanceof Fault) return error
  const isPassing = codesOf(error).some((code) => PASSING.test(code) || LOST_CONNECTION.test(code))
  if (!isPassing) return error
  return new Fault(
    'database_unavailable',
    'The database did not answer: try again in a moment',
    {},
    { cause: error },
  )
}

export function isLostConnection(error: unknown): boolean {
  return codesOf(error).some((code) => LOST_CONNECTION.test(code))
}

/** Of an error and of what caused it: drizzle wraps what its driver throws, and so do we. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  return [String((error as { code?: unknown }).code ?? ''), ...codesOf(error.cause)]
}
