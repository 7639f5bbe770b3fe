/** The service as users run it: a process of its own, on a fresh database. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

export interface Server {
  readonly url: string
  /** Resident memory now, in MB. */
  memoryMb(): number
  /** After a bulk of writes: does at once what a Postgres does by itself within the next minutes. */
  settle(): Promise<void>
  stop(): Promise<void>
}

/** On a database of its own at the Postgres of `adminUrl`, dropped at the end; without one, on PGlite in a folder. */
export async function startServer(adminUrl: string | undefined): Promise<Server> {
  const home = await mkdtemp(join(tmpdir(), 'chiron-bench-'))
  const database = adminUrl === undefined ? undefined : await freshDatabase(adminUrl)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    env: {
      ...process.env,
      PORT: String(port),
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      CHIRON_DATA_DIR: home,
      CHIRON_TOKEN: '',
      DATABASE_URL: database?.url ?? '',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  await untilReady(url, child)
  return {
    url,
    memoryMb: () => residentMb(child.pid!),
    settle: async () => database?.settle(),
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await gone
      await database?.drop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function freshDatabase(adminUrl: string) {
  const name = `chiron_bench_${process.pid}_${Date.now()}`
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} })
  await admin.unsafe(`create database ${name}`)
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return {
    url: url.href,
    settle: async () => {
      const own = postgres(url.href, { max: 1, onnotice: () => {} })
      await own`vacuum analyze`
      await own`checkpoint`
      await own.end()
    },
    drop: async () => {
      await admin.unsafe(`drop database ${name} with (force)`)
      await admin.end()
    },
  }
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null)
      throw new Error(`the service ended with code ${child.exitCode} before it was ready`)
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
    if (ready) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`nothing answered at ${url} within 20 seconds`)
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}

function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024)
}
