/**
 * What the rooms above know of a database, whichever engine it is.
 * Hot statements are SQL by hand, prepared by their text; listings go through drizzle.
 */
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'

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

/**
 * The time of a statement. `now()` is the time at which its transaction began: one that then waited for a study's lock would
 * date what it does before what it waited for, and a lease would run out early by the wait.
 */
export const NOW = 'statement_timestamp()'
