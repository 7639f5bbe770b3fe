/** The Postgres that the systems are measured on: each gets a database of its own, dropped at the end. */
import { hostname } from 'node:os'
import pg from 'pg'

export interface PostgresServer {
  readonly version: string
  /** Where databases may be made. */
  readonly url: string
}

export interface Database {
  readonly url: string
  /** After a bulk of writes: does at once what a Postgres does by itself within the next minutes. */
  settle(): Promise<void>
  drop(): Promise<void>
}

const url = process.env.CHIRON_BENCH_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'

/** The reason where none answers. */
export async function findPostgres(): Promise<PostgresServer | { readonly because: string }> {
  const probe = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000 })
  try {
    await probe.connect()
    const { rows } = await probe.query('show server_version')
    await dropLeft(probe)
    return { url, version: String(rows[0].server_version).split(' ')[0]! }
  } catch (error) {
    const { host } = new URL(url)
    return {
      because: `no Postgres at ${host}, name one in CHIRON_BENCH_DATABASE_URL: ${(error as Error).message}`,
    }
  } finally {
    await probe.end()
  }
}

let made = 0
const here = `chiron_bench_${hostname().toLowerCase().replace(/\W/g, '_').slice(0, 30)}_`

/** What benches of this machine left that were killed. */
async function dropLeft(sql: pg.Client): Promise<void> {
  const left = await sql.query<{ name: string }>(
    'select datname as name from pg_database where starts_with(datname, $1)',
    [here],
  )
  for (const { name } of left.rows) {
    if (!isAlive(Number(name.slice(here.length).split('_')[0])))
      await sql.query(`drop database "${name}" with (force)`)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

export async function freshDatabase(server: PostgresServer): Promise<Database> {
  const name = `${here}${process.pid}_${++made}`
  const admin = new pg.Client({ connectionString: server.url })
  await admin.connect()
  await admin.query(`create database ${name}`)
  const own = new URL(server.url)
  own.pathname = `/${name}`
  return {
    url: own.href,
    settle: async () => {
      const inside = new pg.Client({ connectionString: own.href })
      await inside.connect()
      await inside.query('vacuum analyze')
      await inside.query('checkpoint')
      await inside.end()
    },
    drop: async () => {
      await admin.query(`drop database ${name} with (force)`)
      await admin.end()
    },
  }
}
