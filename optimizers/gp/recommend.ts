/** What to take home: of what ran to its end, the configuration with the least posterior mean. A forecast is no measurement. */
import type { Recommendation } from '../contract.js'
import { paramsAt } from './encoding.js'
import type { Model } from './model.js'
import { expectAt, meanAtObserved } from './posterior.js'
import type { GpState } from './state.js'
import { unwarped } from './warp.js'

export function recommend({ history, models }: GpState): Recommendation | undefined {
  const model = models.value()
  const placeOf = (i: number) => history.told[i]!
  const best = ranked(model).find((i) => history.results[placeOf(i)]!.kind === 'complete')
  if (best === undefined) return undefined
  const point = history.points[placeOf(best)]!
  const { mean, variance } = expectAt(model, point.columns)
  const [natural, sd] = [(z: number) => unwarped(model.warp!, z), Math.sqrt(variance)]
  return {
    params: paramsAt(history.encoding, point),
    mean: natural(mean),
    sd: natural(mean + sd) / 2 - natural(mean - sd) / 2,
  }
}

/** The observations of the model, by posterior mean. */
export function ranked(model: Model): number[] {
  const means = Float64Array.from({ length: model.count }, (_, i) => meanAtObserved(model, i))
  return [...means.keys()].sort((a, b) => means[a]! - means[b]! || a - b)
}
