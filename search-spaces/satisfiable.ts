/** Detects constraints that no configuration satisfies, by draws from a fixed seed. */
import { draw } from './codec.js'
import { constraintsOf, violated } from './formulas.js'
import { Effort, MOST_OPERATIONS } from './operations.js'
import { repair } from './repair.js'
import type { Fault, Space } from './types.js'

/** Fewer, where the configurations of the space cost so much that these are more operations than a check may take. */
const DRAWS = 4096
/** Only the first draws are also repaired, because a repair costs far more than a draw. */
const REPAIRS = 4

/** Empty as soon as one configuration that can run is found. */
export function satisfiabilityFaults(space: Space): Fault[] {
  const uniform = mulberry32()
  const blame = new Map<string, number>()
  const effort = new Effort(MOST_OPERATIONS.check)
  let drawn = 0
  for (; drawn < DRAWS && effort.spend(space.operations); drawn++) {
    const params = draw(space, uniform)
    const expression = violated(space, params)
    if (expression === null || (drawn < REPAIRS && repair(space, params, effort).ok)) return []
    blame.set(expression, (blame.get(expression) ?? 0) + 1)
  }
  const [worst] = [...blame.keys()].sort((a, b) => blame.get(b)! - blame.get(a)!)
  const message = `none of ${drawn} configurations drawn satisfies ${worst}; loosen it, or widen the ranges of its parameters`
  return [{ path: placeOf(space, worst!), message }]
}

/** The path of an expression in the spec. */
export function placeOf({ spec, formulas }: Pick<Space, 'spec' | 'formulas'>, text: string): string {
  const derived = formulas.derived.find(({ expression }) => expression.text === text)
  if (derived) return `derived.${derived.name}`
  if (formulas.memory?.gb.text === text) return 'memory.gb'
  return `constraints.${constraintsOf(spec).findIndex(({ expression }) => expression === text)}`
}

/** The generator mulberry32, seeded with 0. */
function mulberry32(): () => number {
  let state = 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
}
