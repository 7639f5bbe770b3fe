/**
 * Points that fill the cube more evenly than chance. A trial's number is its index in the sequence, so an ask needs no
 * state; the study's seed scrambles the sequence, and a redraw scrambles it anew.
 */
import { stream } from '../rng.js'
import { uniformOptimizer } from '../uniform.js'
import { DIMENSIONS, scramble, sobol as sequence } from './sequence.js'

/** Coordinates beyond the table's are drawn at random: the usual padding, for more parameters than anybody searches. */
export const sobol = uniformOptimizer('sobol', 1, (space, seed, number, redraw) => {
  const beyond = stream(seed, number, redraw)
  return space.searched.map((_, dimension) =>
    dimension < DIMENSIONS
      ? (scramble(sequence(number, dimension), scrambling(seed, redraw, dimension)) + 0.5) / 2 ** 32
      : beyond.uniform(),
  )
})

function scrambling(seed: number, redraw: number, dimension: number): number {
  return stream(seed, redraw, dimension).below(2 ** 32)
}
