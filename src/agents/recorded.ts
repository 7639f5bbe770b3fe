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
export function recordOf(ledger: AgentLedger, question: RecordQuestion): Recorded {
  const { skipped } = question
  const [baseline, ...others] = ledger.programs
  const numbered = [
    ...others
      .filter(({ status }) => status !== 'pending')
      .map((program) => ({
        number: program.number,
        experiment: experimentOf(program, question),
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

function experimentOf(program: KnownProgram, question: RecordQuestion): Experiment {
  const { status, normal, description } = program
  return {
    outcome: status === 'pending' ? null : status,
    value: meanValue(program),
    category: categoryOf(program, question),
    program: normal,
    patch: question.patchOf(program)?.key ?? null,
    description,
  }
}

export function categoryOf(program: KnownProgram, { from, patchOf }: RecordQuestion): string {
  const patch = from === 'word' ? null : patchOf(program)
  return patch === null ? program.category : classifyDiff(patch.diff)
}
