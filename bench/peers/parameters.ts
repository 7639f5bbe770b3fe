/**
 * A space as the peers' scripts read it: every field present, a power of two searched by its
 * logarithm, a switch as the choice between its two values.
 */
import type { Space } from '../../search-spaces/types.js'

export function parametersOf(space: Space): object[] {
  return Object.entries(space.spec.parameters).map(([name, spec]) => {
    const powerOfTwo = 'powerOfTwo' in spec && spec.powerOfTwo === true
    const log = powerOfTwo || ('log' in spec && spec.log === true)
    const shape = spec.type === 'bool' ? { ...spec, type: 'categorical', choices: [false, true] } : spec
    return { ...shape, name, powerOfTwo, log }
  })
}
