/**
 * Points that fill the cube more evenly than chance. A trial's number is its index in the sequence, so an ask needs no
 * state; the study's seed scrambles the sequence.
 */
import { stream } from '../rng.js'
import { uniformOptimizer } from '../uniform.js'
import { DIMENSIONS, scramble, sobol as sequence } from './sequence.js'

/**
 * A redraw takes the point with the same number one block of 2²⁰ further on: each block is as even as the first.
 * Coordinates beyond the table are drawn at random, as is usual for what matters least in high dimensions.
 */
const BLOCK = 2 ** 20

export const sobol = uniformOptimizer('sobol', 1, (space, seed, number, redraw) => {
  const index = (number % BLOCK) + redraw * BLOCK
  const rng = stream(seed, number, redraw)
  return space.searched.map((_, dimension) =>
    dimension < DIMENSIONS
      ? (scramble(sequence(index, dimension), stream(seed, dimension).below(2 ** 32)) + 0.5) / 2 ** 32
      : rng.uniform(),
  )
})
