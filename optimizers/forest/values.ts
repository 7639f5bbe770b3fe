/**
 * The objective as trees see it: the logarithm of the distance from the best value, standardised.
 *
 * A tree is split where most of the squared differences fall, and on a linear scale that is where bad trials differ
 * from worse ones. The warp that models share is linear near the best, because a smooth kernel learns from the shape
 * there; trees have no use for the shape, and learn more where differences near the best count more.
 */
import type { Target, TargetValues } from '../surrogate/targets.js'
import type { Warp } from '../surrogate/warp.js'

export interface LogValues {
  readonly values: Float64Array
  /** Standard deviations of the values that are forecasts, 0 of the others; absent where there is no forecast. */
  readonly noise?: Float64Array
}

/**
 * Distances well below that of the best twentieth count as none, as in SMAC3: so the resolution becomes finer as the
 * search comes nearer. Not below this share of the warp's bend, where many trials share the best value.
 */
const [BEST, NEAREST] = [0.05, 0.03]

export function logValues(target: Target, { values, warp }: TargetValues): LogValues {
  if (warp === undefined || warp.bend === 0) return { values }
  const units = values.map((value) => Math.expm1(value * warp.sd + warp.mean))
  const sorted = units.slice().sort()
  const least = sorted[0]!
  const offset = Math.max(NEAREST, quantileOf(sorted, BEST) - least)
  const logs = units.map((unit) => Math.log(unit - least + offset))
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length
  const sd = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length) || 1
  const slopes = units.map((unit) => (warp.sd * (1 + unit)) / (unit - least + offset) / sd)
  const noise = noiseOf(target, warp, slopes)
  return { values: logs.map((log) => (log - mean) / sd), ...(noise && { noise }) }
}

function quantileOf(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const low = Math.floor(at)
  return sorted[low]! + (at - low) * (sorted[Math.min(low + 1, sorted.length - 1)]! - sorted[low]!)
}

/** No forecast says less than nothing: its standard deviation is at most that of all values. */
function noiseOf(
  { indices, noiseVariancesOf }: Target,
  warp: Warp,
  slopes: Float64Array,
): Float64Array | undefined {
  const variances = noiseVariancesOf?.(indices, warp)
  return variances?.some((variance) => variance > 0)
    ? variances.map((variance, i) => Math.min(1, Math.sqrt(variance) * slopes[i]!))
    : undefined
}
