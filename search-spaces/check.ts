import { isActive } from './conditions.js'
import { violated } from './formulas.js'
import { show } from './parameters.js'
import { canonical, field, isRecord } from './repair.js'
import type { Fault, Params, Space, Value } from './types.js'

/** Could this configuration have run as it stands? Nothing is mended, nothing is filled in; empty when it is fine. */
export function checkParams(space: Space, given: unknown): Fault[] {
  if (!isRecord(given))
    return [{ path: 'params', message: 'expected an object of parameter names and values' }]
  const faults: Fault[] = []
  const fault = (name: string, message: string) => faults.push({ path: `params.${name}`, message })
  const params: Record<string, Value> = {}

  for (const parameter of space.parameters) {
    const { name, domain } = parameter
    const value = field(given, name)
    const active = isActive(parameter, params)
    if (!active && value !== undefined)
      fault(name, `it is active only while ${condition(parameter.when)}; leave it out`)
    if (!active) continue
    if (value === undefined) fault(name, `missing; expected ${domain}`)
    else if (!parameter.accepts(value)) fault(name, `expected ${domain}, got ${show(value)}`)
    else params[name] = canonical(parameter, value as Value)
  }
  for (const name of Object.keys(given))
    if (!space.byName.has(name)) fault(name, 'there is no such parameter in this space')
  return faults.length > 0 ? faults : constraintFaults(space, params)
}

function constraintFaults(space: Space, params: Params): Fault[] {
  const expression = violated(space, params)
  return expression === null ? [] : [{ path: 'params', message: `violates ${expression}` }]
}

function condition(when: Space['parameters'][number]['when']): string {
  return when.map(({ parent, values }) => `${parent} is ${values.map(show).join(' or ')}`).join(' and ')
}
