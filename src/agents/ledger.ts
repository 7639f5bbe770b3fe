/** Folds the events of a study into the ledger of its programs. The same events give the same ledger. */
import type { KeepRule } from '../domain/agent.js'
import { decideKeep, type ProgramToRun } from './keep-rules.js'
import type { AgentLedger, KnownProgram, ProgramRun } from './ledger-types.js'

export const EMPTY_LEDGER: AgentLedger = { programs: [], kept: [], refused: [] }

export type ProposedProgram = Omit<KnownProgram, 'status' | 'because' | 'runs' | 'tail'>

export type AgentEvent =
  | { readonly kind: 'proposed'; readonly program: ProposedProgram }
  | { readonly kind: 'ran'; readonly hash: string; readonly run: ProgramRun; readonly tail: string | null }
  | { readonly kind: 'refused'; readonly number: number; readonly reason: string; readonly message: string }

const KEPT_REFUSALS = 30
const LONGEST_TAIL = 4000
const LONGEST_MESSAGE = 500

/**
 * After a run every pending program is decided again, because the run may be that of the program they are compared
 * with. `noise` is the standard deviation of one program run again, where it is known from elsewhere.
 */
export function ledgerAfter(
  ledger: AgentLedger,
  event: AgentEvent,
  rule: KeepRule,
  noise: number | null = null,
): AgentLedger {
  switch (event.kind) {
    case 'proposed':
      return propose(ledger, event.program)
    case 'refused':
      return refuseAnswer(ledger, event)
    case 'ran':
      return settlePending(addRun(ledger, event), rule, noise)
  }
}

/** The runs that pending programs wait for, in the order in which the programs were proposed, each once. */
export function runsWanted(ledger: AgentLedger, rule: KeepRule, noise: number | null = null): ProgramToRun[] {
  const wanted = new Map<string, ProgramToRun>()
  for (const { hash, status } of ledger.programs) {
    if (status !== 'pending') continue
    const decision = decideKeep(rule, ledger, hash, noise)
    if (decision.is === 'undecided') wanted.set(`${decision.run.hash} ${decision.run.seed}`, decision.run)
  }
  return [...wanted.values()]
}

/** A program that is known already keeps its place: to propose it again changes nothing. */
function propose(ledger: AgentLedger, program: ProposedProgram): AgentLedger {
  if (ledger.programs.some(({ hash }) => hash === program.hash)) return ledger
  const known: KnownProgram = { ...program, status: 'pending', because: null, runs: [], tail: null }
  return { ...ledger, programs: [...ledger.programs, known] }
}

function refuseAnswer(
  ledger: AgentLedger,
  { number, reason, message }: AgentEvent & { kind: 'refused' },
): AgentLedger {
  const refused = { number, reason, message: message.slice(0, LONGEST_MESSAGE) }
  return { ...ledger, refused: [...ledger.refused, refused].slice(-KEPT_REFUSALS) }
}

function addRun(ledger: AgentLedger, { hash, run, tail }: AgentEvent & { kind: 'ran' }): AgentLedger {
  const failed = run.outcome !== 'complete' && run.outcome !== 'pruned'
  return changeProgram(ledger, hash, (program) => ({
    ...program,
    runs: [...program.runs, run],
    tail: failed ? (tail?.slice(-LONGEST_TAIL) ?? null) : program.tail,
  }))
}

function settlePending(ledger: AgentLedger, rule: KeepRule, noise: number | null): AgentLedger {
  let settled = ledger
  for (const { hash, status, runs } of ledger.programs) {
    if (status !== 'pending' || runs.length === 0) continue
    const decision = decideKeep(rule, settled, hash, noise)
    if (decision.is === 'undecided') continue
    settled = changeProgram(settled, hash, (program) => ({
      ...program,
      status: decision.is,
      because: decision.because,
    }))
    if (decision.is === 'kept') settled = { ...settled, kept: [...settled.kept, hash] }
  }
  return settled
}

function changeProgram(
  ledger: AgentLedger,
  hash: string,
  change: (program: KnownProgram) => KnownProgram,
): AgentLedger {
  return {
    ...ledger,
    programs: ledger.programs.map((program) => (program.hash === hash ? change(program) : program)),
  }
}
