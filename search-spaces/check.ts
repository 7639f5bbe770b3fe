import { isActive } from './conditions.js'
import { violated } from './formulas.js'
import { canonical, isRecord } from './given.js'
import { repair } from './repair.js'
import { show } from './show.js'
import type { Fault, Parameter, Params, Space, Value } from './types.js'

/** Could this configuration have run as it stands? Nothing is mended, nothing is filled in; empty when it is fine. */
export function checkParams(space: Space, given: unknown): Fault[] {
  const { params, faults } = checkValues(space, given, (parameter) => ({
    message: `missing; expected ${parameter.domain}`,
  }))
  return faults.length > 0 ? faults : constraintFaults(space, params)
}

/**
 * Can this configuration run with the values that it gives? Parameters that it leaves out take their defaults, and may move
 * to satisfy a constraint; what it gives may not. A fault says what is nearest.
 */
export function checkGivenParams(space: Space, given: unknown): Fault[] {
  const { faults } = checkValues(space, given, (parameter) => ({ value: parameter.default }))
  if (faults.length === 0) return movedValues(space, given as Readonly<Record<string, Value>>)
  return faults.map(({ path, message }) => ({
    path,
    message: message + nearest(space.byName.get(path), given, path),
  }))
}

type Filled = { readonly value: Value } | { readonly message: string }

/** Each value by itself, and those that are missing as `fill` says. */
function checkValues(space: Space, given: unknown, fill: (parameter: Parameter) => Filled) {
  const faults: Fault[] = []
  const params: Record<string, Value> = {}
  if (!isRecord(given))
    return { params, faults: [{ path: '', message: 'expected an object of parameter names and values' }] }
  const unclear = new Set<string>()
  for (const parameter of space.parameters) {
    const { name } = parameter
    if (parameter.when.some(({ parent }) => unclear.has(parent))) {
      unclear.add(name)
      continue
    }
    const read = valueHere(parameter, given[name], params, fill)
    if ('message' in read) {
      faults.push({ path: name, message: read.message })
      unclear.add(name)
    } else if (read.value !== undefined) params[name] = canonical(parameter, read.value)
  }
  for (const name of Object.keys(given))
    if (!space.byName.has(name)) faults.push({ path: name, message: 'this space has no such parameter' })
  return { params, faults }
}

/** Its value here; undefined where it is not active. */
function valueHere(
  parameter: Parameter,
  value: unknown,
  params: Params,
  fill: (parameter: Parameter) => Filled,
): { readonly value: Value | undefined } | { readonly message: string } {
  if (!isActive(parameter, params))
    return value === undefined
      ? { value }
      : { message: `it is active only while ${condition(parameter)}; leave it out` }
  if (value === undefined) return fill(parameter)
  if (parameter.accepts(value)) return { value: value as Value }
  return { message: `expected ${parameter.domain}, got ${show(value)}` }
}

/** What repair would put in the place of a value that can be, since a constraint forbids it beside the others. */
function movedValues(space: Space, given: Readonly<Record<string, Value>>): Fault[] {
  const repaired = repair(space, given)
  if (!repaired.ok) return [{ path: '', message: repaired.message }]
  return Object.entries(given).flatMap(([name, value]) => {
    const to = repaired.params[name]
    if (to === canonical(space.byName.get(name)!, value)) return []
    const { because } = repaired.repairs.find((r) => r.parameter === name && r.rule === 'constraint') ?? {}
    const broken = because === undefined ? 'is not possible beside the other values' : `violates ${because}`
    const remedy = to === undefined ? 'leave it out' : `the nearest that does not is ${show(to)}`
    return [{ path: name, message: `${show(value)} ${broken}; ${remedy}` }]
  })
}

/** Of a number: the nearest of its values. */
function nearest(parameter: Parameter | undefined, given: unknown, name: string): string {
  const value = isRecord(given) ? given[name] : undefined
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (!parameter || parameter.accepts(value) || typeof number !== 'number' || Number.isNaN(number)) return ''
  const to = parameter.nearest(number)
  return to === undefined ? '' : `; the nearest is ${show(to)}`
}

function constraintFaults(space: Space, params: Params): Fault[] {
  const expression = violated(space, params)
  return expression === null ? [] : [{ path: '', message: `violates ${expression}` }]
}

function condition({ when }: Parameter): string {
  return when.map(({ parent, values }) => `${parent} is ${values.map(show).join(' or ')}`).join(' and ')
}
