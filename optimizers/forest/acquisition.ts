/**
 * The acquisition of smac: log expected improvement, plus the log probability that the trial does not fail.
 *
 * The incumbent is the least mean at any observed point: of noisy values the least is the luckiest. Pending trials
 * count as well, at their means: to do as well once more is no improvement.
 */
import { type Acquisition, penalisedLogSuccess } from '../surrogate/acquisition.js'
import type { Point } from '../surrogate/encoding.js'
import { logExpectedImprovement } from '../surrogate/expected-improvement.js'
import { type Forest, type Prediction, predict, withPending } from './forest.js'
import type { SmacState } from './state.js'

/** In the units of the warped values: where all trees agree, something is unknown still. */
const LEAST_VARIANCE = 1e-8
/** No trial is surer to fail: there is always a difference between two points. */
const SUREST_FAILURE = 0.999

export function acquisitionOf({ history, models }: SmacState, pending: readonly Point[]): Acquisition {
  const { forest: known, observed } = models.value()
  const best = Math.min(leastMean(observed), leastMean(predict(known, pending)))
  const forest = withPending(known, pending)
  const failure = history.succeeded.length < history.results.length ? models.failure().forest : undefined
  return {
    at(points) {
      const improvements = predict(forest, points).map(({ mean, variance }) =>
        logExpectedImprovement(best, mean, Math.max(LEAST_VARIANCE, variance)),
      )
      const successes = failure && logSuccess(failure, points)
      return improvements.map((improvement, i) => improvement + (successes?.[i] ?? 0))
    },
  }
}

/** Infinite where there is none. */
function leastMean(predictions: readonly Prediction[]): number {
  return predictions.reduce((least, { mean }) => Math.min(least, mean), Number.POSITIVE_INFINITY)
}

/** log P(success), penalised where failure is the more likely. */
function logSuccess(failure: Forest, points: readonly Point[]): number[] {
  return predict(failure, points).map(({ mean }) => {
    const chance = Math.min(SUREST_FAILURE, (1 + mean) / 2)
    return penalisedLogSuccess(Math.log1p(-chance))
  })
}
