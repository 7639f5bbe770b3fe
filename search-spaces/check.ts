import { isActive } from './conditions.js'
import { violated } from './formulas.js'
import { canonicalValue, isRecord } from './given.js'
import { showValue } from './show.js'
import type { Fault, Parameter, Params, Space, Value } from './types.js'

/** The faults of a configuration that claims to have run. Nothing is repaired or filled in; empty if it is valid. */
export function checkParams(space: Space, given: unknown): Fault[] {
  if (!isRecord(given)) return [{ path: '', message: 'expected an object of parameter names and values' }]
  const faults: Fault[] = []
  const params: Record<string, Value> = {}
  const unclear = new Set<string>()

  for (const parameter of space.parameters) {
    const { name } = parameter
    const value = given[name]
    const parentUnclear = parameter.when.some(({ parent }) => unclear.has(parent))
    const message = parentUnclear ? null : valueFault(parameter, value, params)
    if (message !== null) faults.push({ path: name, message })
    if (parentUnclear || message !== null) unclear.add(name)
    else if (value !== undefined) params[name] = canonicalValue(parameter, value as Value)
  }
  for (const name of Object.keys(given))
    if (!space.byName.has(name)) faults.push({ path: name, message: 'this space has no such parameter' })
  return faults.length > 0 ? faults : constraintFaults(space, params)
}

function valueFault(parameter: Parameter, value: unknown, params: Params): string | null {
  if (!isActive(parameter, params))
    return value === undefined ? null : `it is active only while ${conditionText(parameter)}; leave it out`
  if (value === undefined) return `missing; expected ${parameter.domain}`
  return parameter.accepts(value) ? null : `expected ${parameter.domain}, got ${showValue(value)}`
}

function constraintFaults(space: Space, params: Params): Fault[] {
  const expression = violated(space, params)
  return expression === null ? [] : [{ path: '', message: `violates ${expression}` }]
}

function conditionText({ when }: Parameter): string {
  return when.map(({ parent, values }) => `${parent} is ${values.map(showValue).join(' or ')}`).join(' and ')
}
