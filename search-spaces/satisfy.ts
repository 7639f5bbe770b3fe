/** Repairs violated constraints one after the other, by moving the parameters that each names in `adjust`. */
import { completeParams } from './complete.js'
import { violations } from './formulas.js'
import { nearestWhere } from './nearest.js'
import type { Effort } from './operations.js'
import type { Formulas, Params, Repair, Space, Value } from './types.js'

/** The most configurations that one repair may try, where the effort allows as many. */
const EVALUATIONS = 5000

/**
 * Returns a configuration that satisfies all constraints and adds its moves to `repairs`; or a constraint that it
 * cannot satisfy.
 */
export function satisfyConstraints(
  space: Space,
  given: Params,
  repairs: Repair[],
  operations: Effort,
): { readonly params: Params } | { readonly violated: string } {
  const effort = { evaluations: EVALUATIONS, operations }
  let params = given
  for (let broken = violations(space, params); broken.length > 0; broken = violations(space, params)) {
    const move = repairingMove({ space, params, broken, effort })
    if (move === null) return { violated: broken[0]! }
    repairs.push(move)
    params = applyMove(space, params, move.parameter, move.to, repairs)
  }
  return { params }
}

interface Situation {
  readonly space: Space
  readonly params: Params
  readonly broken: readonly string[]
  readonly effort: {
    /** How many configurations may still be tried. */
    evaluations: number
    readonly operations: Effort
  }
}

type Move = Repair & { readonly to: Value }

/** Prefers a move that breaks no other constraint; if there is none, it takes one that does. */
function repairingMove(situation: Situation): Move | null {
  const { constraints } = situation.space.formulas
  for (const force of [false, true])
    for (const constraint of constraints) {
      const move = moveFor(constraint, force, situation)
      if (move !== null) return move
    }
  return null
}

function moveFor(
  { expression, adjust }: Formulas['constraints'][number],
  force: boolean,
  { space, params, broken, effort }: Situation,
): Move | null {
  const because = expression.text
  if (!broken.includes(because)) return null
  const isRepaired = (candidate: Params) => {
    const now = violations(space, candidate)
    return !now.includes(because) && (force || now.every((text) => broken.includes(text)))
  }
  for (const name of adjust) {
    const parameter = space.byName.get(name)!
    const from = params[name]
    if (from === undefined) continue
    if (effort.evaluations <= 0 || !effort.operations.allows(space.operations)) return null
    const isTried = (value: Value) =>
      effort.evaluations-- > 0 &&
      effort.operations.spend(space.operations) &&
      isRepaired(applyMove(space, params, name, value, []))
    const to = nearestWhere(parameter, from, isTried)
    if (to !== null) return { parameter: name, from, to, rule: 'constraint', because }
  }
  return null
}

/** Applies a move. A parent's move can activate or deactivate its children, so the configuration is completed again. */
function applyMove(space: Space, params: Params, name: string, to: Value, repairs: Repair[]): Params {
  const next = { ...params, [name]: to }
  return space.conditional ? completeParams(space, next, repairs) : next
}
