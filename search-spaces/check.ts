import { isActive } from './conditions.js'
import { violated } from './formulas.js'
import { canonical, isRecord } from './given.js'
import { show } from './show.js'
import type { Fault, Parameter, Params, Space, Value } from './types.js'

/** Could this configuration have run as it stands? Nothing is mended, nothing is filled in; empty when it is fine. */
export function checkParams(space: Space, given: unknown): Fault[] {
  if (!isRecord(given)) return [{ path: '', message: 'expected an object of parameter names and values' }]
  const faults: Fault[] = []
  const params: Record<string, Value> = {}
  const unclear = new Set<string>()

  for (const parameter of space.parameters) {
    const { name } = parameter
    const value = given[name]
    const parentUnclear = parameter.when.some(({ parent }) => unclear.has(parent))
    const message = parentUnclear ? null : complaint(parameter, value, params)
    if (message !== null) faults.push({ path: name, message })
    if (parentUnclear || message !== null) unclear.add(name)
    else if (value !== undefined) params[name] = canonical(parameter, value as Value)
  }
  for (const name of Object.keys(given))
    if (!space.byName.has(name)) faults.push({ path: name, message: 'this space has no such parameter' })
  return faults.length > 0 ? faults : constraintFaults(space, params)
}

function complaint(parameter: Parameter, value: unknown, params: Params): string | null {
  if (!isActive(parameter, params))
    return value === undefined ? null : `it is active only while ${condition(parameter)}; leave it out`
  if (value === undefined) return `missing; expected ${parameter.domain}`
  return parameter.accepts(value) ? null : `expected ${parameter.domain}, got ${show(value)}`
}

function constraintFaults(space: Space, params: Params): Fault[] {
  const expression = violated(space, params)
  return expression === null ? [] : [{ path: '', message: `violates ${expression}` }]
}

function condition({ when }: Parameter): string {
  return when.map(({ parent, values }) => `${parent} is ${values.map(show).join(' or ')}`).join(' and ')
}
