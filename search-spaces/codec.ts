/** Between configurations and the unit cube: one coordinate a searched parameter, NaN where it is not active. */
import { isActive } from './conditions.js'
import { violated } from './formulas.js'
import { repair } from './repair.js'
import type { Params, Space, Value } from './types.js'

/** Exact: `decode(encode(p))` is p for every p that `decode` or `sample` gives. */
export function encode(space: Space, params: Params): Float64Array {
  const unit = new Float64Array(space.searched.length)
  for (const parameter of space.searched) {
    const value = params[parameter.name]
    unit[parameter.coordinate] = value === undefined ? Number.NaN : parameter.toUnit(value)
  }
  return unit
}

/** Constraints are not its business. What is NaN or not active is left out. */
export function decode(space: Space, unit: ArrayLike<number>): Params {
  const params: Record<string, Value> = {}
  for (const parameter of space.parameters) {
    if (!isActive(parameter, params)) continue
    const unitValue = unit[parameter.coordinate] ?? Number.NaN
    if (parameter.kind === 'fixed') params[parameter.name] = parameter.default
    else if (!Number.isNaN(unitValue)) params[parameter.name] = parameter.fromUnit(unitValue)
  }
  return params
}

/** Draws before giving up on chance: a constraint that one configuration in a hundred satisfies passes all but surely. */
const PATIENCE = 1000

/** Uniform in the cube, among the configurations that satisfy the constraints. */
export function sample(space: Space, uniform: () => number): Params {
  let params = draw(space, uniform)
  for (let draws = 1; violated(space, params) !== null; draws++) {
    if (draws === PATIENCE) return repaired(space, params)
    params = draw(space, uniform)
  }
  return params
}

function repaired(space: Space, params: Params): Params {
  const result = repair(space, params)
  return result.ok ? result.params : space.defaults
}

/** Uniform in the cube, whatever the constraints say. */
export function draw(space: Space, uniform: () => number): Params {
  return decode(
    space,
    space.searched.map(() => uniform()),
  )
}
