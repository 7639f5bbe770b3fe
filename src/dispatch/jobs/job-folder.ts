/**
 * The folder of one attempt at a trial. It holds all that is needed to find a running trial again, and what is left of one:
 *
 *   trial.json     whose it is, its lease, its profile          job.json       what the supervisor is to run
 *   work/          where it runs: copies of the trainer's files, params.json, what it writes
 *   claimed.json   the supervisor      running.json   the stage's process      exit.json   how it ended
 *   log.head, log.before, log.tail     settled.json   what was told: from then on the folder is never written again
 */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Params } from '../../../search-spaces/index.js'
import type { ProcessProfile } from '../profiles/process-profile.js'

export interface TrialRecord {
  /** The study's id; `canary` trials belong to none. */
  readonly study: string
  readonly number: number
  readonly attempt: number
  readonly token: string
  readonly heartbeatSeconds: number
  readonly worker: string
  readonly params: Params
  readonly seed: number
  readonly profile: ProcessProfile
  /** GPUs or CPU slots that it holds. */
  readonly devices: readonly string[]
  /** Of what is executed: files, parameters, commands. */
  readonly configHash: string
}

export interface JobExit {
  readonly stage: string
  readonly code: number | null
  readonly signal: string | null
  readonly ended: 'itself' | 'timeout' | 'stopped'
  /** Why its process could not even begin. */
  readonly error?: string
  readonly seconds: Readonly<Record<string, number>>
  /** Processes that could not be removed. */
  readonly survivors: number
  /** How many processes the kernel killed for want of memory meanwhile; absent where it does not say. */
  readonly kernelKills?: number
}

const TAIL_BYTES = 20_000

export class JobFolder {
  constructor(readonly path: string) {}

  static ofAttempt(root: string, study: string, number: number, attempt: number): JobFolder {
    return new JobFolder(join(root, study, `${number}-${attempt}`))
  }

  atPath(name: string): string {
    return join(this.path, name)
  }

  get work(): string {
    return this.atPath('work')
  }

  has(name: string): boolean {
    return existsSync(this.atPath(name))
  }

  async make(): Promise<void> {
    await mkdir(this.work, { recursive: true, mode: 0o700 })
  }

  async read<T>(name: string): Promise<T | undefined> {
    const text = await readFile(this.atPath(name), 'utf8').catch(() => undefined)
    return text === undefined ? undefined : JSON.parse(text)
  }

  /** Whole or not at all, and only its owner's to read: it may hold a token. */
  async write(name: string, value: unknown): Promise<void> {
    const part = this.atPath(`${name}.${randomUUID()}`)
    await writeFile(part, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
    await rename(part, this.atPath(name))
  }

  /** The last lines of the log. */
  async tail(): Promise<string> {
    const pieces = await Promise.all(['log.head', 'log.before', 'log.tail'].map((name) => this.end(name)))
    return pieces.join('').slice(-TAIL_BYTES)
  }

  private async end(name: string): Promise<string> {
    const file = await open(this.atPath(name)).catch(() => undefined)
    if (file === undefined) return ''
    try {
      const { size } = await file.stat()
      const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES))
      await file.read(buffer, 0, buffer.length, size - buffer.length)
      return buffer.toString('utf8')
    } finally {
      await file.close()
    }
  }

  /** What ran stays as it ran, but for what nobody wants to keep. */
  async seal(told: unknown, discard: readonly string[]): Promise<void> {
    await Promise.all(discard.map((name) => rm(join(this.work, name), { recursive: true, force: true })))
    for (const entry of await readdir(this.work, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) await chmod(join(entry.parentPath, entry.name), 0o444)
    await this.write('settled.json', told)
  }

  /** Makes room for another run of the same attempt, where this one was lost with its machine. */
  async putAside(): Promise<void> {
    for (let n = 1; ; n++) {
      const aside = `${this.path}.lost-${n}`
      if (!existsSync(aside)) return rename(this.path, aside)
    }
  }
}

/** Every folder below the root whose trial has not been told. */
export async function findUnsettled(root: string): Promise<JobFolder[]> {
  const studies = await readdir(root).catch(() => [])
  const found = await Promise.all(
    studies.map(async (study) =>
      (await readdir(join(root, study)).catch(() => []))
        .filter((name) => /^\d+-\d+$/.test(name))
        .map((name) => new JobFolder(join(root, study, name))),
    ),
  )
  return found.flat().filter((folder) => folder.has('trial.json') && !folder.has('settled.json'))
}
