/**
 * From whatever somebody proposes to a configuration that can run, with a list of what was changed.
 * What is right is kept as it is, so repairing twice changes nothing the second time.
 */
import { isActive } from './conditions.js'
import { holds, scopeOf, violated } from './formulas.js'
import type { Parameter, Params, Repair, Repaired, Space, Value } from './types.js'

export function repair(space: Space, given: unknown): Repaired {
  if (!isRecord(given))
    return { ok: false, violated: 'params', message: 'expected an object of parameter names and values' }
  const repairs = unknownNames(space, given)
  const params = complete(space, given, repairs)
  const broken = satisfy(space, params, repairs)
  if (broken === null) return { ok: true, params, repairs }
  return { ok: false, violated: broken, message: `violates ${broken}, and no parameter may move to mend it` }
}

export function isRecord(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

/** A JSON object's own field: `constructor` is not a parameter that somebody gave. */
export function field(given: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(given, name) ? given[name] : undefined
}

function unknownNames(space: Space, given: Readonly<Record<string, unknown>>): Repair[] {
  const repairs: Repair[] = []
  for (const name in given)
    if (!space.byName.has(name))
      repairs.push({ parameter: name, from: valueOrNull(given[name]), to: null, rule: 'unknown' })
  return repairs
}

/** Every active parameter with one of its values, every other one dropped. */
function complete(
  space: Space,
  given: Readonly<Record<string, unknown>>,
  repairs: Repair[],
): Record<string, Value> {
  const params: Record<string, Value> = {}
  for (const parameter of space.parameters) {
    const { name } = parameter
    const value = field(given, name)
    if (isActive(parameter, params)) params[name] = mended(parameter, value, repairs)
    else if (value !== undefined)
      repairs.push({ parameter: name, from: valueOrNull(value), to: null, rule: 'inactive' })
  }
  return params
}

function mended(parameter: Parameter, value: unknown, repairs: Repair[]): Value {
  if (parameter.accepts(value)) return value as Value
  if (value === undefined && parameter.kind === 'fixed') return parameter.default
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  const nearest = typeof number === 'number' && !Number.isNaN(number) ? parameter.nearest(number) : undefined
  const to = nearest ?? parameter.default
  const rule = nearest === undefined ? 'default' : isOutside(parameter, number as number) ? 'clamp' : 'snap'
  repairs.push({ parameter: parameter.name, from: valueOrNull(value), to, rule })
  return to
}

function isOutside(parameter: Parameter, value: number): boolean {
  return value < (parameter.fromUnit(0) as number) || value > (parameter.fromUnit(1) as number)
}

function valueOrNull(value: unknown): Value | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  return typeof value === 'string' || typeof value === 'boolean' ? value : null
}

// ── constraints ──

/**
 * Mends one constraint after the other, never at the price of one that held: each mended one leaves fewer.
 * Returns the expression that stays violated.
 */
function satisfy(space: Space, params: Record<string, Value>, repairs: Repair[]): string | null {
  if (violated(space, params) === null) return null
  for (const constraint of space.formulas.constraints) {
    if (holds(constraint.expression, scopeOf(space.formulas, params))) continue
    const text = constraint.expression.text
    if (!constraint.adjust.some((name) => adjust(space, params, name, text, repairs))) return text
  }
  return violated(space, params)
}

/** Moves one parameter to its nearest value at which this constraint holds and no other breaks. */
function adjust(
  space: Space,
  params: Record<string, Value>,
  name: string,
  because: string,
  repairs: Repair[],
): boolean {
  const parameter = space.byName.get(name)!
  const from = params[name]
  if (from === undefined || parameter.coordinate < 0) return false
  const brokenBefore = broken(space, params)
  const mends = (to: Value) => {
    const now = broken(space, complete(space, { ...params, [name]: to }, []))
    return !now.includes(because) && now.every((text) => brokenBefore.includes(text))
  }
  const to =
    parameter.levels === Infinity
      ? nearestPoint(parameter, from, mends)
      : nearestLevel(parameter, from, mends)
  if (to === null) return false
  repairs.push({ parameter: name, from, to, rule: 'constraint', because })
  const next = complete(space, { ...params, [name]: to }, repairs)
  for (const key of Object.keys(params)) delete params[key]
  Object.assign(params, next)
  return true
}

function broken({ formulas }: Space, params: Params): string[] {
  const scope = scopeOf(formulas, params)
  return [
    ...formulas.derived.filter((_, i) => Number.isNaN(scope[formulas.reads.length + i])),
    ...formulas.constraints.filter(({ expression }) => !holds(expression, scope)),
  ].map(({ expression }) => expression.text)
}

/** Levels looked at on either side. */
const REACH = 10_000

function nearestLevel(parameter: Parameter, from: Value, mends: (to: Value) => boolean): Value | null {
  const start = parameter.indexOf(from)
  const last = parameter.levels - 1
  for (let distance = 1; distance <= Math.min(last, REACH); distance++)
    for (const index of [start + distance, start - distance]) {
      if (index < 0 || index > last) continue
      const to = parameter.level(index)
      if (mends(to)) return to
    }
  return null
}

const STRIDES = 256
const HALVINGS = 40

/** Outwards in strides until it mends, then back towards where it began to. */
function nearestPoint(parameter: Parameter, from: Value, mends: (to: Value) => boolean): Value | null {
  const start = parameter.toUnit(from)
  for (let stride = 1; stride <= STRIDES; stride++)
    for (const direction of [1, -1]) {
      const near = start + (direction * (stride - 1)) / STRIDES
      const far = Math.min(1, Math.max(0, start + (direction * stride) / STRIDES))
      if (near < 0 || near > 1 || !mends(parameter.fromUnit(far))) continue
      return parameter.fromUnit(bisect(near, far, (unit) => mends(parameter.fromUnit(unit))))
    }
  return null
}

function bisect(outside: number, inside: number, mends: (unit: number) => boolean): number {
  let [no, yes] = [outside, inside]
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (no + yes) / 2
    if (mends(middle)) yes = middle
    else no = middle
  }
  return yes
}
