/** Constraints that are violated, mended one after the other by moving what each of them says may move. */
import { complete } from './complete.js'
import { violations } from './formulas.js'
import { nearestWhere } from './nearest.js'
import type { Formulas, Params, Repair, Space, Value } from './types.js'

/** Configurations that a repair may try: so it comes to an end, and soon. */
const EVALUATIONS = 5000

/** The configuration that satisfies all of them, its moves added to `repairs`; or the one that cannot be satisfied. */
export function satisfy(
  space: Space,
  given: Params,
  repairs: Repair[],
): { readonly params: Params } | { readonly violated: string } {
  const effort = { left: EVALUATIONS }
  let params = given
  for (let broken = violations(space, params); broken.length > 0; broken = violations(space, params)) {
    const move = mendingMove({ space, params, broken, effort })
    if (move === null) return { violated: broken[0]! }
    repairs.push(move)
    params = moved(space, params, move.parameter, move.to, repairs)
  }
  return { params }
}

interface Situation {
  readonly space: Space
  readonly params: Params
  readonly broken: readonly string[]
  /** Of the configurations that may be tried. */
  readonly effort: { left: number }
}

type Move = Repair & { readonly to: Value }

/** One that breaks nothing that held; where there is none, one that does. */
function mendingMove(situation: Situation): Move | null {
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
  const mends = (candidate: Params) => {
    const now = violations(space, candidate)
    return !now.includes(because) && (force || now.every((text) => broken.includes(text)))
  }
  for (const name of adjust) {
    const parameter = space.byName.get(name)!
    const from = params[name]
    if (from === undefined) continue
    const isTried = (value: Value) => effort.left-- > 0 && mends(moved(space, params, name, value, []))
    const to = nearestWhere(parameter, from, isTried)
    if (to !== null) return { parameter: name, from, to, rule: 'constraint', because }
  }
  return null
}

/** A parent that moves can wake its children, or put them to sleep. */
function moved(space: Space, params: Params, name: string, to: Value, repairs: Repair[]): Params {
  const next = { ...params, [name]: to }
  return space.conditional ? complete(space, next, repairs) : next
}
