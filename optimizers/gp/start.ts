/**
 * The first trials: points that fill the space evenly, one in three anywhere, the others around the default with some
 * parameters changed. A default is seldom far from good, and with all of them changed nothing is: a model that has seen
 * one good point among bad ones takes it for a needle. Where somebody believes to know better, from what is believed.
 */
import type { Parameter, Space } from '../../search-spaces/types.js'
import { normalQuantile } from '../math/normal.js'
import { stream } from '../rng.js'
import { scramble, sobol } from '../sobol/sequence.js'
import { drawFrom, type Prior } from './beliefs.js'
import type { History } from './history.js'

/** Every so many trials one may lie anywhere; the others are around the default. */
const ANYWHERE = 3
/** There a parameter keeps its default with this chance; else it moves by so much of its range. */
const KEEP = 0.6
const SPREAD = 0.25

/** How many trials a space is begun with: one per parameter. */
export function startSize({ searched }: Space): number {
  return Math.max(8, searched.length)
}

/** A point of the unit cube for a trial; where it is refused, `redraw` counts up and another comes. */
export function startingPoint(
  { seed, prior, history }: { readonly seed: number; readonly prior?: Prior; readonly history: History },
  number: number,
  redraw: number,
): Float64Array {
  const { space } = history.encoding
  const near = number % ANYWHERE !== 0
  if (near && prior) return drawFrom(prior, stream(seed, number, redraw))
  return Float64Array.from(space.searched, (parameter, dimension) => {
    const scrambling = stream(seed, redraw, dimension).below(2 ** 32)
    const unit = (scramble(sobol(near ? number : number / ANYWHERE, dimension), scrambling) + 0.5) / 2 ** 32
    return near ? nearDefault(parameter, unit) : unit
  })
}

function nearDefault({ numeric, toUnit, default: value }: Parameter, unit: number): number {
  const centre = toUnit(value)
  if (unit < KEEP) return centre
  const rest = (unit - KEEP) / (1 - KEEP)
  return numeric ? Math.min(1, Math.max(0, centre + SPREAD * normalQuantile(rest))) : rest
}
