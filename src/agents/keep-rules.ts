/**
 * Decides whether a program is kept. `lower` is the published rule: any lower value. `confirmed` runs the program and
 * the kept one with the same seeds, pair by pair, until a sequential test with stated errors decides.
 */
import type { KeepRule } from '../domain/agent.js'
import { confirm } from './confirm-gain.js'
import { crashVerdict } from './crashes.js'
import type { AgentLedger, KnownProgram } from './ledger-types.js'
import { keptProgram, programOf, valuesBySeed } from './program-values.js'

export interface ProgramToRun {
  readonly hash: string
  /** The index of the seed; the first runs of all programs have 0. */
  readonly seed: number
}

export type KeepDecision =
  | { readonly is: 'kept' | 'discarded' | 'crashed'; readonly because: string }
  | { readonly is: 'undecided'; readonly run: ProgramToRun; readonly because: string }

/** `noise` is the standard deviation of one program run again; null where only the ledger can tell it. */
export function decideKeep(
  rule: KeepRule,
  ledger: AgentLedger,
  hash: string,
  noise: number | null,
): KeepDecision {
  const program = programOf(ledger, hash)
  if (program.status !== 'pending') return { is: program.status, because: program.because ?? '' }
  if (program.runs.length === 0)
    return { is: 'undecided', run: { hash, seed: 0 }, because: 'it has not run yet' }
  const crash = crashVerdict(program)
  if (crash !== null) return crash
  if (program.runs.some(({ outcome }) => outcome === 'pruned'))
    return { is: 'discarded', because: 'its run was stopped early' }
  const kept = keptProgram(ledger)
  if (kept === null) return { is: 'kept', because: 'it is the first program that ran' }
  return rule.rule === 'lower' ? decideByValue(ledger, program) : confirm(rule, ledger, program, kept, noise)
}

/** Against the best value of any kept program, one run each. */
function decideByValue(ledger: AgentLedger, program: KnownProgram): KeepDecision {
  const best = Math.min(...ledger.kept.map((hash) => firstValue(programOf(ledger, hash))))
  const value = firstValue(program)
  return value < best
    ? { is: 'kept', because: `${text(value)} is lower than ${text(best)}` }
    : { is: 'discarded', because: `${text(value)} is not lower than ${text(best)}` }
}

function firstValue(program: KnownProgram): number {
  return [...valuesBySeed(program).values()][0]!
}

function text(value: number): string {
  return String(Number(value.toPrecision(6)))
}
