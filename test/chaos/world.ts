/** Where one storm happens: a fresh database, servers on it, and what its fault needs. */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestDatabase } from '../postgres.js'
import { administer } from '../postgres-server.js'
import { Clock } from './clock.js'
import { Disk } from './disk.js'
import type { FaultyScene } from './faults.js'
import { OwnPostgres } from './own-postgres.js'
import type { Plan } from './plans.js'
import { freePort, Server } from './server.js'
import { chanceOf } from './storm.js'
import { Wire } from './wire.js'

export interface World {
  readonly scene: FaultyScene
  close(): Promise<void>
}

const DISK_MB = { pglite: 120, postgres: 160 }

/** `shared`: a Postgres that others may use, for where there is none of our own. */
export async function openWorld(
  { engine, servers: count, hasDisk, hasClock }: Pick<Plan, 'engine' | 'servers' | 'hasDisk' | 'hasClock'>,
  seed: number,
  workers: number,
  shared?: string,
  settings: Record<string, string> = {},
): Promise<World> {
  const ends: (() => unknown)[] = []
  const close = async () => {
    for (const end of ends.reverse()) await end()
  }
  try {
    const home = await mkdtemp(join(tmpdir(), 'chiron-chaos-'))
    ends.push(() => rm(home, { recursive: true, force: true }))
    await chmod(home, 0o755) // Postgres runs as a user of its own
    const disk = hasDisk ? Disk.mount(DISK_MB[engine]) : undefined
    ends.push(() => disk?.unmount())
    const clock = hasClock ? new Clock(home) : undefined
    const data = join(disk?.folder ?? home, 'data')
    await mkdir(data)
    const postgres =
      engine === 'postgres' && OwnPostgres.isInstalled()
        ? await OwnPostgres.begin(data, clock?.env ?? {})
        : undefined
    ends.push(() => postgres?.stop('immediate'))
    const database = postgres ?? (engine === 'pglite' ? { dataDir: data } : await makeDatabase(shared!, seed))
    ends.push(() => (database as Partial<TestDatabase>).close?.())
    const { url, dataDir } = database as Partial<TestDatabase>
    const wire = url === undefined ? undefined : await Wire.to(url)
    ends.push(() => wire?.close())
    const place: Record<string, string> =
      url === undefined
        ? { CHIRON_DATA_DIR: dataDir! }
        : { DATABASE_URL: wire!.through(url), CHIRON_DATA_DIR: home }
    const servers: Server[] = []
    for (let i = 0; i < count; i++)
      servers.push(new Server(await freePort(), { ...place, ...clock?.env, ...settings }))
    ends.push(() => Promise.all(servers.map((server) => server.stop())))
    await Promise.all(servers.map((server) => server.start()))
    const chance = chanceOf(seed)
    const at = { url, dataDir, close: async () => {} }
    return { scene: { database: at, servers, workers, chance, wire, postgres, disk, clock }, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function makeDatabase(server: string, seed: number): Promise<TestDatabase> {
  const name = `chiron_test_${Date.now()}_${process.pid}_${seed}`
  await administer(server, (sql) => sql.query(`create database ${name} template template0`))
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    close: () => administer(server, (sql) => sql.query(`drop database if exists ${name} with (force)`)),
  }
}
