/** The prior: a kernel in the middle of the range and as wide as it, which is nearly uniform. Every density has it. */
import { logNormalCdfDifference } from '../math/normal.js'
import { massInside } from './truncated.js'

export const PRIOR = { centre: 0.5, bandwidth: 1 }

const LOG_INSIDE = Math.log(massInside(PRIOR.centre, PRIOR.bandwidth))
const LOG_PEAK = -0.5 * Math.log(2 * Math.PI) - LOG_INSIDE

/** log of its density at a point of the unit interval. */
export function logPriorAt(unit: number): number {
  return LOG_PEAK - 0.5 * (unit - PRIOR.centre) ** 2
}

/** log of its mass in a cell. */
export function logPriorIn(low: number, high: number): number {
  return logNormalCdfDifference(low - PRIOR.centre, high - PRIOR.centre) - LOG_INSIDE
}
