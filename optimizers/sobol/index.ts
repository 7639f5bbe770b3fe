/**
 * Points that fill the cube more evenly than chance. A trial's number is its index in the sequence, so an ask needs no
 * state; the study's seed scrambles the sequence, and a redraw scrambles it anew.
 */
import { stream } from '../rng.js'
import { uniformOptimizer } from '../uniform.js'
import { scramble, sobol as sequence } from './sequence.js'

export const sobol = uniformOptimizer('sobol', 1, (space, seed, number, redraw) =>
  space.searched.map((_, dimension) => {
    const scrambling = stream(seed, redraw, dimension).below(2 ** 32)
    return (scramble(sequence(number, dimension), scrambling) + 0.5) / 2 ** 32
  }),
)
