/**
 * From whatever somebody proposes to a configuration that can run, with a list of what was changed.
 * What is right is kept as it is, so repairing twice changes nothing the second time.
 */
import { isActive } from './conditions.js'
import { violations } from './formulas.js'
import { nearestWhere } from './nearest.js'
import type { Parameter, Params, Repair, Repaired, Space, Value } from './types.js'

export function repair(space: Space, given: unknown): Repaired {
  if (!isRecord(given))
    return { ok: false, violated: 'params', message: 'expected an object of parameter names and values' }
  const repairs = unknownNames(space, given)
  let params = complete(space, given, repairs)
  for (let broken = violations(space, params); broken.length > 0; broken = violations(space, params)) {
    const move = mendingMove(space, params, broken)
    if (move === null) return refused(broken[0]!)
    repairs.push(move)
    params = complete(space, { ...params, [move.parameter]: move.to }, repairs)
  }
  return { ok: true, params, repairs }
}

function refused(violated: string): Repaired {
  return { ok: false, violated, message: `violates ${violated}, and no parameter that may move can mend it` }
}

export function isRecord(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

/** A field of its own: nobody gave `constructor`. */
export function field(given: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(given, name) ? given[name] : undefined
}

/** A stepped value as the space has it (0.1 + 0.2 is its 0.3); any other as it is. */
export function canonical(parameter: Parameter, value: Value): Value {
  return parameter.levels === Infinity ? value : parameter.level(parameter.indexOf(value))
}

function unknownNames({ byName }: Space, given: Readonly<Record<string, unknown>>): Repair[] {
  return Object.keys(given)
    .filter((name) => !byName.has(name))
    .map((name) => ({ parameter: name, from: shown(given[name]), to: null, rule: 'unknown' }))
}

/** Every active parameter with one of its values, every other one dropped. */
function complete(space: Space, given: Readonly<Record<string, unknown>>, repairs: Repair[]): Params {
  const params: Record<string, Value> = {}
  for (const parameter of space.parameters) {
    const { name } = parameter
    const value = field(given, name)
    if (isActive(parameter, params)) params[name] = mended(parameter, value, repairs)
    else if (value !== undefined)
      repairs.push({ parameter: name, from: shown(value), to: null, rule: 'inactive' })
  }
  return params
}

function mended(parameter: Parameter, value: unknown, repairs: Repair[]): Value {
  const own = parameter.accepts(value) ? canonical(parameter, value as Value) : undefined
  if (own !== undefined && own === value) return own
  if (value === undefined && parameter.kind === 'fixed') return parameter.default
  const { to, rule } =
    own === undefined ? nearestValue(parameter, value) : ({ to: own, rule: 'snap' } as const)
  repairs.push({ parameter: parameter.name, from: shown(value), to, rule })
  return to
}

/** Of what is none of its values. A number may come as a string. */
function nearestValue(
  parameter: Parameter,
  value: unknown,
): { to: Value; rule: 'clamp' | 'snap' | 'default' } {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  const to = typeof number === 'number' && !Number.isNaN(number) ? parameter.nearest(number) : undefined
  if (to === undefined) return { to: parameter.default, rule: 'default' }
  return { to, rule: isOutside(parameter, number as number) ? 'clamp' : 'snap' }
}

function isOutside(parameter: Parameter, value: number): boolean {
  if (parameter.kind === 'ordinal') return false
  return value < (parameter.fromUnit(0) as number) || value > (parameter.fromUnit(1) as number)
}

function shown(value: unknown): Value | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  return typeof value === 'string' || typeof value === 'boolean' ? value : null
}

/**
 * The first move of one parameter that mends one constraint and breaks none that held: so each move leaves
 * fewer broken, and the repair comes to an end.
 */
function mendingMove(space: Space, params: Params, broken: readonly string[]): Repair | null {
  for (const { expression, adjust } of space.formulas.constraints) {
    const because = expression.text
    if (!broken.includes(because)) continue
    const mends = (candidate: Params) => {
      const now = violations(space, complete(space, candidate, []))
      return !now.includes(because) && now.every((text) => broken.includes(text))
    }
    for (const name of adjust) {
      const parameter = space.byName.get(name)!
      const from = params[name]
      if (from === undefined || parameter.coordinate < 0) continue
      const to = nearestWhere(parameter, from, (value) => mends({ ...params, [name]: value }))
      if (to !== null) return { parameter: name, from, to, rule: 'constraint', because }
    }
  }
  return null
}
