/** The service as users run it: a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromRoot } from '../../src/root.js'

export interface Server {
  readonly url: string
  readonly pid: number
  /** Resident memory now, in MB. */
  memoryMb(): number
  /** What all of its threads have used of the processor so far. */
  processorSeconds(): number
  /** Answers the code that it ended with, and the seconds from the signal to its end. Calling it twice is safe. */
  stop(): Promise<Stopped>
}

export interface Stopped {
  readonly code: number | null
  readonly seconds: number
}

/** On the database, or without one on PGlite in a folder that goes with it. */
export async function startServer(
  databaseUrl: string | undefined,
  environment: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const home = await mkdtemp(join(tmpdir(), 'chiron-bench-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [fromRoot('dist/src/cli/main.js'), 'serve'], {
    env: {
      ...process.env,
      PORT: String(port),
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      CHIRON_DATA_DIR: home,
      CHIRON_TOKEN: '',
      DATABASE_URL: databaseUrl ?? '',
      ...environment,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  await untilReady(url, child)
  return {
    url,
    pid: child.pid!,
    memoryMb: () => residentMb(child.pid!),
    processorSeconds: () => processorSeconds(child.pid!),
    stop: async () => {
      const began = performance.now()
      child.kill('SIGTERM')
      const code = await ended
      const seconds = (performance.now() - began) / 1000
      await rm(home, { recursive: true, force: true })
      return { code, seconds }
    },
  }
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null)
      throw new Error(`the service ended with code ${child.exitCode} before it was ready`)
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
    if (ready) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  child.kill()
  throw new Error(`nothing answered at ${url} within a minute`)
}

export function freePort(): Promise<number> {
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

/** Linux counts in hundredths of a second. */
const TICKS = 100

function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) / TICKS
}
