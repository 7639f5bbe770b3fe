/**
 * The folder of one attempt at a trial. It has all that is needed to find a running trial again, and what it left:
 *
 *   trial.json     its study, lease and profile                 job.json       what the supervisor runs
 *   work/          where it runs: copies of the trainer's files, params.json, and what it writes
 *   claimed.json   the supervisor      running.json   the stage's process      exit.json   how it ended
 *   judged/        of a task: what the scorer judges                   scoring/   where the scorer runs
 *   stop.json      why it is stopped   log.head, log.before, log.tail          settled.json   what was told
 *
 * The folder is not written any more once settled.json is there.
 */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Params } from '../../../search-spaces/index.js'
import type { Program } from '../../domain/program.js'
import type { Tell } from '../../domain/tell.js'
import type { CardsBefore } from '../devices/card-failure.js'
import type { ProcessProfile } from '../profiles/process-profile.js'

export interface TrialRecord {
  /** The study's id; of a canary, which belongs to no study, a name. */
  readonly study: string
  readonly number: number
  readonly attempt: number
  readonly token: string
  readonly heartbeatSeconds: number
  readonly worker: string
  readonly params: Params
  readonly seed: number
  readonly profile: ProcessProfile
  /** What runs in the place of the trainer's editable files. */
  readonly program?: Program
  /** Whether a program runs with `params`; otherwise with its own constants. */
  readonly setConstants?: boolean
  /** Whether it is a run of what an experiment recommends, which is judged by sealed data as well. */
  readonly recommended?: boolean
  /** The GPUs or CPU slots that it has. */
  readonly devices: readonly string[]
  /** Of a trial on GPUs: how they were before it. */
  readonly cardsBefore?: CardsBefore
  /** Identifies what is executed: files, parameters and commands. */
  readonly configHash: string
}

export interface JobExit {
  readonly stage: string
  readonly code: number | null
  readonly signal: string | null
  /** `hot`: a card was too hot for it; `lost card`: nvidia-smi no longer found one. */
  readonly ended: 'itself' | 'timeout' | 'stopped' | 'disk' | 'hot' | 'lost card'
  /** Why its process could not be started. */
  readonly error?: string
  /** By stage, without the time for which it was paused. */
  readonly seconds: Readonly<Record<string, number>>
  /** For how long it was paused because a card was hot. */
  readonly pausedSeconds?: number
  /** What its cards did meanwhile; absent where it had none. */
  readonly cards?: CardRecord
  /** Of the whole job; absent where the kernel does not count them. */
  readonly processorSeconds?: number
  /** Processes of it that could not be ended. */
  readonly survivors: number
  /**
   * Processes that the kernel killed meanwhile because memory ran out; absent where the kernel does not count them.
   */
  readonly kernelKills?: number
}

/** What bin/watch-cards.mjs saw. What nvidia-smi did not tell is absent. */
export interface CardRecord {
  /** Why the trial was ended, where it was. */
  readonly ended?: string
  /** In °C, of all its cards. */
  readonly temperature?: { readonly max: number; readonly mean: number }
  /** In MHz, while they worked. */
  readonly smClock?: { readonly mean: number; readonly min: number }
  /** By the bit of its reason (devices/throttling.ts): the share of the time in which it slowed a card down. */
  readonly slowed?: Readonly<Record<string, number>>
  /** The share of the time in which heat or the power supply slowed a card down. */
  readonly throttledShare?: number
}

/** A job that has ended, and what is told of it. */
export interface EndedJob {
  readonly exit: JobExit
  readonly tail: string
  readonly told: Tell
}

const TAIL_BYTES = 20_000

/** Where the folders of all trials of a server are, in its data folder. */
export function trialsFolder(dataFolder: string): string {
  return join(dataFolder, 'trials')
}

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

  /** The files that a scorer judges: the trial's as they were before it ran, and its weights. */
  get judged(): string {
    return this.atPath('judged')
  }

  /** The scorer's own folder. */
  get scoring(): string {
    return this.atPath('scoring')
  }

  /** What the scorer says. */
  get score(): string {
    return join(this.scoring, 'score.json')
  }

  /** What it says by sealed data. */
  get sealedScore(): string {
    return join(this.scoring, 'sealed.json')
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

  /** Writes a file whole or not at all, for its owner only, since it may contain a token. */
  async write(name: string, value: unknown): Promise<void> {
    const part = this.atPath(`${name}.${randomUUID()}`)
    await writeFile(part, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
    await rename(part, this.atPath(name))
  }

  /** The last lines of the log. */
  async tail(): Promise<string> {
    return (await this.logTail(TAIL_BYTES)).tail
  }

  /** The end of the log, from the first whole character on. */
  async logTail(most: number): Promise<{ tail: string; bytes: number; cut: boolean }> {
    const ends = await Promise.all(['log.head', 'log.before', 'log.tail'].map((name) => this.end(name, most)))
    const bytes = ends.reduce((sum, { size }) => sum + size, 0)
    const read = Buffer.concat(ends.map(({ end }) => end))
    const last = read.subarray(Math.max(0, read.length - most))
    const whole = last.findIndex((byte) => (byte & 0xc0) !== 0x80)
    return { tail: last.subarray(Math.max(0, whole)).toString('utf8'), bytes, cut: bytes > last.length }
  }

  private async end(name: string, most: number): Promise<{ end: Buffer; size: number }> {
    const file = await open(this.atPath(name)).catch(() => undefined)
    if (file === undefined) return { end: Buffer.alloc(0), size: 0 }
    try {
      const { size } = await file.stat()
      const end = Buffer.alloc(Math.min(size, most))
      const { bytesRead } = await file.read(end, 0, end.length, size - end.length)
      return { end: end.subarray(0, bytesRead), size }
    } finally {
      await file.close()
    }
  }

  /** Makes what ran read-only, but for what the profile discards. */
  async seal(told: unknown, discard: readonly string[]): Promise<void> {
    const discarded = [...discard.map((name) => join(this.work, name)), this.judged]
    await Promise.all(discarded.map((path) => rm(path, { recursive: true, force: true })))
    for (const entry of await readdir(this.work, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) await chmod(join(entry.parentPath, entry.name), 0o444)
    await this.write('settled.json', told)
  }

  /** Of a trial that was given back. What cannot be removed is not found again: trial.json goes first. */
  async remove(): Promise<void> {
    await rm(this.atPath('trial.json'), { force: true }).catch(() => {})
    await rm(this.path, { recursive: true, force: true }).catch(() => {})
  }

  /** Moves the folder away, so that an attempt that was lost with its machine can run again. */
  async putAside(): Promise<void> {
    for (let n = 1; ; n++) {
      const aside = `${this.path}.lost-${n}`
      if (!existsSync(aside)) return rename(this.path, aside)
    }
  }
}

/** Finds the folders below the root whose trials have not been told. */
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
