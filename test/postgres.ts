/**
 * Databases for tests: the same tests run on both engines, each on a database that nothing else uses.
 *
 *   describe.each(databases())('$name', ({ open }) => { … const database = await open() … await database.close() })
 */
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import { migrate } from '../src/storage/migrate.js'
import { openDatabase } from '../src/storage/open.js'
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
  /** A new database for a service. PGlite's has the tables already, because to make them takes seconds. */
  open(): Promise<TestDatabase>
  /** A new database with nothing in it. */
  openEmpty(): Promise<TestDatabase>
}

/** Both engines; PGlite alone where postgres-server.ts found no Postgres. */
export function databases(): Engine[] {
  const { folder, prefix, url } = inject('databases')
  const pglite: Engine = {
    name: 'pglite',
    open: () => makeFolder(folder, true),
    openEmpty: () => makeFolder(folder, false),
  }
  if (url === undefined) return [pglite]
  const open = () => makeDatabase(url, prefix)
  return [pglite, { name: 'postgres', open, openEmpty: open }]
}

/** For tests that are not about what is stored: Postgres where there is one, since PGlite takes a second to start. */
export function anEngine(): Engine {
  return databases().at(-1)!
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

async function makeFolder(folder: string, hasTables: boolean): Promise<TestDatabase> {
  const dataDir = await mkdtemp(join(folder, 'data-'))
  if (hasTables) await copyFolder(await withTables(), join(dataDir, 'pglite'))
  return { dataDir, close: () => rm(dataDir, { recursive: true, force: true }) }
}

/** By the system's cp: Node's takes a second of processor for a thousand files. */
async function copyFolder(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-R', from, to])
}

const cache = fileURLToPath(new URL('../node_modules/.cache', import.meta.url))

/**
 * A PGlite's folder with the tables, created once for each version of PGlite and of the tables, and reused by later runs.
 * The first process to finish moves it into place.
 */
async function withTables(): Promise<string> {
  const place = join(cache, `pglite-with-tables-${await digest()}`)
  if (existsSync(place)) return place
  const own = join(cache, `making-${randomBytes(6).toString('hex')}`)
  const database = await openDatabase({ dataDir: own, pool: 1 })
  await migrate(database)
  await database.close()
  await rename(join(own, 'pglite'), place).catch(() => {})
  await rm(own, { recursive: true, force: true })
  return place
}

async function digest(): Promise<string> {
  const { version } = await readJson(
    new URL('../node_modules/@electric-sql/pglite/package.json', import.meta.url),
  )
  const hash = createHash('sha256').update(version)
  const folder = new URL('../migrations/', import.meta.url)
  for (const name of (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort())
    hash.update(await readFile(new URL(name, folder)))
  return hash.digest('hex').slice(0, 12)
}

async function readJson(file: URL) {
  return JSON.parse(await readFile(file, 'utf8'))
}
