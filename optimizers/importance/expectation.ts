/** What the model expects of single configurations, without noise. */
import { encode } from '../../search-spaces/codec.js'
import type { Params } from '../../search-spaces/types.js'
import { posteriorAtMany } from '../gp/posterior.js'
import { unwarpValue } from '../surrogate/warp.js'
import { type FittedTrials, pointFrom } from './fitted.js'

/** In the units of the observed values. */
export interface Expectation {
  readonly mean: number
  readonly sd: number
}

export function expectationsOf(fitted: FittedTrials, configurations: readonly Params[]): Expectation[] {
  const { model, history } = fitted
  const points = configurations.map((params) => pointFrom(fitted, encode(history.encoding.space, params)))
  const natural = (z: number) => unwarpValue(model.warp!, z)
  return posteriorAtMany(model, points).map(({ mean, variance }) => {
    const sd = Math.sqrt(variance)
    return { mean: natural(mean), sd: natural(mean + sd) / 2 - natural(mean - sd) / 2 }
  })
}
