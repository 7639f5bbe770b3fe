/** A server as users run it, in a process of its own, that can be killed and started again on the same port. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { fromRoot } from '../../src/root.js'

export class Server {
  private child: ChildProcess | undefined
  private isAllowedToEnd = false
  kills = 0
  /** How it ended where nobody ended it. */
  readonly exits: string[] = []
  /** What it said on its way, for when a test fails. */
  said = ''

  constructor(
    readonly port: number,
    private readonly env: Record<string, string>,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get pid(): number {
    return this.child!.pid!
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [fromRoot('dist/src/cli/main.js'), 'serve'], {
      env: {
        PATH: process.env.PATH,
        HOST: '127.0.0.1',
        PORT: String(this.port),
        LOG_LEVEL: 'error',
        ...this.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child = child
    endWithUs(child)
    child.once('exit', (code, signal) => {
      if (this.child === child && !this.isAllowedToEnd)
        this.exits.push(`a server ended by itself with ${code ?? signal}`)
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.said = (this.said + chunk).slice(-10_000)
      })
    }
    while (!(await this.isReady())) {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${this.said}`)
      await setTimeout(50)
    }
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL')
    this.kills++
  }

  /** From now on it is no fault of the server when it ends by itself. */
  mayEnd(): void {
    this.isAllowedToEnd = true
  }

  /** Starts it where it has ended by itself. */
  async revive(): Promise<void> {
    if (this.child === undefined || hasEnded(this.child)) await this.start()
  }

  stop(): Promise<void> {
    return this.end('SIGTERM')
  }

  /** Stops its process without ending it: it keeps its connections, and answers nobody. */
  pause(): void {
    this.child?.kill('SIGSTOP')
  }

  resume(): void {
    this.child?.kill('SIGCONT')
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.child
    this.child = undefined
    if (child === undefined) return
    if (hasEnded(child)) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await gone
  }

  /** Waits for liveness only, because the server is not ready while its database is cut off. */
  private isReady(): Promise<boolean> {
    return fetch(`${this.url}/healthz`).then(
      (response) => response.ok,
      () => false,
    )
  }
}

export function endWithUs(child: ChildProcess): void {
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
}

export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}
