/** Conditions: a parameter is active if its parents are active and have one of the values that its conditions name. */
import { topologicalOrder } from './order.js'
import type { SpaceSpec } from './schema.js'
import type { Fault, Parameter, Params } from './types.js'

/** `params` must already hold the active parents; callers visit parents before children. */
export function isActive({ when }: Parameter, params: Params): boolean {
  for (const { parent, values } of when) {
    const value = params[parent]
    if (value === undefined || !values.includes(value)) return false
  }
  return true
}

/** Orders parameters so that parents come before children. A cycle of conditions is a fault. */
export function parentsFirst(spec: SpaceSpec): {
  readonly order: readonly string[]
  readonly faults: readonly Fault[]
} {
  const names = Object.keys(spec.parameters)
  const result = topologicalOrder(names, (name) => Object.keys(spec.parameters[name]!.when ?? {}))
  if ('order' in result) return { order: result.order, faults: [] }
  const [first] = result.cycle
  const message = `a condition that depends on itself: ${result.cycle.join(' → ')}; drop one of these conditions`
  return { order: [], faults: [{ path: `parameters.${first}.when`, message }] }
}

/** The faults of conditions that can never hold, or that name an unknown parameter. */
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
 * Whether the parameter can ever be active. A child of a parameter that is fixed to another value cannot. It stays in
 * the space, because expressions may name it, but it has no coordinate.
 */
export function isReachable(parameter: Parameter, reachable: ReadonlyMap<string, Parameter>): boolean {
  return parameter.when.every(({ parent, values }) => {
    const found = reachable.get(parent)
    return found !== undefined && (found.kind !== 'fixed' || values.includes(found.default))
  })
}
