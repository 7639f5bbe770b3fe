import { show } from './parameters.js'
import { readSpace } from './read.js'
import { type Fault, type Space, SpaceError, type Value } from './types.js'

/** The same space with some parameters held at a value for a whole study. */
export function fix(space: Space, values: Readonly<Record<string, unknown>>): Space {
  const faults = Object.entries(values).flatMap(([name, value]) => fixFaults(space, name, value))
  const [first, ...rest] = faults
  if (first) throw new SpaceError([first, ...rest])
  const parameters = { ...space.spec.parameters }
  for (const [name, value] of Object.entries(values)) {
    const { when, description } = parameters[name]!
    parameters[name] = { type: 'fixed', value: value as Value, when, description }
  }
  return readSpace({ ...space.spec, parameters })
}

function fixFaults(space: Space, name: string, value: unknown): Fault[] {
  const path = `fixed.${name}`
  const parameter = space.byName.get(name)
  if (!parameter) return [{ path, message: 'there is no such parameter in this space' }]
  return parameter.accepts(value)
    ? []
    : [{ path, message: `expected ${parameter.domain}, got ${show(value)}` }]
}
