/** Uniform in the unit cube. A trial's point depends on the study's seed and the trial's number, on nothing else. */
import { stream } from '../rng.js'
import { uniformOptimizer } from '../uniform.js'

export const random = uniformOptimizer('random', 1, (space, seed, number, redraw) => {
  const rng = stream(seed, number, redraw)
  return space.searched.map(() => rng.uniform())
})
