/**
 * A scrambled Sobol sequence: it fills the unit cube more evenly than random points. A trial's number is its index in
 * the sequence, so an ask needs no state. The study's seed scrambles the sequence, and a redraw scrambles it anew.
 *
 *   name         meaning                                              shape
 *   seed         the study's seed
 *   number       the trial's number, its index in the sequence        0, 1, …
 *   redraw       how many points of this trial were refused before    0, 1, …
 *   dimension    a searched parameter's coordinate                    0 … parameters − 1
 *   scrambling   the key that scrambles a dimension                   32 bits
 *
 * Reading order: sequence.ts, then uniform.ts, which makes an optimizer of it.
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
