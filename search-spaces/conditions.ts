/** When a parameter is active: its parents are, and each has one of the values that its condition names. */
import { ordered } from './order.js'
import type { SpaceSpec } from './schema.js'
import type { Fault, Parameter, Params } from './types.js'

/** `params` holds the active parents already: parents come before children. */
export function isActive({ when }: Parameter, params: Params): boolean {
  for (const { parent, values } of when) {
    const value = params[parent]
    if (value === undefined || !values.includes(value)) return false
  }
  return true
}

/** Parents before children, or the fault that forbids it. */
export function parentsFirst(spec: SpaceSpec): {
  readonly order: readonly string[]
  readonly faults: readonly Fault[]
} {
  const names = Object.keys(spec.parameters)
  const result = ordered(names, (name) => Object.keys(spec.parameters[name]!.when ?? {}))
  if ('order' in result) return { order: result.order, faults: [] }
  const [first] = result.cycle
  const message = `a condition that depends on itself: ${result.cycle.join(' → ')}; drop one of these conditions`
  return { order: [], faults: [{ path: `parameters.${first}.when`, message }] }
}

/** Conditions that can never hold, or that name no parameter. */
export function conditionFaults(parameters: ReadonlyMap<string, Parameter>): Fault[] {
  return [...parameters.values()].flatMap((child) =>
    child.when.flatMap(({ parent, values }) => {
      const path = `parameters.${child.name}.when.${parent}`
      const found = parameters.get(parent)
      if (!found) return [{ path, message: `there is no parameter ${parent}` }]
      if (found.levels === Infinity)
        return [
          { path, message: `${parent} is continuous and hardly ever has one exact value; give it a step` },
        ]
      if (found.kind === 'fixed') return []
      return values
        .filter((value) => !found.accepts(value) || found.level(found.indexOf(value)) !== value)
        .map((value) => ({
          path,
          message: `${parent} is never ${JSON.stringify(value)}; it is ${found.domain}`,
        }))
    }),
  )
}

/**
 * Can it ever be active? A child of a parameter that was fixed to another value cannot: it keeps its name
 * (expressions may speak of it) and has no coordinate.
 */
export function isReachable(parameter: Parameter, reachable: ReadonlyMap<string, Parameter>): boolean {
  return parameter.when.every(({ parent, values }) => {
    const found = reachable.get(parent)
    return found !== undefined && (found.kind !== 'fixed' || values.includes(found.default))
  })
}
