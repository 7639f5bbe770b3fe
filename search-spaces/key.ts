import { createHash } from 'node:crypto'
import { constraintsOf } from './formulas.js'
import type { SpaceSpec } from './schema.js'
import type { Parameter, Params } from './types.js'

/** Equal for equal configurations, whatever the order of their keys: for de-duplication. */
export function paramsKey(params: Params): string {
  return canonical(params)
}

/** Of all that a search depends on: not of names, descriptions, the order of keys, or a field that says what holds anyway. */
export function fingerprint(spec: SpaceSpec, byName: ReadonlyMap<string, Parameter>): string {
  const parameters = [...byName.values()].map((parameter) => {
    const { description: _, ...range } = spec.parameters[parameter.name]!
    return {
      ...range,
      default: parameter.default,
      log: parameter.log,
      when: parameter.when,
      name: parameter.name,
    }
  })
  const essence = {
    parameters,
    constraints: constraintsOf(spec),
    derived: spec.derived ?? {},
    memory: spec.memory,
  }
  return createHash('sha256').update(canonical(essence)).digest('hex').slice(0, 16)
}

/** JSON with the keys of every object in order. */
function canonical(json: unknown): string {
  if (Array.isArray(json)) return `[${json.map(canonical).join(',')}]`
  if (typeof json !== 'object' || json === null) return JSON.stringify(json)
  const record = json as Readonly<Record<string, unknown>>
  const fields = Object.keys(record)
    .filter((key) => record[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(record[key])}`)
  return `{${fields.join(',')}}`
}
