/** The service as users run it: a process of its own, which can be killed. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fromRoot } from '../../src/root.js'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
}

export class ServerProcess {
  private stderr = ''
  private stdout = ''

  private constructor(
    private readonly child: ChildProcess,
    readonly ended: Promise<Ended>,
  ) {
    child.stdout!.on('data', (chunk) => (this.stdout += chunk))
    child.stderr!.on('data', (chunk) => (this.stderr += chunk))
  }

  /** `npx chiron serve` with this environment and nothing else of ours. */
  static run(env: Record<string, string | undefined>): ServerProcess {
    const child = spawn(process.execPath, [fromRoot('bin/chiron.mjs'), 'serve'], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stderr: server.stderr }))
    const server: ServerProcess = new ServerProcess(child, ended)
    return server
  }

  /** Where it listens; throws where it ends before. */
  async listening(): Promise<string> {
    for (;;) {
      const url = /Chiron listens on (http:\/\/[\d.]+:\d+)/.exec(this.stdout)?.[1]
      if (url !== undefined) return url
      const ended = await Promise.race([this.ended, once(this.child.stdout!, 'data')])
      if (!Array.isArray(ended)) throw new Error(`the server ended (${ended.code}): ${ended.stderr}`)
    }
  }

  /** What it has logged so far. */
  get said(): string {
    return this.stdout
  }

  /** Sends a signal that does not end it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(signal)
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Ended> {
    this.child.kill(signal)
    return this.ended
  }
}

/** Builds dist/ where it is not up to date, so that a server's start is only that. */
export function makeReady(): void {
  execFileSync(process.execPath, [fromRoot('bin/ready.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] })
}
