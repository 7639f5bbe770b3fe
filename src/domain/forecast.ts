/**
 * Forecasts a trial's final value from an intermediate value, by the finished trials' values at the same step.
 *
 * The model is a Bayesian linear regression of the final value on the value at that step. It uses only the nearest
 * trials, because the remaining gain depends on the value, and diverging trials say little about good ones. The prior
 * of the slope has mean 1. The predictive variance is that of Student's t (Gelman et al. 2013, Bayesian Data Analysis,
 * §14.2 and §14.8), so it is wide for few trials.
 */
import type { Forecast } from '../../optimizers/contract.js'
import { normalCdf } from '../../optimizers/math/normal.js'

/**
 * A trial's value at some step, and its final value. A trial that was pruned later counts with the forecast of its
 * final value: the trials that ran to their end were selected for being good, so they alone would make forecasts too
 * optimistic.
 */
export interface Finished {
  readonly reported: number
  readonly final: number
  /** The standard deviation of `final` where it is a forecast. */
  readonly sd?: number
}

/** What is stored of a pruned trial: its last step, and the forecast of its final value. */
export interface Foreseen {
  readonly step: number
  readonly forecast?: Forecast
}

/** The line uses two degrees of freedom, and the variance of Student's t is finite only with more than two left. */
export const FEWEST = 5
/** The nearest trials: this share of all, but at least this many. */
const NEAR = { least: 20, share: 0.25 }
/** The prior standard deviation of the slope around 1. */
const SLOPE_SD = 0.5

/** Undefined with too few finished trials, or where the values are so far apart that the result is not finite. */
export function forecast(finished: readonly Finished[], reported: number): Forecast | undefined {
  const near = nearestTrials(finished, reported)
  const n = near.length
  if (n < FEWEST) return undefined
  const from = near.map((trial) => trial.reported)
  const gained = near.map((trial) => trial.final - trial.reported)
  const [centre, gain] = [mean(from), mean(gained)]
  const away = reported - centre
  const x = from.map((value) => value - centre)
  const y = gained.map((value) => value - gain)
  const [sxx, sxy] = [dot(x, x), dot(x, y)]
  const unsure = mean(near.map(({ sd = 0 }) => sd ** 2))
  const varianceOf = (slope: number) =>
    mean(y.map((value, i) => (value - slope * x[i]!) ** 2)) * (n / (n - 2)) + unsure
  // The regression is on the gain, whose slope is that of the final value minus 1, so its prior has mean 0.
  const weight = SLOPE_SD ** 2 * sxx
  const rough = varianceOf(sxx > 0 ? sxy / sxx : 0)
  const slope = weight > 0 ? (SLOPE_SD ** 2 * sxy) / (weight + rough) : 0
  const variance = varianceOf(slope)
  const ofSlope = weight > 0 ? (SLOPE_SD ** 2 * variance) / (weight + variance) : SLOPE_SD ** 2
  const expected = reported + gain + slope * away
  const sd = Math.sqrt((variance * (1 + 1 / n) + away ** 2 * ofSlope) * ((n - 2) / (n - 4)))
  return Number.isFinite(expected) && Number.isFinite(sd) ? { mean: expected, sd } : undefined
}

/** The probability that the final value is at or below `value`. */
export function normalChanceBelow({ mean: expected, sd }: Forecast, value: number): number {
  return sd > 0 ? normalCdf((value - expected) / sd) : Number(expected <= value)
}

function nearestTrials(finished: readonly Finished[], reported: number): Finished[] {
  const away = (trial: Finished) => Math.abs(trial.reported - reported)
  const wanted = Math.max(NEAR.least, Math.ceil(NEAR.share * finished.length))
  return [...finished].sort((a, b) => away(a) - away(b)).slice(0, wanted)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}
