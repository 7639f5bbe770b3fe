/**
 * A Postgres of one storm alone, which may therefore be stopped in each of its ways, stand still, or run out of
 * connections or of disk. What it keeps survives the end of its processes; nothing here cuts the power.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { administer, freePort, installed, unprivileged } from '../postgres-server.js'
import { endWithUs, hasEnded } from './server.js'

/** The signals by which pg_ctl stops a server. */
const STOP = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const
export type StopMode = keyof typeof STOP

/** A smart stop waits for its clients, which do not leave by themselves: it becomes a fast one after so long. */
const SMART_MS = 1500
const ATTEMPTS = 300
export const MAX_CONNECTIONS = 40

export class OwnPostgres {
  private server: ChildProcess | undefined

  private constructor(
    private readonly binaries: string,
    private readonly folder: string,
    private readonly port: number,
    private readonly env: Record<string, string>,
  ) {}

  static isInstalled(): boolean {
    return installed() !== undefined
  }

  /** In a folder that exists and is empty. `env` is for its processes. */
  static async begin(folder: string, env: Record<string, string>): Promise<OwnPostgres> {
    const postgres = new OwnPostgres(installed()!, folder, await freePort(), env)
    const user = unprivileged()
    const data = join(folder, 'data')
    mkdirSync(data)
    if (user !== undefined) for (const path of [folder, data]) chownSync(path, user.uid, user.gid)
    const layout = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
    execFileSync(join(postgres.binaries, 'initdb'), layout, {
      ...user,
      cwd: folder,
      stdio: ['ignore', 'ignore', 2],
    })
    await postgres.start()
    await administer(postgres.urlOf('postgres'), (sql) => sql.query('create database chaos'))
    return postgres
  }

  get url(): string {
    return this.urlOf('chaos')
  }

  /** Starts it where it does not run, and waits until it lets somebody in. */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.spawnWhereEnded()
      try {
        return await administer(this.urlOf('postgres'), (sql) => sql.query('select 1'))
      } catch (error) {
        if (attempt === ATTEMPTS) throw error
        await setTimeout(100)
      }
    }
  }

  async stop(mode: StopMode): Promise<void> {
    const { server } = this
    if (server === undefined || hasEnded(server)) return
    const ended = once(server, 'exit')
    server.kill(STOP[mode])
    if (mode === 'smart') await Promise.race([ended, setTimeout(SMART_MS).then(() => server.kill('SIGINT'))])
    await ended
  }

  /** All its processes stand still: they keep their connections, and answer nobody. */
  pause(): void {
    this.signal('SIGSTOP')
  }

  resume(): void {
    this.signal('SIGCONT')
  }

  private signal(signal: NodeJS.Signals): void {
    const { pid } = this.server!
    for (const each of [pid!, ...childrenOf(pid!)]) {
      try {
        process.kill(each, signal)
      } catch {
        // it has ended meanwhile
      }
    }
  }

  private spawnWhereEnded(): void {
    if (this.server !== undefined && !hasEnded(this.server)) return
    const settings = { listen_addresses: '127.0.0.1', port: this.port, unix_socket_directories: this.folder }
    const memory = {
      max_connections: MAX_CONNECTIONS,
      shared_buffers: '16MB',
      max_wal_size: '32MB',
      min_wal_size: '32MB',
    }
    const args = Object.entries({ ...settings, ...memory, fsync: 'off' }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ])
    this.server = spawn(join(this.binaries, 'postgres'), ['-D', join(this.folder, 'data'), ...args], {
      ...unprivileged(),
      cwd: this.folder,
      env: { ...process.env, ...this.env },
      stdio: 'ignore',
    })
    endWithUs(this.server)
  }

  private urlOf(database: string): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && parentOf(pid) === parent)
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined // it has ended meanwhile
  }
}
