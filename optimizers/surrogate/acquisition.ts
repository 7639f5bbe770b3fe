/** What a model-based optimizer makes as large as it can, and how a probability of failure enters it. */
import type { Point } from './encoding.js'

export interface Acquisition {
  at(points: readonly Point[]): number[]
}

export interface SmoothAcquisition extends Acquisition {
  /** Up to a constant; the derivatives in the metric columns are put into `gradient`. */
  withGradient(columns: Float64Array, gradient: Float64Array): number
}

/**
 * A factor on the part of log P(success) below log ½: what more likely fails than not has next to no value, or a
 * search at the border of what fails would cross it again and again.
 */
const FAILURE_PENALTY = 20

/** log P(success), with the penalty where failure is the more likely. */
export function penalisedLogSuccess(logSuccess: number): number {
  return logSuccess + FAILURE_PENALTY * Math.min(0, logSuccess + Math.LN2)
}

/** Its derivative in log P(success). */
export function penaltySlope(logSuccess: number): number {
  return logSuccess < -Math.LN2 ? 1 + FAILURE_PENALTY : 1
}
