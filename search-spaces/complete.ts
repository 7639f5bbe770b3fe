import { isActive } from './conditions.js'
import { canonical, fieldValue } from './given.js'
import type { Parameter, Params, Repair, Space, Value } from './types.js'

/** Every active parameter with one of its values, every other one dropped. */
export function complete(space: Space, given: Readonly<Record<string, unknown>>, repairs: Repair[]): Params {
  const params: Record<string, Value> = {}
  for (const parameter of space.parameters) {
    const { name } = parameter
    const value = given[name]
    if (isActive(parameter, params)) params[name] = nearestOwn(parameter, value, repairs)
    else if (value !== undefined)
      repairs.push({ parameter: name, from: fieldValue(value), to: null, rule: 'inactive' })
  }
  return params
}

function nearestOwn(parameter: Parameter, value: unknown, repairs: Repair[]): Value {
  if (value === undefined && parameter.kind === 'fixed') return parameter.default
  const { to, rule } = nearestValue(parameter, value)
  if (to !== value) repairs.push({ parameter: parameter.name, from: fieldValue(value), to, rule })
  return to
}

/** A number may come as a string. */
function nearestValue(
  parameter: Parameter,
  value: unknown,
): { to: Value; rule: 'clamp' | 'snap' | 'default' } {
  if (parameter.accepts(value)) return { to: canonical(parameter, value as Value), rule: 'snap' }
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  const to = typeof number === 'number' && !Number.isNaN(number) ? parameter.nearest(number) : undefined
  if (to === undefined) return { to: parameter.default, rule: 'default' }
  return { to, rule: isOutside(parameter, number as number) ? 'clamp' : 'snap' }
}

function isOutside(parameter: Parameter, value: number): boolean {
  if (parameter.kind === 'ordinal') return false
  return value < (parameter.fromUnit(0) as number) || value > (parameter.fromUnit(1) as number)
}
