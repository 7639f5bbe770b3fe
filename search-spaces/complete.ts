import { isActive } from './conditions.js'
import { canonicalValue, fieldValue } from './given.js'
import type { Parameter, Params, Repair, Space, Value } from './types.js'

/** Gives every active parameter one of its values, and drops all others. */
export function completeParams(
  space: Space,
  given: Readonly<Record<string, unknown>>,
  repairs: Repair[],
): Params {
  const params: Record<string, Value> = {}
  for (const parameter of space.parameters) {
    const { name } = parameter
    const value = given[name]
    if (isActive(parameter, params)) params[name] = repairParameter(parameter, value, repairs)
    else if (value !== undefined)
      repairs.push({ parameter: name, from: fieldValue(value), to: null, rule: 'inactive' })
  }
  return params
}

function repairParameter(parameter: Parameter, value: unknown, repairs: Repair[]): Value {
  if (value === undefined && parameter.kind === 'fixed') return parameter.default
  const { to, rule } = nearestValue(parameter, value)
  if (to !== value) repairs.push({ parameter: parameter.name, from: fieldValue(value), to, rule })
  return to
}

/** Accepts a number that is given as a string. */
function nearestValue(
  parameter: Parameter,
  value: unknown,
): { to: Value; rule: 'clamp' | 'snap' | 'default' } {
  if (parameter.accepts(value)) return { to: canonicalValue(parameter, value as Value), rule: 'snap' }
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  const to = typeof number === 'number' && !Number.isNaN(number) ? parameter.nearest(number) : undefined
  if (to === undefined) return { to: parameter.default, rule: 'default' }
  return { to, rule: isOutside(parameter, number as number) ? 'clamp' : 'snap' }
}

function isOutside(parameter: Parameter, value: number): boolean {
  if (parameter.kind === 'ordinal') return false
  return value < (parameter.fromUnit(0) as number) || value > (parameter.fromUnit(1) as number)
}
