/**
 * The Postgres engine. Every wait has a limit: for a connection, for a lock, for a statement. What exceeds its limit, or
 * loses its connection, fails with a retryable fault; its connection is closed and replaced.
 */
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { Fault } from '../faults.js'
import { BY_INDEX, type Database, type Sql } from './database.js'
import { asDatabaseFault, databaseUnavailable } from './database-errors.js'
import { explainRefusal } from './postgres-refusal.js'

/** How long the caller of a statement waits for a free connection, or for a new one. */
const CONNECTION_MS = 5_000
/** Postgres ends a wait for a lock, then a statement, then the transaction of a server that no longer sends any. */
const LOCK_MS = 10_000
const STATEMENT_MS = 20_000
const IDLE_IN_TRANSACTION_MS = 60_000
/** The limit on this side, for when the network swallows Postgres's answer. */
const ANSWER_MARGIN_MS = 2_000
/** A check of readiness: at most so long for a connection, and so long for an answer. */
const PING_MS = 800
/** Statements under way may take so long to finish when the database is closed. */
const CLOSE_MS = 5_000

const LIMITS = {
  application_name: 'chiron',
  connectionTimeoutMillis: CONNECTION_MS,
  lock_timeout: LOCK_MS,
  statement_timeout: STATEMENT_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
  query_timeout: STATEMENT_MS + ANSWER_MARGIN_MS,
  idleTimeoutMillis: 60_000,
  keepAlive: true, // an idle connection that a firewall has forgotten is found dead before it is used
  keepAliveInitialDelayMillis: 10_000,
} satisfies pg.PoolConfig

export async function openPostgres(url: string, size: number): Promise<Database> {
  const connectionString = withLibpqModes(url)
  const open = (more: pg.PoolConfig) => new Connections({ connectionString, ...LIMITS, ...more })
  const statements = open({ max: size, options: plannerOptions() })
  const listings = open({ max: Math.max(2, Math.ceil(size / 4)) })
  // Its own connection: a check of readiness never waits behind the statements of others.
  const probe = open({ max: 1, connectionTimeoutMillis: PING_MS, query_timeout: PING_MS })
  let closed: Promise<unknown> | undefined
  const close = async () => {
    closed ??= Promise.all([statements, listings, probe].map((connections) => connections.close()))
    await closed
  }
  await probeAtStart(connectionString).catch(async (error) => {
    await close()
    throw explainRefusal(error, url)
  })
  const named = statementNames()
  return {
    engine: 'postgres',
    orm: drizzle(statementsOf(listings)) as unknown as Database['orm'],
    query: <Row>(text: string, values?: readonly unknown[]) => {
      const run = () => statements.use((client) => queryRows(client, named)<Row>(text, values))
      return run().catch((error) => (isStalePlan(causeOf(error)) ? run() : rethrow(error)))
    },
    transaction: (work, limitMs) =>
      statements.use((client) => runTransaction(queryRows(client, named, limitMs), work, limitMs)),
    ping: onceAtATime(() => probe.use(async (client) => void (await queryRows(client, named)('select 1')))),
    close,
  }
}

/** By a connection of its own, so that an error is still the one that Postgres sent. */
async function probeAtStart(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString, ...LIMITS })
  client.on('error', () => {})
  await client.connect()
  await client.end()
}

/**
 * A pool that is replaced as a whole when one of its connections is of no more use: after a failover the others are as dead,
 * and each would cost a caller its full limit; after a migration the others have the same stale plans.
 */
class Connections {
  private pool: pg.Pool

  constructor(private readonly config: pg.PoolConfig) {
    this.pool = openPool(config)
  }

  /** The connection of failed work is closed, which rolls back its transaction: a rollback could itself wait on a dead connection. */
  async use<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const { pool } = this
    const client = await pool.connect().catch(rethrowAsFault)
    try {
      const result = await work(client)
      client.release()
      return result
    } catch (error) {
      client.release(true)
      if (isOfNoMoreUse(causeOf(error))) this.replace(pool)
      throw error
    }
  }

  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS)
    })
    await Promise.race([this.pool.end(), limit])
    clearTimeout(timer)
  }

  private replace(pool: pg.Pool): void {
    if (pool !== this.pool || pool.ending) return
    this.pool = openPool(this.config)
    void pool.end() // its other statements may still finish
  }
}

/** Makes `sslmode=require` mean what it means to psql: encrypted, with any certificate. */
function withLibpqModes(url: string): string {
  const address = new URL(url)
  if (address.searchParams.has('sslmode')) address.searchParams.set('uselibpqcompat', 'true')
  return address.href
}

function plannerOptions(): string {
  return Object.entries(BY_INDEX)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ')
}

function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config)
  // An error event without a listener would end the process. The statement that needed the connection fails by itself.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

async function runTransaction<T>(
  query: Sql['query'],
  work: (tx: Sql) => Promise<T>,
  limitMs?: number,
): Promise<T> {
  await query('begin')
  if (limitMs !== undefined)
    for (const limit of ['statement_timeout', 'lock_timeout']) await query(`set local ${limit} = ${limitMs}`)
  const result = await work({ query })
  await query('commit')
  return result
}

function queryRows(client: pg.PoolClient, named: StatementNames, limitMs?: number): Sql['query'] {
  const limit = limitMs === undefined ? {} : { query_timeout: limitMs + ANSWER_MARGIN_MS }
  return async <Row>(text: string, values: readonly unknown[] = []) => {
    const statement = values.length === 0 ? { text } : { name: named(text), text, values: [...values] }
    const { rows } = await client.query({ ...statement, ...limit }).catch(rethrowAsFault)
    return rows as Row[]
  }
}

/** A statement is prepared once in each connection, under this name. */
type StatementNames = (text: string) => string

function statementNames(): StatementNames {
  const names = new Map<string, string>()
  return (text) => {
    const name = names.get(text) ?? `chiron_${names.size}`
    names.set(text, name)
    return name
  }
}

/** What drizzle needs of a pool. Errors are classified here, before drizzle wraps them. */
function statementsOf(connections: Connections): pg.Pool {
  const query = (config: pg.QueryConfig, values?: unknown[]) =>
    connections.use((client) => client.query(config, values).catch(rethrowAsFault))
  return { query } as unknown as pg.Pool
}

/** Callers that come while a check is under way get its result. */
function onceAtATime(check: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | undefined
  return () => {
    underWay ??= check().finally(() => {
      underWay = undefined
    })
    return underWay
  }
}

/** Any error that Postgres itself did not send is one of the connection. */
function rethrowAsFault(error: unknown): never {
  if (error instanceof TypeError) throw error
  if (isOfNoMoreUse(error)) throw databaseUnavailable(error)
  throw asDatabaseFault(error)
}

/** Whether the connection is, on which a statement failed so. */
function isOfNoMoreUse(error: unknown): boolean {
  return error instanceof Error && (!(error instanceof pg.DatabaseError) || isStalePlan(error))
}

/** Another server has migrated the tables since this connection prepared the statement. Nothing was executed. */
function isStalePlan(error: unknown): boolean {
  return (
    error instanceof pg.DatabaseError && error.code === '0A000' && error.routine === 'RevalidateCachedQuery'
  )
}

/** What the driver threw, where that is why the database did not answer. */
function causeOf(error: unknown): unknown {
  return error instanceof Fault && error.code === 'database_unavailable' ? error.cause : undefined
}

function rethrow(error: unknown): never {
  throw error
}
