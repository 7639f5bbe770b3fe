/**
 * The forecast of a trial's final value, from what it reports on its way and from how other trials went on from the
 * same step.
 *
 * Bayesian linear regression of the final value on the value reported at the step, over the trials that stood nearest
 * there: how much is left to gain depends on how good a trial is, and a trial that diverges says little about those
 * that nearly win. The prior slope is about 1, and the predictive variance is that of Student's t (Gelman et al.
 * 2013, Bayesian Data Analysis, §14.2 and §14.8): of few trials it is wide.
 */
import type { Forecast } from '../contract.js'
import { normalCdf } from '../math/normal.js'

/**
 * What a trial reported at some step, and what it ended with. A trial that was stopped later counts too, with its
 * forecast then: the trials that run to their end were chosen by how well they did, and alone would promise too much.
 */
export interface Finished {
  readonly reported: number
  readonly final: number
  /** The standard deviation of `final`, where it is a forecast. */
  readonly sd?: number
}

/** The line has two coefficients, and the variance of Student's t needs more than two degrees of freedom. */
export const FEWEST = 5
/** The nearest trials that are used: at least so many, or this share of them all. */
const NEAR = { least: 20, share: 0.25 }
/** The prior standard deviation of the slope around 1. */
const SLOPE_SD = 0.5

/** Undefined where too few trials have finished, or where their values overflow. */
export function forecast(finished: readonly Finished[], reported: number): Forecast | undefined {
  const near = nearest(finished, reported)
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
  // The slope of what is gained is that of the final value less 1: its prior has mean 0.
  const weight = SLOPE_SD ** 2 * sxx
  const rough = varianceOf(sxx > 0 ? sxy / sxx : 0)
  const slope = weight > 0 ? (SLOPE_SD ** 2 * sxy) / (weight + rough) : 0
  const variance = varianceOf(slope)
  const ofSlope = weight > 0 ? (SLOPE_SD ** 2 * variance) / (weight + variance) : SLOPE_SD ** 2
  const expected = reported + gain + slope * away
  const sd = Math.sqrt((variance * (1 + 1 / n) + away ** 2 * ofSlope) * ((n - 2) / (n - 4)))
  return Number.isFinite(expected) && Number.isFinite(sd) ? { mean: expected, sd } : undefined
}

/** The probability that the trial ends at this value or below. */
export function chanceBelow({ mean: expected, sd }: Forecast, value: number): number {
  return sd > 0 ? normalCdf((value - expected) / sd) : Number(expected <= value)
}

function nearest(finished: readonly Finished[], reported: number): Finished[] {
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
