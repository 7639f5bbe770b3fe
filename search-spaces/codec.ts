/**
 * Maps configurations to the unit cube and back: one coordinate for each searched parameter, NaN where it is not
 * active.
 */
import { isActive } from './conditions.js'
import { violated } from './formulas.js'
import { MOST_OPERATIONS } from './operations.js'
import { repair } from './repair.js'
import type { Params, Space, Value } from './types.js'

/** Exact: `decode(encode(p))` equals p for every p that `decode` or `sample` returns. */
export function encode(space: Space, params: Params): Float64Array {
  const unit = new Float64Array(space.searched.length)
  for (const parameter of space.searched) {
    const value = params[parameter.name]
    unit[parameter.coordinate] = value === undefined ? Number.NaN : parameter.toUnit(value)
  }
  return unit
}

/** Ignores constraints. Parameters that are NaN or not active are left out. */
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

/**
 * The most draws before a repair, where the operations allow as many: a constraint that 1 % of the configurations satisfy is
 * then met almost surely.
 */
const MAX_DRAWS = 1000

/** Draws uniformly from the cube among the configurations that satisfy the constraints. */
export function sample(space: Space, uniform: () => number): Params {
  const most = Math.min(MAX_DRAWS, Math.ceil(MOST_OPERATIONS.repair / space.operations))
  let params = draw(space, uniform)
  for (let draws = 1; violated(space, params) !== null; draws++) {
    if (draws === most) return repairOrDefaults(space, params)
    params = draw(space, uniform)
  }
  return params
}

function repairOrDefaults(space: Space, params: Params): Params {
  const result = repair(space, params)
  return result.ok ? result.params : space.defaults
}

/** Draws uniformly from the cube and ignores constraints. */
export function draw(space: Space, uniform: () => number): Params {
  return decode(
    space,
    space.searched.map(() => uniform()),
  )
}
