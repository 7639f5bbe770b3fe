/** What a subject of the bench is given, and what it hands back. main.ts prints, stores and draws it. */
import type { Peers } from './peers/environment.js'

export interface Subject {
  readonly name: string
  /** One line for --help. */
  readonly about: string
  measure(bench: Bench): Promise<Measurement>
}

/** What the command line asked for. What it left open, each subject decides for itself. */
export interface Bench {
  /** A small part that ends within a minute or two: to see that everything runs, not to conclude from. */
  readonly quick: boolean
  readonly seeds: number | undefined
  /** For rows that take minutes a run. */
  readonly slowSeeds: number | undefined
  readonly methods: readonly string[] | undefined
  readonly workers: readonly number[] | undefined
  /** How long a history, in trials, where that is what is measured. */
  readonly histories: readonly number[] | undefined
  /** Of training in each run, where runs train for real. */
  readonly hours: number | undefined
  /** Take finished runs from the cache where nothing that matters has changed. */
  readonly resume: boolean
  /** How many may measure at once. */
  readonly processes: number
  /** The peers' Python environment, made on the first call. */
  peers(): Promise<Peers>
  /** To the person who waits: on stderr, since stdout belongs to the tables. */
  say(line: string): void
}

export interface Measurement {
  readonly tables: readonly Table[]
  /** SVG by file name, without its ending. */
  readonly pictures: Readonly<Record<string, string>>
  /** Of everything that was measured beside us. */
  readonly versions: Readonly<Record<string, string>>
  /** Rows that could not be measured, and why. */
  readonly missing: readonly { readonly row: string; readonly because: string }[]
  /** The numbers behind the tables, one entry a row. */
  readonly rows: readonly object[]
  /** Every single value, by seed, repetition or whatever the subject repeats. */
  readonly raw: unknown
}

export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly notes: readonly string[]
}

/** The command line asks for what is not there. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'usage'
}

/** The rows that --methods names, or all. Throws where it names one that is not there. */
export function chosenFrom<Row extends { readonly id: string }>(
  rows: readonly Row[],
  wanted: readonly string[] | undefined,
): readonly Row[] {
  const unknown = wanted?.filter((id) => rows.every((row) => row.id !== id)) ?? []
  if (unknown.length > 0) {
    const known = rows.map(({ id }) => id).join(', ')
    throw new UsageError(`--methods: there is no ${unknown.join(', ')}; there are ${known}`)
  }
  return rows.filter(({ id }) => wanted?.includes(id) ?? true)
}
