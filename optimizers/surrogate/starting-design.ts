/**
 * The starting design: the first trials, before a model is asked. One point in three lies anywhere in the space. The
 * others keep some parameters at their defaults, because a default is seldom far from good, and a model that has seen
 * one good point among bad ones takes it for a narrow peak. Where beliefs were given, those others are drawn from
 * them.
 */
import { z } from 'zod'
import type { Parameter, Space } from '../../search-spaces/types.js'
import { normalQuantile } from '../math/normal.js'
import { NULL_MEANS } from '../options.js'
import { stream } from '../rng.js'
import { scramble, sobol } from '../sobol/sequence.js'
import { drawFromPrior } from './beliefs.js'
import type { History } from './history.js'
import type { SurrogateState } from './state.js'

/** One in so many starting points may lie anywhere; the others are around the default. */
const ANYWHERE = 3
/** Around the default a parameter keeps its value with this chance; else it moves by a normal step of this width. */
const KEEP = 0.6
const SPREAD = 0.25
/** No model is made of fewer values. */
const FEWEST_VALUES = 3

/** The option of that name. */
export const startupOption = z
  .number()
  .int()
  .min(1)
  .max(10_000)
  .nullable()
  .default(null)
  .meta({
    description: 'Trials that must have given a value before the model is asked.',
    [NULL_MEANS]: 'one per parameter that is active at once, at least eight',
  })

/**
 * Until `startup` trials have given a value. Where most trials fail, the model begins with fewer values: after twice
 * as many trials.
 */
export function isStarting({ succeeded, results }: History, startup: number): boolean {
  return succeeded.length < startup && (succeeded.length < FEWEST_VALUES || results.length < 2 * startup)
}

/**
 * Where parameters hang on conditions, a starting point varies few of them. So after the starting points the third that
 * lies anywhere goes on between the trials of the model, until there is one trial per parameter.
 */
export function isSpreading({ succeeded, encoding }: History, number: number): boolean {
  const { conditional, searched } = encoding.space
  return conditional && number % ANYWHERE === 0 && succeeded.length < searched.length
}

/** A point of the unit cube for a trial. Where it is refused, `redraw` counts up and gives another point. */
export function startingPoint(
  { seed, prior, history }: SurrogateState,
  number: number,
  redraw: number,
): Float64Array {
  const { space } = history.encoding
  if (isNearDefault(number) && prior) return drawFromPrior(prior, stream(seed, number, redraw))
  return designPoint(space, seed, number, redraw)
}

/** The same without beliefs: it depends on the space, the seed and the number alone, so other optimizers can share it. */
export function designPoint(space: Space, seed: number, number: number, redraw: number): Float64Array {
  const near = isNearDefault(number)
  return Float64Array.from(space.searched, (parameter, dimension) => {
    const scrambling = stream(seed, redraw, dimension).below(2 ** 32)
    const unit = (scramble(sobol(near ? number : number / ANYWHERE, dimension), scrambling) + 0.5) / 2 ** 32
    return near ? nearDefault(parameter, unit) : unit
  })
}

function isNearDefault(number: number): boolean {
  return number % ANYWHERE !== 0
}

function nearDefault({ numeric, toUnit, default: value }: Parameter, unit: number): number {
  const centre = toUnit(value)
  if (unit < KEEP) return centre
  const rest = (unit - KEEP) / (1 - KEEP)
  return numeric ? Math.min(1, Math.max(0, centre + SPREAD * normalQuantile(rest))) : rest
}
