/** A study of many trials on the simulated H200, the same for every page that is measured. */
import { stream } from '../../optimizers/rng.js'
import { decode, repair, spaceNamed } from '../../search-spaces/index.js'
import type { Params } from '../../search-spaces/types.js'
import { landscape, truth } from '../../trainer/landscape/index.js'

export const SPACE = 'autoresearch-14'

export interface EndedTrial {
  readonly params: Params
  /** Undefined where it ran out of memory. */
  readonly value?: number
}

/** One in so many fails. */
const FAILS = 20
const NOISE = 0.002

/** At random in the space. */
export function endedTrials(count: number, first = 0): EndedTrial[] {
  const space = spaceNamed(SPACE)!
  return Array.from({ length: count }, (_, i) => {
    const rng = stream(11, first + i)
    const unit = Float64Array.from(space.searched, () => rng.uniform())
    const repaired = repair(space, decode(space, unit))
    const params = repaired.ok ? repaired.params : space.defaults
    if ((first + i) % FAILS === FAILS - 1) return { params }
    return { params, value: truth(landscape(), params) + NOISE * (rng.uniform() - 0.5) }
  })
}
