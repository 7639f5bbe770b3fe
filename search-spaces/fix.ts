import { canonicalValue } from './given.js'
import { readSpace } from './read.js'
import { showValue } from './show.js'
import { type Fault, type Space, SpaceError, type Value } from './types.js'

/**
 * Returns the space with some parameters fixed to a value. Throws a SpaceError whose paths are parameter names. `read` is
 * compileSpace for a space that was fixed so before.
 */
export function fix(space: Space, values: Readonly<Record<string, unknown>>, read = readSpace): Space {
  const [first, ...rest] = Object.entries(values).flatMap(([name, value]) => valueFaults(space, name, value))
  if (first) throw new SpaceError([first, ...rest])
  const parameters = { ...space.spec.parameters }
  for (const [name, value] of Object.entries(values)) {
    const { when, description } = parameters[name]!
    parameters[name] = {
      type: 'fixed',
      value: canonicalValue(space.byName.get(name)!, value as Value),
      when,
      description,
    }
  }
  return readNarrowed({ ...space.spec, parameters }, read)
}

function valueFaults(space: Space, name: string, value: unknown): Fault[] {
  const parameter = space.byName.get(name)
  if (!parameter) return [{ path: name, message: 'this space has no such parameter' }]
  if (parameter.accepts(value)) return []
  return [{ path: name, message: `expected ${parameter.domain}, got ${showValue(value)}` }]
}

/** Each value is valid by itself, so a fault now is a fault of their combination. */
function readNarrowed(spec: Space['spec'], read: typeof readSpace): Space {
  try {
    return read(spec)
  } catch (error) {
    if (!(error instanceof SpaceError)) throw error
    throw new SpaceError([
      { path: '', message: `with these values the space cannot be searched: ${error.message}` },
    ])
  }
}
