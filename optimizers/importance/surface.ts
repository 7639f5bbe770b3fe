/** The posterior over one parameter, or over a grid of two, while the others stay where they are. */
import type { Parameter, Value } from '../../search-spaces/types.js'
import { posteriorAtMany } from '../gp/posterior.js'
import { unwarpValue } from '../surrogate/warp.js'
import { type FittedTrials, pointFrom } from './fitted.js'
import { placesOf } from './local.js'

export interface Axis {
  readonly name: string
  readonly values: Value[]
  readonly log: boolean
}

/** Row by row: the value at (ix, iy) is at iy · x.values.length + ix. */
export interface Surface {
  readonly x: Axis
  readonly y?: Axis
  /** In the units of the observed values. */
  readonly mean: number[]
  readonly sd: number[]
}

/** `at`: a point of the unit cube; `size`: places on the axis of a parameter with more values. */
export function surfaceOf(
  fitted: FittedTrials,
  [x, y]: readonly [Parameter, Parameter?],
  at: Float64Array,
  size: number,
): Surface {
  const { model } = fitted
  const across = placesOf(x, size)
  const up = y === undefined ? [undefined] : placesOf(y, size)
  const points = up.flatMap((upper) =>
    across.map((place) => {
      const unit = at.slice()
      unit[x.coordinate] = place
      if (y !== undefined) unit[y.coordinate] = upper!
      return pointFrom(fitted, unit)
    }),
  )
  const natural = (z: number) => unwarpValue(model.warp!, z)
  const posterior = posteriorAtMany(model, points)
  return {
    x: axisOf(x, across),
    ...(y && { y: axisOf(y, up as number[]) }),
    mean: posterior.map(({ mean }) => natural(mean)),
    sd: posterior.map(({ mean, variance }) => {
      const sd = Math.sqrt(variance)
      return natural(mean + sd) / 2 - natural(mean - sd) / 2
    }),
  }
}

function axisOf({ name, log, fromUnit }: Parameter, places: readonly number[]): Axis {
  return { name, values: places.map((place) => fromUnit(place)), log }
}
