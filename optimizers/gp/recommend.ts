/**
 * The recommendation: of the trials that ran to their end, the configuration with the least posterior mean; the best
 * observed one where nothing shows noise. A pruned trial is never recommended, because its forecast is no measurement.
 */
import type { Recommendation } from '../contract.js'
import { paramsAt } from '../surrogate/encoding.js'
import { unwarpValue } from '../surrogate/warp.js'
import { posteriorAt, rankedByMean } from './posterior.js'
import type { GpState } from './state.js'

export function recommend({ options, history, models }: GpState): Recommendation | undefined {
  const model = models.value()
  const complete = rankedByMean(model).flatMap((i) => {
    const result = history.results[history.succeeded[i]!]!
    return result.kind === 'complete' ? [{ i, value: result.value }] : []
  })
  const [first] = complete
  if (first === undefined) return undefined
  const isNoisy = options.noise !== 0 && models.isNoisy()
  const best = isNoisy ? first : complete.reduce((a, b) => (b.value < a.value ? b : a))
  const point = history.points[history.succeeded[best.i]!]!
  const { mean, variance } = posteriorAt(model, point.columns)
  const [natural, sd] = [(z: number) => unwarpValue(model.warp!, z), Math.sqrt(variance)]
  return {
    params: paramsAt(history.encoding, point),
    mean: natural(mean),
    sd: natural(mean + sd) / 2 - natural(mean - sd) / 2,
  }
}
