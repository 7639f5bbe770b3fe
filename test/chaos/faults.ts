/** The faults that a storm can have. Each begins one, ends it, and leaves a world in which everything can go on. */
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { administer } from '../postgres-server.js'
import type { Clock } from './clock.js'
import type { Disk } from './disk.js'
import { MAX_CONNECTIONS, type OwnPostgres, type StopMode } from './own-postgres.js'
import type { Scene } from './storm.js'
import type { Wire } from './wire.js'

/** What a fault may need is there where its plan says so (plans.ts). */
export interface FaultyScene extends Scene {
  /** Between the servers and Postgres. */
  readonly wire?: Wire
  /** Of this storm alone. */
  readonly postgres?: OwnPostgres
  /** Where the database keeps its data, and nothing else does. */
  readonly disk?: Disk
  /** Of the servers and of their database. */
  readonly clock?: Clock
}

export type ChaosFault = (scene: FaultyScene) => Promise<void>

/** What can happen to a server whatever its database is. */
export const SERVER_FAULTS = {
  'a server is killed': async ({ servers, chance }) => {
    const server = servers[Math.floor(chance() * servers.length)]!
    await server.kill()
    await server.start()
  },
  'a server is stopped, and goes on': async ({ servers, chance }) => {
    const server = servers[Math.floor(chance() * servers.length)]!
    server.pause()
    await setTimeout(500 + chance() * 2000)
    server.resume()
  },
} satisfies Record<string, ChaosFault>

/** What can happen between a server and Postgres. */
export const POSTGRES_FAULTS = {
  'Postgres ends all connections': ({ database }) => terminateConnections(database.url!),
  'the wire is cut': async ({ wire, chance }) => {
    wire!.cut()
    await setTimeout(200 + chance() * 1500)
    wire!.mend()
  },
  'the wire is reset': async ({ wire }) => wire!.reset(),
  'the wire is a black hole': async ({ wire, chance }) => {
    wire!.blackhole()
    await setTimeout(500 + chance() * 3000)
    wire!.mend()
  },
  'the wire forgets its connections': async ({ wire }) => wire!.forget(),
} satisfies Record<string, ChaosFault>

/** What can happen in a Postgres that nobody else uses. */
export const OWN_POSTGRES_FAULTS = {
  'Postgres stops smartly, and starts': (scene) => restart(scene, 'smart'),
  'Postgres stops fast, and starts': (scene) => restart(scene, 'fast'),
  'Postgres stops at once, and starts': (scene) => restart(scene, 'immediate'),
  'Postgres stands still, and goes on': async ({ postgres, chance }) => {
    postgres!.pause()
    await setTimeout(500 + chance() * 4000)
    postgres!.resume()
  },
  'somebody locks the study': async ({ database, chance }) => {
    await administer(database.url!, async (sql) => {
      await sql.query('begin')
      await sql.query('select 1 from studies for update')
      await setTimeout(chance() < 0.2 ? 11_000 : chance() * 2000) // a wait for a lock ends after 10 s
      await sql.query('rollback')
    })
  },
  'somebody takes all connections': async ({ database, chance }) => {
    const taken = await takeConnections(database.url!)
    await setTimeout(500 + chance() * 2000)
    await Promise.all(taken.map((sql) => sql.end()))
  },
} satisfies Record<string, ChaosFault>

/** What can happen where the database has a disk of its own. */
export const DISK_FAULTS = {
  'the disk is full': async ({ disk, postgres, servers, chance }) => {
    if (postgres === undefined) for (const server of servers) server.mayEnd()
    disk!.fill()
    await setTimeout(500 + chance() * 1500)
    disk!.free()
    await setTimeout(1000) // an embedded database that ends takes its process along a moment later
    await postgres?.start()
    await Promise.all(servers.map((server) => server.revive()))
  },
} satisfies Record<string, ChaosFault>

/** What can happen to the clock of everybody. */
export const CLOCK_FAULTS = {
  'the clock jumps': async ({ clock, chance }) => {
    clock!.set(Math.round((chance() - 0.5) * 2 * DAY_SECONDS))
    await setTimeout(chance() * 2000)
    if (chance() < 0.5) clock!.set(0)
  },
} satisfies Record<string, ChaosFault>

const DAY_SECONDS = 86_400

async function restart({ postgres }: FaultyScene, mode: StopMode): Promise<void> {
  await postgres!.stop(mode)
  await postgres!.start()
}

/** Takes what is free, then takes what the servers had. */
async function takeConnections(url: string): Promise<pg.Client[]> {
  const taken: pg.Client[] = []
  for (let tries = 0; tries < 2 * MAX_CONNECTIONS && taken.length < MAX_CONNECTIONS; tries++) {
    const sql = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
    sql.on('error', () => {})
    const isIn = await sql.connect().then(
      () => true,
      () => false,
    )
    if (isIn) taken.push(sql)
    else await taken[0]?.query(TERMINATE)
  }
  return taken
}

/** Of the servers on this database alone, because others may use the same Postgres. */
const TERMINATE = `select pg_terminate_backend(pid) from pg_stat_activity
  where application_name = 'chiron' and datname = current_database()`

export async function terminateConnections(url: string): Promise<void> {
  await administer(url, (sql) => sql.query(TERMINATE))
}
