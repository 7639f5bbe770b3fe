/**
 * From whatever somebody proposes to a configuration that can run, with a list of what was changed.
 * What is right is kept as it is, so repairing twice changes nothing the second time.
 */
import { isActive } from './conditions.js'
import { violations } from './formulas.js'
import { canonical, field, isRecord } from './given.js'
import { nearestWhere } from './nearest.js'
import type { Parameter, Params, Repair, Repaired, Space, Value } from './types.js'

export function repair(space: Space, given: unknown): Repaired {
  if (!isRecord(given))
    return { ok: false, violated: 'params', message: 'expected an object of parameter names and values' }
  const repairs = unknownNames(space, given)
  const forced = new Set<string>()
  let params = complete(space, given, repairs)
  for (let broken = violations(space, params); broken.length > 0; broken = violations(space, params)) {
    const mended = mend({ space, params, broken, repairs, forced })
    if (mended === null) return refused(broken[0]!)
    params = mended
  }
  return { ok: true, params, repairs }
}

function refused(violated: string): Repaired {
  return { ok: false, violated, message: `violates ${violated}, and no parameter that may move can mend it` }
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
    if (isActive(parameter, params)) params[name] = nearestOwn(parameter, value, repairs)
    else if (value !== undefined)
      repairs.push({ parameter: name, from: shown(value), to: null, rule: 'inactive' })
  }
  return params
}

function nearestOwn(parameter: Parameter, value: unknown, repairs: Repair[]): Value {
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
 * Moves one parameter so that one constraint is mended, breaking none that held; where there is no such move,
 * one that breaks others, but only once a constraint. So the repair comes to an end. Null where nothing helps.
 */
function mend({ space, params, broken, repairs, forced }: Mending): Params | null {
  for (const force of [false, true])
    for (const { expression, adjust } of space.formulas.constraints) {
      const because = expression.text
      if (!broken.includes(because) || (force && forced.has(because))) continue
      if (force) forced.add(because)
      const mends = (candidate: Params) => {
        const now = violations(space, candidate)
        return !now.includes(because) && (force || now.every((text) => broken.includes(text)))
      }
      for (const name of adjust) {
        const move = nearestMove(space, params, name, mends)
        if (move === null) continue
        repairs.push({ ...move, rule: 'constraint', because })
        return moved(space, params, name, move.to, repairs)
      }
    }
  return null
}

interface Mending {
  readonly space: Space
  readonly params: Params
  readonly broken: readonly string[]
  readonly repairs: Repair[]
  /** Constraints that were mended at the price of others. */
  readonly forced: Set<string>
}

function nearestMove(space: Space, params: Params, name: string, mends: (candidate: Params) => boolean) {
  const parameter = space.byName.get(name)!
  const from = params[name]
  if (from === undefined || parameter.coordinate < 0) return null
  const to = nearestWhere(parameter, from, (value) => mends(moved(space, params, name, value, [])))
  return to === null ? null : { parameter: name, from, to }
}

/** A parent that moves can wake its children, or put them to sleep. */
function moved(space: Space, params: Params, name: string, to: Value, repairs: Repair[]): Params {
  const next = { ...params, [name]: to }
  return space.conditional ? complete(space, next, repairs) : next
}
