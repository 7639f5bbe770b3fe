/**
 * The recommendation: of the trials that ran to their end, the configuration with the least posterior mean. A pruned
 * trial is never recommended, because its forecast is no measurement.
 */
import type { Recommendation } from '../contract.js'
import { paramsAt } from '../surrogate/encoding.js'
import { unwarpValue } from '../surrogate/warp.js'
import type { Model } from './model.js'
import { meanAtObserved, posteriorAt } from './posterior.js'
import type { GpState } from './state.js'

export function recommend({ history, models }: GpState): Recommendation | undefined {
  const model = models.value()
  const indexOf = (i: number) => history.succeeded[i]!
  const best = rankedByMean(model).find((i) => history.results[indexOf(i)]!.kind === 'complete')
  if (best === undefined) return undefined
  const point = history.points[indexOf(best)]!
  const { mean, variance } = posteriorAt(model, point.columns)
  const [natural, sd] = [(z: number) => unwarpValue(model.warp!, z), Math.sqrt(variance)]
  return {
    params: paramsAt(history.encoding, point),
    mean: natural(mean),
    sd: natural(mean + sd) / 2 - natural(mean - sd) / 2,
  }
}

/** The model's observations, by posterior mean, least first. */
export function rankedByMean(model: Model): number[] {
  const means = Float64Array.from({ length: model.count }, (_, i) => meanAtObserved(model, i))
  return [...means.keys()].sort((a, b) => means[a]! - means[b]! || a - b)
}
