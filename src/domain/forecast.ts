/**
 * What a trial will end with, from what it says on its way: the finished trials tell how far it is from there to the end.
 *
 * Bayesian linear regression of the final value on the value at the same step, over those that stood nearest there: what is
 * left to gain depends on how high a trial stands, and one that diverges says little of those that nearly win. The slope is
 * taken for about 1 until they say otherwise, and the predictive variance is that of Student's t (Gelman et al. 2013,
 * Bayesian Data Analysis, §14.2 and §14.8): of few trials it is wide.
 */
import type { Forecast } from '../../optimizers/contract.js'
import { normalCdf } from '../../optimizers/math/normal.js'

/**
 * What a trial reported at some step, and what it ended with. One that was stopped later on counts too, as what was forecast of
 * it by then: those that are let run to their end are a choice, made by how well they did, and would promise too much.
 */
export interface Finished {
  readonly reported: number
  readonly final: number
  /** Of a forecast. */
  readonly sd?: number
}

/** What is known of a trial that was stopped: its last step, and what it would have ended with. */
export interface Foreseen {
  readonly step: number
  readonly forecast?: Forecast
}

/** Two of them go into the line, and the variance of Student's t needs more than two that are left. */
export const FEWEST = 5
/** So many stand near, or this share of them all. */
const NEAR = { least: 20, share: 0.25 }
/** How far from 1 the slope is expected to be. */
const SLOPE_SD = 0.5

/** Undefined where too few have finished, or where they lie so far apart that nothing can be computed. */
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

/** How likely it is to end at this value or below. */
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
