/** What a study remembers of its programs: a fold of its event log, like the search. */
import type { Value } from '../../search-spaces/index.js'
import type { Outcome } from '../domain/enums.js'

/** One run of a program. Runs of two programs with the same seed are a pair. */
export interface ProgramRun {
  readonly number: number
  readonly seed: number
  readonly outcome: Outcome | 'lost'
  /** Always to be minimised; null of a failed run. */
  readonly value: number | null
}

export type ProgramStatus = 'pending' | 'kept' | 'discarded' | 'crashed'

export interface KnownProgram {
  readonly hash: string
  /** Null of the baseline. */
  readonly parent: string | null
  /** The hash of its normal form. */
  readonly normal: string
  /** The trial that ran it first. */
  readonly number: number
  readonly description: string
  readonly category: string
  readonly model: string | null
  readonly constants: Readonly<Record<string, Value>>
  readonly linesChanged: number
  /** Of its editable files together. A tie goes to the program with fewer. */
  readonly lines: number
  readonly status: ProgramStatus
  /** Why it was kept or not. */
  readonly because: string | null
  /** Of the program with its own constants; runs with an optimizer's constants are not here. */
  readonly runs: readonly ProgramRun[]
  /** The last lines of the log of its last failed run. */
  readonly tail: string | null
}

export interface AgentLedger {
  /** In the order of their first trials; the first is the baseline. */
  readonly programs: readonly KnownProgram[]
  /** The hashes that were kept, oldest first; the last is where a greedy agent goes on. */
  readonly kept: readonly string[]
  /** The last answers that could not run, newest last; bounded. */
  readonly refused: readonly { readonly number: number; readonly reason: string; readonly message: string }[]
}
