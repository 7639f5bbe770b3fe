/**
 * Finds or starts a Postgres before the tests run, and cleans up afterwards. It uses the server of
 * CHIRON_TEST_DATABASE_URL, else a server on this machine, else it starts one from installed binaries, on a free port in
 * a temporary folder. CI installs missing binaries. Without a Postgres the tests run on PGlite only.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { installPackage } from './system-program.js'

declare module 'vitest' {
  interface ProvidedContext {
    databases: {
      /** For PGlite's data; removed in the end. */
      folder: string
      /** Of the name of every database made in this run; they are dropped in the end. */
      prefix: string
      /** A Postgres where databases may be made. */
      url?: string
    }
  }
}

interface Server {
  readonly url: string
  stop(): Promise<void>
}

const local = 'postgres://postgres@127.0.0.1:5432/test'

const family = 'chiron_test_'
const day = 24 * 3600 * 1000

/** Drops databases that interrupted runs of earlier days left on the server. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'chiron-test-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const prefix = `${family}${Date.now()}_${process.pid}_`
  const server = await findServer()
  if (server) await drop(server.url, (name) => Number(name.split('_')[2]) < Date.now() - day)
  project.provide('databases', { folder, prefix, url: server?.url })
  return async () => {
    if (server === undefined) return console.log(alone)
    await drop(server.url, (name) => name.startsWith(prefix))
    await server.stop()
  }
}

const alone =
  '\nPostgres: left out, for none answers here and none is installed. The tests ran on PGlite alone.' +
  '\nInstall postgresql, or set CHIRON_TEST_DATABASE_URL to a server where databases may be made.'

export async function findServer(): Promise<Server | undefined> {
  const given = process.env.CHIRON_TEST_DATABASE_URL
  if (given) {
    const fault = await ask(given)
    if (fault) throw new Error(`CHIRON_TEST_DATABASE_URL: ${fault}`)
    return { url: given, stop: async () => {} }
  }
  if ((await ask(local)) === undefined) return { url: local, stop: async () => {} }
  if (process.env.CI && installed() === undefined) installPackage('postgresql')
  const binaries = installed()
  if (process.env.CI && binaries === undefined) throw new Error('Under CI the tests need Postgres')
  return binaries === undefined ? undefined : start(binaries)
}

/** Why no database can be made there; nothing where one can. */
async function ask(url: string): Promise<string | undefined> {
  try {
    let able = false
    await administer(url, async (sql) => {
      const { rows } = await sql.query<{ able: boolean }>(
        'select rolsuper or rolcreatedb as able from pg_roles where rolname = current_user',
      )
      able = rows[0]?.able ?? false
    })
    return able ? undefined : 'this user may not create databases (alter role … createdb)'
  } catch (error) {
    return `the server does not let us in: ${error instanceof Error ? error.message : error}`
  }
}

/** Where the programs of the newest server are: Debian's place, or one on the PATH. */
export function installed(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = versions.map((version) => join(debian, version, 'bin'))
  return folders
    .concat((process.env.PATH ?? '').split(':'))
    .find((folder) => ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))))
}

/**
 * The cluster lives as long as a pipe from this process is open: it stops, and its folder goes, however we end.
 * In a session of its own, so that Ctrl-C reaches it through us alone.
 */
const keeper = `
"$1/postgres" -D "$2/data" -p "$3" -k "$2" -h 127.0.0.1 -c fsync=off -c max_connections=200 >"$2/log" 2>&1 &
cat
kill -INT $!
wait $!
cd / && rm -rf "$2"`

async function start(binaries: string): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'chiron-postgres-'))
  const user = unprivileged()
  if (user) chownSync(folder, user.uid, user.gid)
  const as = { ...user, cwd: folder }
  const layout = ['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C']
  execFileSync(join(binaries, 'initdb'), [...layout, '--no-sync'], { ...as, stdio: ['ignore', 'ignore', 2] })
  const port = await freePort()
  const args = ['-c', keeper, 'keeper', binaries, folder, String(port)]
  const keep = spawn('/bin/sh', args, { ...as, stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const stop = async () => {
    keep.stdin?.end()
    if (keep.exitCode === null) await once(keep, 'exit')
  }
  for (let attempt = 1; await ask(url); attempt++) {
    if (attempt === 100) {
      const log = readFileSync(join(folder, 'log'), 'utf8')
      await stop()
      throw new Error(`Postgres was started from ${binaries} and does not answer. Its log:\n${log}`)
    }
    await sleep(100)
  }
  return { url, stop }
}

/** Postgres refuses to run as root. */
export function unprivileged(): { uid: number; gid: number } | undefined {
  if (!isRoot()) return undefined
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  const line = ['postgres', 'nobody'].map((name) => lines.find((l) => l.startsWith(`${name}:`))).find(Boolean)
  if (line === undefined)
    throw new Error('Postgres does not run as root, and there is no user postgres or nobody')
  const [, , uid, gid] = line.split(':').map(Number)
  return { uid: uid!, gid: gid! }
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

async function drop(url: string, chosen: (name: string) => boolean): Promise<void> {
  await administer(url, async (sql) => {
    const made = await sql.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [family],
    )
    const names = made.rows.map(({ datname }) => datname).filter(chosen)
    for (const name of names) await sql.query(`drop database if exists ${name} with (force)`)
  })
}

export async function administer(url: string, work: (sql: pg.Client) => Promise<unknown>): Promise<void> {
  const sql = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  sql.on('error', () => {}) // the statement that it interrupts fails by itself
  try {
    await sql.connect()
    await work(sql)
  } finally {
    await sql.end()
  }
}
