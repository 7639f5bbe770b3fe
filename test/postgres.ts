/**
 * Databases for tests: the same tests run on both engines, each on a database that nothing else uses.
 *
 *   describe.each(databases())('$name', ({ open }) => { … const database = await open() … await database.close() })
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { inject } from 'vitest'
import { administer } from './postgres-server.js'

/** Where the database is: one of the two is set. */
export interface TestDatabase {
  readonly url?: string
  readonly dataDir?: string
  /** Drops it, with whatever is still connected. */
  close(): Promise<void>
}

export interface Engine {
  readonly name: 'pglite' | 'postgres'
  /** A new, empty database. */
  open(): Promise<TestDatabase>
}

/** Both engines; PGlite alone where postgres-server.ts found no Postgres. */
export function databases(): Engine[] {
  const { folder, prefix, url } = inject('databases')
  const pglite: Engine = { name: 'pglite', open: () => makeFolder(folder) }
  return url === undefined ? [pglite] : [pglite, { name: 'postgres', open: () => makeDatabase(url, prefix) }]
}

async function makeDatabase(server: string, prefix: string): Promise<TestDatabase> {
  const name = prefix + randomBytes(6).toString('hex')
  await administer(server, (sql) => sql.query(`create database ${name} template template0`))
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    close: () => administer(server, (sql) => sql.query(`drop database if exists ${name} with (force)`)),
  }
}

/** A data folder with an initialised PGlite: copying it takes a tenth of the time of creating one. */
async function makeFolder(folder: string): Promise<TestDatabase> {
  const dataDir = await mkdtemp(join(folder, 'data-'))
  await cp(await blank(), join(dataDir, 'pglite'), { recursive: true })
  return { dataDir, close: () => rm(dataDir, { recursive: true, force: true }) }
}

const modules = fileURLToPath(new URL('../node_modules', import.meta.url))

/** Created once for each version of PGlite and reused by later runs. The first process to finish moves it into place. */
async function blank(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(modules, '@electric-sql/pglite/package.json'), 'utf8'))
  const place = join(modules, '.cache', `blank-pglite-${version}`)
  if (existsSync(place)) return place
  const own = `${place}-${randomBytes(6).toString('hex')}`
  await mkdir(own, { recursive: true })
  const database = await PGlite.create({ dataDir: own })
  await database.close()
  await rename(own, place).catch(() => rm(own, { recursive: true }))
  return place
}
