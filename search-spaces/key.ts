import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.js'
import { constraintsOf } from './formulas.js'
import type { SpaceSpec } from './schema.js'
import type { Parameter, Params } from './types.js'

/** Equal for equal configurations, whatever the order of their keys: for de-duplication. */
export function paramsKey(params: Params): string {
  return canonicalJson(params)
}

/** A digest of everything that a search depends on: not of descriptions, the order of keys, or fields that repeat a default. */
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
  return createHash('sha256').update(canonicalJson(essence)).digest('hex').slice(0, 16)
}
