/** The Postgres engine. Raw statements have their own client, because drizzle changes how its client parses types. */
import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { BY_INDEX, type Database, type Sql } from './database.js'
import { asDatabaseFault, isLostConnection } from './database-errors.js'

export function openPostgres(url: string, pool: number): Database {
  const settings = {
    connect_timeout: 10,
    onnotice: () => {},
    connection: { application_name: 'chiron', statement_timeout: 60_000 },
  }
  const raw = postgres(url, { ...settings, connection: { ...settings.connection, ...BY_INDEX }, max: pool })
  const listing = postgres(url, { ...settings, max: Math.max(2, Math.ceil(pool / 4)) })
  return {
    engine: 'postgres',
    orm: drizzle(listing) as unknown as Database['orm'],
    query: queryRows(raw),
    transaction: (work) => runTransaction(raw, work),
    close: async () => {
      await Promise.all([raw.end({ timeout: 5 }), listing.end({ timeout: 5 })])
    },
  }
}

/**
 * The client's own `begin` sends a rollback even on a lost connection, and that write ends the process. So this
 * function reserves the connection itself: it neither writes to a lost connection nor returns it to the pool.
 */
async function runTransaction<T>(client: postgres.Sql, work: (tx: Sql) => Promise<T>): Promise<T> {
  const connection = await client.reserve().catch(rethrowAsFault)
  const query = queryRows(connection)
  try {
    await query('begin')
    const result = await work({ query })
    await query('commit')
    connection.release()
    return result
  } catch (error) {
    if (!isLostConnection(error)) {
      await query('rollback')
      connection.release()
    }
    throw error
  }
}

function queryRows(client: postgres.Sql | postgres.TransactionSql): Sql['query'] {
  return <Row>(statement: string, parameters: readonly unknown[] = []) =>
    client
      .unsafe(statement, parameters as postgres.ParameterOrJSON<never>[], { prepare: true })
      .catch(rethrowAsFault) as unknown as Promise<Row[]>
}

function rethrowAsFault(error: unknown): never {
  throw asDatabaseFault(error)
}
