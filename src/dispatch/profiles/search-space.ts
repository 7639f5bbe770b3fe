/** The search space that a profile names or contains. It was checked when the profile was read. */
import { readSpace, type Space, spaceNamed } from '../../../search-spaces/index.js'
import type { ProcessProfile } from './process-profile.js'

export function searchSpaceOf({ space }: Pick<ProcessProfile, 'space'>): Space {
  return typeof space === 'string' ? spaceNamed(space)! : readSpace(space)
}
