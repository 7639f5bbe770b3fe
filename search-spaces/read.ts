/** From JSON to a space, or to every fault that can be found in it at once. */
import { conditionFaults, isReachable, parentsFirst } from './conditions.js'
import { nameFaults, structureFaults } from './faults.js'
import { constraintsOf, readFormulas } from './formulas.js'
import { fingerprint } from './key.js'
import { specFaults } from './parameter-faults.js'
import { parameter } from './parameters.js'
import { repair } from './repair.js'
import { placeOf, satisfiabilityFaults } from './satisfiable.js'
import type { SpaceSpec } from './schema.js'
import { show } from './show.js'
import { type Fault, type Parameter, type Params, type Space, SpaceError } from './types.js'

/** Throws SpaceError. */
export function readSpace(json: unknown): Space {
  const { spec } = accepted(structureFaults(json))
  const { order } = accepted(parentsFirst(spec), [...nameFaults(spec), ...parameterFaults(spec)])

  const byName = parameters(spec, order)
  const searched = [...byName.values()].filter(({ coordinate }) => coordinate >= 0)
  const { formulas } = accepted(readFormulas(spec), [...valueFaults(byName), ...conditionFaults(byName)])
  accepted({ faults: [...adjustFaults(spec), ...searchFaults(searched)] })

  const space = {
    spec,
    fingerprint: fingerprint(spec, byName),
    parameters: [...byName.values()],
    byName,
    searched,
    conditional: order.some((name) => byName.get(name)!.when.length > 0),
    formulas,
    defaults: {},
  }
  const { defaults } = accepted(readDefaults(space))
  accepted({ faults: satisfiabilityFaults(space) })
  return { ...space, defaults }
}

/** What was read; throws where there are faults, in it or before it. */
function accepted<T extends { readonly faults: readonly Fault[] }>(
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

/** In the order given; each one that can ever be active and is not fixed owns the next coordinate. */
function parameters(spec: SpaceSpec, order: readonly string[]): Map<string, Parameter> {
  const all = new Map<string, Parameter>()
  const reachable = new Map<string, Parameter>()
  let coordinate = 0
  for (const name of order) {
    const unplaced = parameter(name, spec.parameters[name]!)
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
      message: `expected ${domain}, got ${show(given)}`,
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

function readDefaults(space: Space): { defaults: Params; faults: Fault[] } {
  const repaired = repair(space, {})
  if (repaired.ok) return { defaults: repaired.params, faults: [] }
  const message =
    `the defaults violate ${repaired.violated} and cannot be repaired; ` +
    'give defaults that satisfy it, or an adjust that names a parameter to move'
  return { defaults: {}, faults: [{ path: placeOf(space, repaired.violated), message }] }
}
