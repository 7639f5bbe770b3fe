/**
 * One trial's proposal: the default configuration, the optimizer's, or a random one where the preflight refuses both.
 */
import { draw, Effort, MOST_OPERATIONS, paramsKey, repair, violated } from '../search-spaces/index.js'
import type { Params, Repair, Repaired, Space } from '../search-spaces/types.js'
import type { AskRequest, Json, OptimizerRun } from './contract.js'
import { type Feasibility, judge, type Preflight, refuses } from './feasibility/preflight.js'
import type { Start } from './method.js'
import { stream } from './rng.js'
import { designParams } from './surrogate/proposal.js'

export interface Proposed {
  readonly number: number
  /** What is to run: the repaired point is the point. */
  readonly params: Params
  /** Hand it back with the observation iff these very params ran. */
  readonly memo?: Json
  /** The optimizer's kind, or `default` (trial 0), or `random` where the optimizer found nothing acceptable. */
  readonly source: string
  /** Why it is not from where it would be expected. */
  readonly reason?: string
  readonly repairs: readonly Repair[]
  /** What the preflight expects; absent where it is off. */
  readonly feasibility?: Feasibility
  /** How many draws the preflight refused before this one. */
  readonly refused: number
}

/** What a proposal is made from: it is read, and never changed. */
export interface ProposalSources {
  readonly space: Space
  readonly seed: number
  readonly kind: string
  readonly run: OptimizerRun
  readonly preflight: Preflight
  readonly start: Start
  /** Trials below this number come from the shared starting design. */
  readonly shared: number
}

/** Random draws in search of a feasible configuration, once the optimizer has given up; fewer where the effort ends. */
const FALLBACK_DRAWS = 1000
const FALLBACK_STREAM = 0xfa11
/** Draws of the shared starting design before the optimizer proposes by itself. */
const DESIGN_DRAWS = 128

export function proposeOne(
  from: ProposalSources,
  { number, turn, pending }: Required<Pick<AskRequest, 'number' | 'turn' | 'pending'>>,
): Proposed {
  const { run, kind, space, start } = from
  const gate = openGate(from)
  const byDefault = number === 0 && start !== 'optimizer'
  if (byDefault && gate.accept(space.defaults))
    return gate.admit(number, 'default', unrepaired(space.defaults))
  const designed = number < from.shared ? sharedStart(from, number, gate) : undefined
  if (designed) return gate.admit(number, kind, unrepaired(designed))

  const effort = new Effort(MOST_OPERATIONS.ask)
  const [proposal] = run.ask({ number, count: 1, turn, pending, accept: gate.accept, effort })
  const repaired = repair(space, proposal!.params)
  const feasible = repaired.ok && gate.feasible(repaired.params)
  const made = feasible ? gate.admit(number, kind, repaired) : fallback(from, number, gate, repaired, effort)
  const itsOwn = made.source === kind && made.repairs.length === 0
  return {
    ...(byDefault && { reason: 'the default configuration is expected to fail' }),
    ...made,
    ...(itsOwn && proposal!.memo !== undefined && { memo: proposal!.memo }),
  }
}

/** The trial's point of the shared starting design; undefined where none of its draws is new and may run. */
function sharedStart({ space, seed }: ProposalSources, number: number, gate: Gate): Params | undefined {
  const taken = new Set([paramsKey(space.defaults)])
  const firstNew = (trial: number, mayRun: (params: Params) => boolean) => {
    for (let redraw = 0; redraw < DESIGN_DRAWS; redraw++) {
      const params = designParams(space, seed, trial, redraw)
      if (!taken.has(paramsKey(params)) && mayRun(params)) return params
    }
    return undefined
  }
  for (let trial = 1; trial < number; trial++) {
    const earlier = firstNew(trial, () => true)
    if (earlier) taken.add(paramsKey(earlier))
  }
  return firstNew(number, gate.accept)
}

/** Any feasible configuration, found at random; else the one least likely to fail, which its feasibility shows. */
function fallback(
  { space, seed, kind }: ProposalSources,
  number: number,
  gate: Gate,
  own: Repaired,
  effort: Effort,
): Proposed {
  const rng = stream(seed, number, FALLBACK_STREAM)
  let least = own
  for (let tried = 0; tried < FALLBACK_DRAWS && effort.spend(space.operations); tried++) {
    const repaired = repair(space, draw(space, rng.uniform), effort)
    if (!repaired.ok) continue
    if (gate.accept(repaired.params)) {
      return { ...gate.admit(number, 'random', repaired), reason: 'the optimizer drew nothing feasible' }
    }
    if (!least.ok || gate.risk(repaired.params) < gate.risk(least.params)) least = repaired
  }
  const best = least.ok ? least : unrepaired(space.defaults)
  const source = least === own ? kind : least.ok ? 'random' : 'default'
  return { ...gate.admit(number, source, best), reason: 'nothing feasible was found, this is the least bad' }
}

/** The preflight of one trial: it says what is acceptable, and counts what it refused. */
interface Gate {
  feasible(params: Params): boolean
  /** Like `feasible`, and counts what the preflight refused. */
  accept(params: Params): boolean
  /** Chance of failure, and where that is the same, how far over the limit. */
  risk(params: Params): number
  admit(number: number, source: string, repaired: Extract<Repaired, { ok: true }>): Proposed
}

function openGate({ space, preflight }: ProposalSources): Gate {
  let refused = 0
  return {
    feasible: (params) => violated(space, params) === null && !refuses(judge(preflight, params)),
    accept(params) {
      if (violated(space, params) !== null) return false
      const refusal = refuses(judge(preflight, params))
      if (refusal) refused++
      return !refusal
    },
    risk(params) {
      const { failureChance = 0, expectedGb = 0 } = judge(preflight, params) ?? {}
      return failureChance + 1e-9 * expectedGb
    },
    admit(number, source, { params, repairs }) {
      const feasibility = judge(preflight, params)
      return { number, params, source, repairs, ...(feasibility && { feasibility }), refused }
    },
  }
}

function unrepaired(params: Params): Extract<Repaired, { ok: true }> {
  return { ok: true, params, repairs: [] }
}
