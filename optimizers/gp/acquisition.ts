/**
 * The acquisition of gp: log expected improvement, plus the log probability that the trial does not fail, plus the
 * prior's term where beliefs were given.
 *
 * The incumbent is the least posterior mean at any observed point: of noisy values the least is the luckiest. Pending
 * trials count as well, at their posterior means: to do as well once more is no improvement.
 */
import { normalLogCdf, normalLogPdf } from '../math/normal.js'
import { penalisedLogSuccess, penaltySlope, type SmoothAcquisition } from '../surrogate/acquisition.js'
import { priorTerm } from '../surrogate/beliefs.js'
import type { Point } from '../surrogate/encoding.js'
import { logExpectedImprovement, logH, logHSlope } from '../surrogate/expected-improvement.js'
import { type Model, withPending } from './model.js'
import {
  meanAtObserved,
  type Posterior,
  type PosteriorGradient,
  posteriorAtMany,
  posteriorWithGradient,
} from './posterior.js'
import type { GpState } from './state.js'

export interface GpAcquisition extends SmoothAcquisition {
  /** The model of the objective, pending trials included. */
  readonly model: Model
}

/**
 * An improvement must be larger than `margin` standard deviations of the noise. `known` is the model of the
 * objective.
 */
export function acquisitionOf(
  { history, models, prior }: GpState,
  pending: readonly Point[],
  margin: number,
  known: Model = models.value(),
): GpAcquisition {
  const pendingMeans = posteriorAtMany(known, pending).map(({ mean }) => mean)
  const best = Math.min(leastMean(known), ...pendingMeans) - margin * Math.sqrt(known.kernel.noise)
  const model = withPending(known, pending)
  const failure = history.succeeded.length < history.results.length ? models.failure() : undefined
  const belief = prior && priorTerm(prior, history, known.values)
  return {
    model,
    at(points) {
      const improvements = posteriorAtMany(model, points).map(({ mean, variance }) =>
        logExpectedImprovement(best, mean, variance),
      )
      const successes = failure && posteriorAtMany(failure, points).map((posterior) => logSuccess(posterior))
      return points.map(({ unit }, i) => improvements[i]! + (successes?.[i] ?? 0) + (belief?.at(unit) ?? 0))
    },
    withGradient(columns, gradient) {
      const parts = { mean: new Float64Array(columns.length), variance: new Float64Array(columns.length) }
      const gain = improvementWithGradient(model, best, columns, parts, gradient)
      const success = failure ? addLogSuccess(failure, columns, parts, gradient) : 0
      return gain + success + (belief?.addGradient(columns, gradient) ?? 0)
    },
  }
}

function improvementWithGradient(
  model: Model,
  best: number,
  columns: Float64Array,
  parts: PosteriorGradient,
  gradient: Float64Array,
): number {
  const { mean, variance } = posteriorWithGradient(model, columns, parts)
  const sd = Math.sqrt(variance)
  const z = (best - mean) / sd
  const steep = logHSlope(z)
  // log σ + log h(z): σ' = v'/2σ, z' = −(μ' + z·σ')/σ.
  for (let c = 0; c < columns.length; c++) {
    const ofSd = parts.variance[c]! / (2 * sd)
    gradient[c] = (ofSd - steep * (parts.mean[c]! + z * ofSd)) / sd
  }
  return Math.log(sd) + logH(z)
}

/** 0 where nothing was observed. */
function leastMean(model: Model): number {
  let least = model.count === 0 ? 0 : Number.POSITIVE_INFINITY
  for (let i = 0; i < model.count; i++) least = Math.min(least, meanAtObserved(model, i))
  return least
}

/** log P(success) of a posterior of the failure labels, penalised where failure is the more likely. */
function logSuccess(posterior: Posterior): number {
  return penalisedLogSuccess(normalLogCdf(-posterior.mean / sdWithoutNoise(posterior)))
}

function addLogSuccess(
  failure: Model,
  columns: Float64Array,
  parts: PosteriorGradient,
  gradient: Float64Array,
): number {
  const posterior = posteriorWithGradient(failure, columns, parts)
  const sd = sdWithoutNoise(posterior)
  const z = -posterior.mean / sd
  const log = normalLogCdf(z)
  const steep = Math.exp(normalLogPdf(z) - log) * penaltySlope(log)
  for (let c = 0; c < columns.length; c++) {
    gradient[c]! -= (steep * (parts.mean[c]! + (z * parts.variance[c]!) / (2 * sd))) / sd
  }
  return penalisedLogSuccess(log)
}

/** The noise of the labels is left out: it stands for the step at the border, which no smooth function follows. */
function sdWithoutNoise({ variance }: Posterior): number {
  return Math.sqrt(variance)
}
