/** Compiles JSON to a space, or reports all faults that can be found in it at once. */
import { conditionFaults, isReachable, parentsFirst } from './conditions.js'
import { nameFaults, structureFaults } from './faults.js'
import { constraintsOf, readFormulas } from './formulas.js'
import { spaceFingerprint } from './key.js'
import { costsOf, MOST_OPERATIONS } from './operations.js'
import { specFaults } from './parameter-faults.js'
import { compileParameter } from './parameters.js'
import { repair } from './repair.js'
import { placeOf, satisfiabilityFaults } from './satisfiable.js'
import type { SpaceSpec } from './schema.js'
import { showValue } from './show.js'
import { type Fault, type Formulas, type Parameter, type Params, type Space, SpaceError } from './types.js'

/** Throws a SpaceError with all faults. */
export function readSpace(json: unknown): Space {
  const space = compileSpace(json)
  throwOnFaults({ faults: satisfiabilityFaults(space) })
  return space
}

/** Without the search for a configuration that satisfies the constraints, for a space that was read before. */
export function compileSpace(json: unknown): Space {
  const { spec } = throwOnFaults(structureFaults(json))
  const { order } = throwOnFaults(parentsFirst(spec), [...nameFaults(spec), ...parameterFaults(spec)])

  const byName = compileParameters(spec, order)
  const searched = [...byName.values()].filter(({ coordinate }) => coordinate >= 0)
  const { formulas } = throwOnFaults(readFormulas(spec), [...valueFaults(byName), ...conditionFaults(byName)])
  throwOnFaults({ faults: [...adjustFaults(spec), ...searchFaults(searched)] })
  const { operations } = throwOnFaults(countOperations(byName, formulas))

  const space = {
    spec,
    fingerprint: spaceFingerprint(spec, byName),
    parameters: [...byName.values()],
    byName,
    searched,
    conditional: order.some((name) => byName.get(name)!.when.length > 0),
    formulas,
    operations,
    defaults: {},
  }
  const { defaults } = throwOnFaults(readDefaults(space))
  return { ...space, defaults }
}

/** Returns its first argument; throws if it has faults, or if there were faults before. */
function throwOnFaults<T extends { readonly faults: readonly Fault[] }>(
  read: T,
  before: readonly Fault[] = [],
): T {
  const [first, ...rest] = [...before, ...read.faults]
  if (first) throw new SpaceError([first, ...rest])
  return read
}

function parameterFaults({ parameters }: SpaceSpec): Fault[] {
  return Object.entries(parameters).flatMap(([name, spec]) =>
    specFaults(spec).map(({ path, message }) => ({ path: `parameters.${name}.${path}`, message })),
  )
}

/**
 * Compiles the parameters in the given order. Each one that can be active and is not fixed gets the next coordinate.
 */
function compileParameters(spec: SpaceSpec, order: readonly string[]): Map<string, Parameter> {
  const all = new Map<string, Parameter>()
  const reachable = new Map<string, Parameter>()
  let coordinate = 0
  for (const name of order) {
    const unplaced = compileParameter(name, spec.parameters[name]!)
    const canBeActive = isReachable(unplaced, reachable)
    const placed = { ...unplaced, coordinate: canBeActive && unplaced.kind !== 'fixed' ? coordinate++ : -1 }
    all.set(name, placed)
    if (canBeActive) reachable.set(name, placed)
  }
  return all
}

function valueFaults(byName: ReadonlyMap<string, Parameter>): Fault[] {
  return [...byName.values()]
    .filter((parameter) => !parameter.accepts(parameter.default))
    .map(({ name, domain, default: given }) => ({
      path: `parameters.${name}.default`,
      message: `expected ${domain}, got ${showValue(given)}`,
    }))
}

function adjustFaults(spec: SpaceSpec): Fault[] {
  return constraintsOf(spec).flatMap(({ adjust }, i) =>
    adjust
      .filter((name) => !Object.hasOwn(spec.parameters, name))
      .map((name) => ({ path: `constraints.${i}.adjust`, message: `there is no parameter ${name}` })),
  )
}

function searchFaults(searched: readonly Parameter[]): Fault[] {
  if (searched.length > 0) return []
  return [{ path: 'parameters', message: 'there is nothing to search; at least one must not be fixed' }]
}

/** Refuses a space at the first part with which one configuration takes too many operations. */
function countOperations(
  byName: ReadonlyMap<string, Parameter>,
  formulas: Formulas,
): { operations: number; faults: Fault[] } {
  const most = MOST_OPERATIONS.configuration
  let operations = 0
  for (const part of costsOf(byName.values(), formulas)) {
    operations += part.operations
    if (operations <= most) continue
    const message =
      `with this one, a configuration takes ${operations} operations (the nodes of all expressions, the values of all ` +
      `conditions), and ${most} are the limit; shorten expressions, or compute a common part once in derived`
    return { operations, faults: [{ path: part.path, message }] }
  }
  return { operations, faults: [] }
}

function readDefaults(space: Space): { defaults: Params; faults: Fault[] } {
  const repaired = repair(space, {})
  if (repaired.ok) return { defaults: repaired.params, faults: [] }
  const message =
    `the defaults violate ${repaired.violated} and cannot be repaired; ` +
    'give defaults that satisfy it, or an adjust that names a parameter to move'
  return { defaults: {}, faults: [{ path: placeOf(space, repaired.violated), message }] }
}
