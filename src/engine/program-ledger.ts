/** The ledger of a study's programs is a fold of its log, as its search is. */

import { countLines } from '../agents/diff.js'
import { EMPTY_LEDGER, ledgerAfter, runsWanted } from '../agents/ledger.js'
import type { AgentLedger } from '../agents/ledger-types.js'
import { keepsConstants, structureOffset } from '../agents/structure-offset.js'
import type { Fallback } from '../domain/advice.js'
import { type AgentSpec, keepRule } from '../domain/agent.js'
import type { StudyAdvisor } from '../domain/methods.js'
import type { StoredProgram, TrialProgram } from '../domain/program.js'
import type { StudySpec } from '../domain/spec.js'

export function agentOf(advisor: StudyAdvisor | null): AgentSpec | null {
  return advisor?.kind === 'agent' ? advisor : null
}

/** Before anything ran: the baseline alone. */
export function ledgerOf(advisor: StudyAdvisor | null, baseline: StoredProgram | null): AgentLedger | null {
  const agent = agentOf(advisor)
  if (agent === null || baseline === null) return null
  const { hash, normal, constants, files } = baseline
  const program = {
    hash,
    parent: null,
    normal,
    number: 0,
    description: 'baseline',
    category: 'baseline',
    model: null,
    constants,
    linesChanged: 0,
    lines: countLines(files),
  }
  return ledgerAfter(EMPTY_LEDGER, { kind: 'proposed', program }, keepRule(agent))
}

interface SettledRun {
  readonly number: number
  readonly state: 'complete' | 'failed' | 'pruned'
  readonly failure: string | null
  /** To be minimised. */
  readonly value: number | null
  readonly message: string | null
  readonly program: TrialProgram | null
}

/** Runs with an optimizer's constants say nothing of the program as it stands, so they are not in the ledger. */
export function ledgerWith(
  ledger: AgentLedger,
  agent: AgentSpec,
  { noise }: StudySpec['objective'],
  { number, state, failure, value, message, program }: SettledRun,
): AgentLedger {
  if (program === null || !program.own) return ledger
  const { hash, parent, normal, constants, seed, edit } = program
  const rule = keepRule(agent)
  const known =
    edit === undefined
      ? ledger
      : ledgerAfter(
          ledger,
          {
            kind: 'proposed',
            program: { hash, parent, normal, constants, number, ...proposedBy(edit) },
          },
          rule,
        )
  const outcome = (state === 'failed' ? failure! : state) as never
  const run = { number, seed, outcome, value: state === 'complete' ? value : null }
  return ledgerAfter(known, { kind: 'ran', hash, run, tail: message }, rule, noise ?? null)
}

/**
 * The runs that pending programs wait for. They are decided by the noise that ledgerWith settles by: by another one, a
 * program would wait for a run that nobody asks for.
 */
export function runsOwed(ledger: AgentLedger, agent: AgentSpec, { noise }: StudySpec['objective']) {
  return runsWanted(ledger, keepRule(agent), noise ?? null)
}

/** Refusals of what a model answered. A model that gave no answer, or was not asked, has nothing to learn from. */
const REFUSED_ANSWERS: ReadonlySet<string> = new Set<Fallback>([
  'unparseable',
  'inapplicable',
  'invalid_program',
  'duplicate',
  'smoke_failed',
])

/** The agent's last word on a trial was refused: later prompts say so. */
export function ledgerWithRefusal(
  ledger: AgentLedger,
  agent: AgentSpec,
  { number, reason, message }: { readonly number: number; readonly reason: string; readonly message: string },
): AgentLedger {
  if (!REFUSED_ANSWERS.has(reason)) return ledger
  return ledgerAfter(ledger, { kind: 'refused', number, reason, message }, keepRule(agent))
}

function proposedBy({
  description,
  category,
  linesChanged,
  lines,
  model,
}: NonNullable<TrialProgram['edit']>) {
  return { description, category, linesChanged, lines, model }
}

/** An edit that leaves the constants as they were teaches an optimizer of them nothing, whether it helps, harms or fails. */
export function saysNothingOfConstants(ledger: AgentLedger, program: TrialProgram | null): boolean {
  if (program === null) return false
  return program.own && isKnown(ledger, program) && keepsConstants(ledger, program.hash)
}

export function offsetOf(ledger: AgentLedger, program: TrialProgram): number {
  return isKnown(ledger, program) ? structureOffset(ledger, program.hash) : 0
}

function isKnown({ programs }: AgentLedger, { hash }: TrialProgram): boolean {
  return programs.some((program) => program.hash === hash)
}
