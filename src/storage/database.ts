/**
 * The interface of a database, the same for Postgres and PGlite.
 * Hot statements are hand-written SQL, prepared once per text; listings go through drizzle.
 */
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'

/**
 * Runs a statement and returns its rows. Pass a JSON parameter as text and cast it in the statement (`$1::text::json`).
 */
export interface Sql {
  query<Row>(statement: string, parameters?: readonly unknown[]): Promise<Row[]>
}

export interface Database extends Sql {
  readonly engine: 'postgres' | 'pglite'
  readonly orm: PgDatabase<PgQueryResultHKT>
  /**
   * Runs `work` in one transaction; an exception rolls it back. `work` must not wait for anything slow. `limitMs`: for its
   * statements and their waits for locks, where they may take longer than those of a request.
   */
  transaction<T>(work: (tx: Sql) => Promise<T>, limitMs?: number): Promise<T>
  /** Resolves if the database answers at once. It never waits behind other statements for longer than its own limit. */
  ping(): Promise<void>
  close(): Promise<void>
}

/**
 * Planner settings for connections that run hand-written statements, all of which find their rows by an index. Postgres
 * plans a prepared statement once, often while its table is still empty, and would then keep a sequential scan after
 * the table has grown. JIT is off because the disabled scans have artificially high costs, which would trigger half a
 * second of compilation.
 */
export const BY_INDEX = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_bitmapscan: 'off', // it would read all of a study's trials for each page of them
  jit: 'off',
} as const

/**
 * The start time of the statement. `now()` would be the start of the transaction: after waiting for a study's lock it
 * would be in the past, so events would be dated too early and leases would run out too early.
 */
export const NOW = 'statement_timestamp()'
