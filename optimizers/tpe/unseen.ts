/** Every point of a small discrete space, for when random draws find only points that ran already. */
import { type Rng, shuffle } from '../rng.js'
import type { Axis } from './axis.js'

const SMALL = 4096

/** Every combination of levels, in random order; empty where there are too many. */
export function everyPoint(axes: readonly Axis[], rng: Rng): Float64Array[] {
  const count = axes.reduce((product, { levels }) => product * levels, 1)
  if (count > SMALL) return []
  const indices = shuffle(rng, [...Array(count).keys()])
  return indices.map((index) => {
    let rest = index
    return Float64Array.from(axes, ({ levels }) => {
      const level = rest % levels
      rest = Math.floor(rest / levels)
      return level
    })
  })
}
