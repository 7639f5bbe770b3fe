/** The trials that every row finds behind it: random configurations of autoresearch-14, as the simulated H200 ended. */

import { stream } from '../../optimizers/rng.js'
import { draw, type Params, repair, spaceNamed } from '../../search-spaces/index.js'
import { evaluate, landscape } from '../../trainer/landscape/index.js'

export const space = spaceNamed('autoresearch-14')!

export interface Past {
  readonly params: Params
  /** Null where it ran out of memory. */
  readonly value: number | null
}

export function pastTrials(count: number): Past[] {
  const rng = stream(20260325)
  return Array.from({ length: count }, (_, seed) => {
    const drawn = repair(space, draw(space, rng.uniform))
    if (!drawn.ok) throw new Error(drawn.message)
    const run = evaluate(landscape(), drawn.params, { seed })
    return { params: drawn.params, value: run.outcome === 'complete' ? run.valBpb : null }
  })
}
