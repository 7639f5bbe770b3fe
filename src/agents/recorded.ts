/** The ledger as the record that behaviour is computed from. */
import type { Experiment, Recorded } from './behaviour.js'
import { classifyDiff } from './categories.js'
import type { AgentLedger, KnownProgram } from './ledger-types.js'
import { meanValue } from './program-values.js'

export interface ProgramPatch {
  /** The unified diff to its parent, and the key of its normal form. */
  readonly diff: string
  readonly key: string
}

/** By the agent's own word, or by a classifier of what it changed. */
export type CategoriesFrom = 'word' | 'diff'

export interface RecordQuestion {
  readonly from: CategoriesFrom
  /** The numbers of trials that ended without any program. */
  readonly skipped: readonly number[]
  /** Null where the patch is not at hand; the word stands in for the classifier then. */
  readonly patchOf: (program: KnownProgram) => ProgramPatch | null
}

/** Undecided programs are left out. */
export function recordOf(ledger: AgentLedger, { from, skipped, patchOf }: RecordQuestion): Recorded {
  const [baseline, ...others] = ledger.programs
  const numbered = [
    ...others
      .filter(({ status }) => status !== 'pending')
      .map((program) => ({
        number: program.number,
        experiment: experimentOf(program, from, patchOf(program)),
      })),
    ...skipped.map((number) => ({ number, experiment: SKIPPED })),
  ]
  return {
    baseline: baseline === undefined ? null : { value: meanValue(baseline), program: baseline.normal },
    experiments: numbered.sort((a, b) => a.number - b.number).map(({ experiment }) => experiment),
  }
}

const SKIPPED: Experiment = {
  outcome: 'skipped',
  value: null,
  category: null,
  program: null,
  patch: null,
  description: '',
}

function experimentOf(program: KnownProgram, from: CategoriesFrom, patch: ProgramPatch | null): Experiment {
  const { status, category, normal, description } = program
  return {
    outcome: status === 'pending' ? null : status,
    value: meanValue(program),
    category: from === 'word' || patch === null ? category : classifyDiff(patch.diff),
    program: normal,
    patch: patch?.key ?? null,
    description,
  }
}
