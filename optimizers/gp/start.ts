/**
 * The first trials: points that fill the space evenly, in turn around the default configuration and anywhere. A
 * default is seldom far from good, and seldom best. Where somebody believes to know better, from what is believed.
 */
import type { Parameter } from '../../search-spaces/types.js'
import { normalQuantile } from '../math/normal.js'
import { stream } from '../rng.js'
import { scramble, sobol } from '../sobol/sequence.js'
import { drawFrom } from './beliefs.js'
import type { GpState } from './index.js'

/** Around the default, as a share of each parameter's range. */
const SPREAD = 0.2
/** The chance of an unordered parameter to keep its default there. */
const KEEP = 0.5

/** A point of the unit cube for a trial; where it is refused, `redraw` counts up and another comes. */
export function startingPoint(
  { seed, prior, history }: GpState,
  number: number,
  redraw: number,
): Float64Array {
  const { space } = history.encoding
  const near = number % 2 === 1
  if (near && prior) return drawFrom(prior, stream(seed, number, redraw))
  return Float64Array.from(space.searched, (parameter, dimension) => {
    const scrambling = stream(seed, redraw, dimension).below(2 ** 32)
    const unit = (scramble(sobol(number >>> 1, dimension), scrambling) + 0.5) / 2 ** 32
    return near ? nearDefault(parameter, unit) : unit
  })
}

function nearDefault({ numeric, toUnit, default: value }: Parameter, unit: number): number {
  const centre = toUnit(value)
  if (!numeric) return unit < KEEP ? centre : (unit - KEEP) / (1 - KEEP)
  return Math.min(1, Math.max(0, centre + SPREAD * normalQuantile(unit)))
}
