/** One trial's proposal: the default configuration, the optimizer's, or what is left when the preflight refuses both. */
import { draw, repair, violated } from '../search-spaces/index.js'
import type { Params, Repaired } from '../search-spaces/types.js'
import { judge, refuses } from './feasibility/preflight.js'
import { stream } from './rng.js'
import type { Proposed, Search } from './search.js'

/** Random draws in search of a feasible configuration, once the optimizer has given up. */
const FALLBACK_DRAWS = 1000
const FALLBACK_STREAM = 0xfa11

export function proposeOne(search: Search, number: number, pending: readonly Params[]): Proposed {
  const { optimizer, state, space, start } = search
  const gate = openGate(search)
  const byDefault = number === 0 && start === 'default'
  if (byDefault && gate.accept(space.defaults))
    return gate.admit(number, 'default', unrepaired(space.defaults))

  const [proposal] = optimizer.ask(state, { number, count: 1, pending, accept: gate.accept })
  const repaired = repair(space, proposal!.params)
  const feasible = repaired.ok && gate.feasible(repaired.params)
  const made = feasible
    ? gate.admit(number, optimizer.kind, repaired)
    : fallback(search, number, gate, repaired)
  const itsOwn = made.source === optimizer.kind && made.repairs.length === 0
  return {
    ...(byDefault && { reason: 'the default configuration is expected to fail' }),
    ...made,
    ...(itsOwn && proposal!.memo !== undefined && { memo: proposal!.memo }),
  }
}

/** Any feasible configuration, found at random; else the least bad of all, which its feasibility shows. */
function fallback(search: Search, number: number, gate: Gate, own: Repaired): Proposed {
  const rng = stream(search.seed, number, FALLBACK_STREAM)
  let least = own
  for (let tried = 0; tried < FALLBACK_DRAWS; tried++) {
    const repaired = repair(search.space, draw(search.space, rng.uniform))
    if (!repaired.ok) continue
    if (gate.accept(repaired.params)) {
      return { ...gate.admit(number, 'random', repaired), reason: 'the optimizer drew nothing feasible' }
    }
    if (!least.ok || gate.risk(repaired.params) < gate.risk(least.params)) least = repaired
  }
  const best = least.ok ? least : unrepaired(search.space.defaults)
  const source = least === own ? search.optimizer.kind : least.ok ? 'random' : 'default'
  return { ...gate.admit(number, source, best), reason: 'nothing feasible was found, this is the least bad' }
}

/** The preflight of one trial: it says what is acceptable, and counts what it refused. */
interface Gate {
  feasible(params: Params): boolean
  /** Feasible? And if it is the preflight that says no, that is counted. */
  accept(params: Params): boolean
  /** Chance of failure, and where that is the same, how far over the limit. */
  risk(params: Params): number
  admit(number: number, source: string, repaired: Extract<Repaired, { ok: true }>): Proposed
}

function openGate({ space, preflight }: Search): Gate {
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
