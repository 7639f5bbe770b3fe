/**
 * Uniform in the unit cube. A trial's point depends on the study's seed and the trial's number, on nothing else.
 *
 *   name      meaning                                                 shape
 *   seed      the study's seed
 *   number    the trial's number                                      0, 1, …
 *   redraw    how many points of this trial were refused before       0, 1, …
 *   point     the trial's coordinates in the unit cube                one per searched parameter
 *
 * uniform.ts makes an optimizer of it.
 */
import { stream } from '../rng.js'
import { uniformOptimizer } from '../uniform.js'

export const random = uniformOptimizer('random', 1, (space, seed, number, redraw) => {
  const rng = stream(seed, number, redraw)
  return space.searched.map(() => rng.uniform())
})
