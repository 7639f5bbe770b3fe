/** Writes the ledgers of small studies for tests. */
import { type AgentEvent, EMPTY_LEDGER, ledgerAfter, type ProposedProgram } from '../../src/agents/ledger.js'
import type { AgentLedger, ProgramRun } from '../../src/agents/ledger-types.js'
import type { KeepRule } from '../../src/domain/agent.js'

export const LOWER = { rule: 'lower' } as const satisfies KeepRule
export const CONFIRMED = { rule: 'confirmed', alpha: 0.05, beta: 0.2, pairs: 6 } as const satisfies KeepRule

export function proposed(
  hash: string,
  parent: string | null,
  number: number,
  more: Partial<ProposedProgram> = {},
): AgentEvent {
  const program: ProposedProgram = {
    hash,
    parent,
    number,
    normal: hash,
    description: `edit ${hash}`,
    category: 'architecture',
    model: null,
    constants: {},
    linesChanged: 2,
    lines: 100,
    ...more,
  }
  return { kind: 'proposed', program }
}

export function ran(hash: string, value: number | ProgramRun['outcome'], seed = 0, number = 0): AgentEvent {
  const run: ProgramRun =
    typeof value === 'number'
      ? { number, seed, outcome: 'complete', value }
      : { number, seed, outcome: value, value: null }
  return { kind: 'ran', hash, run, tail: typeof value === 'number' ? null : `Traceback of ${hash}` }
}

export function ledgerOf(
  events: readonly AgentEvent[],
  rule: KeepRule = LOWER,
  noise: number | null = null,
): AgentLedger {
  return events.reduce((ledger, event) => ledgerAfter(ledger, event, rule, noise), EMPTY_LEDGER)
}

/** Every program of one edit after the other: its hash, its parent and what its first run gave. */
export function studyOf(
  steps: readonly (readonly [hash: string, parent: string | null, value: number | ProgramRun['outcome']])[],
  rule: KeepRule = LOWER,
): AgentLedger {
  return ledgerOf(
    steps.flatMap(([hash, parent, value], number) => [
      proposed(hash, parent, number),
      ran(hash, value, 0, number),
      ...(value === 'crashed' ? [ran(hash, value, 0, number)] : []),
    ]),
    rule,
  )
}

export function statusOf(ledger: AgentLedger, hash: string) {
  return ledger.programs.find((program) => program.hash === hash)?.status
}
