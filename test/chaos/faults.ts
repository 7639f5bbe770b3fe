/** The faults that a storm can have. Each begins one, ends it, and leaves a world in which everything can go on. */
import { setTimeout } from 'node:timers/promises'
import { administer } from '../postgres-server.js'
import type { Scene } from './storm.js'
import type { Wire } from './wire.js'

export interface FaultyScene extends Scene {
  /** Between the servers and Postgres; none on PGlite. */
  readonly wire?: Wire
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

/** Of the servers on this database alone, because others may use the same Postgres. */
export async function terminateConnections(url: string): Promise<void> {
  await administer(url, (sql) =>
    sql.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'chiron' and datname = current_database()`,
    ),
  )
}
