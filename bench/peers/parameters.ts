/** A space as the peers' scripts read it: every field present, a power of two searched by its logarithm. */
import type { Space } from '../../search-spaces/types.js'

export function parametersOf(space: Space): object[] {
  return Object.entries(space.spec.parameters).map(([name, spec]) => {
    const powerOfTwo = 'powerOfTwo' in spec && spec.powerOfTwo === true
    const log = powerOfTwo || ('log' in spec && spec.log === true)
    return { ...spec, name, powerOfTwo, log }
  })
}
