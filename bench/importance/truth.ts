/** What really matters on the simulated H200: the same measures as of a model, of the landscape without noise. */
import { localShares, totalIndices } from '../../optimizers/importance/index.js'
import { decode, encode, type Params, repair, spaceNamed } from '../../search-spaces/index.js'
import { landscape, truth } from '../../trainer/landscape/index.js'
import { spaceName } from '../quality/run.js'

const space = spaceNamed(spaceName)!

let whole: Float64Array | undefined

/** Sobol's total index of each parameter, over the space on a card with enough memory. */
export function trueTotal(): Float64Array {
  whole ??= totalIndices(worth, space.searched.length, { seed: 1, evaluations: 2 ** 16 })
  return whole
}

export function trueLocal(at: Params): Float64Array {
  return localShares(worth, space.searched, encode(space, at))
}

/** A configuration that cannot run is worth what its repair is worth, as in a search. */
function worth(unit: Float64Array): number {
  const repaired = repair(space, decode(space, unit))
  return truth(landscape(), repaired.ok ? repaired.params : space.defaults)
}
