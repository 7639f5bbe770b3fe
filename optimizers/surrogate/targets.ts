/** What models learn from a history: the warped objective, and whether a trial fails. */
import { startSize } from './encoding.js'
import type { History, Result } from './history.js'
import { type Warp, warpOf, warpSlope, warpValue } from './warp.js'

/**
 * The trials that a model learns from, by their index in the history, and a number for each of the first so many of
 * them.
 */
export interface Target {
  readonly indices: readonly number[]
  valuesOf(count: number): TargetValues
  /**
   * Variances of the values at these indices beside the noise of a measurement, in the units of a warp: those of
   * forecasts. Absent where every value was measured.
   */
  noiseVariancesOf?(indices: readonly number[], warp: Warp): Float64Array
}

export interface TargetValues {
  readonly values: Float64Array
  /** Undefined where values are not warped. */
  readonly warp?: Warp
}

/** The objective, warped. */
export function valueTarget({ succeeded, results, encoding }: History): Target {
  return {
    indices: succeeded,
    valuesOf(count) {
      const raw = unwarpedValues(succeeded.slice(0, count).map((index) => results[index]!))
      const warp = warpOf(raw, startSize(encoding))
      return { values: Float64Array.from(raw, (value) => warpValue(warp, value)), warp }
    },
    noiseVariancesOf: (indices, warp) =>
      Float64Array.from(indices, (index) => forecastVariance(results[index]!, warp)),
  }
}

/** 1 for a failure, −1 for all else: least-squares classification, Rasmussen & Williams (2006), §6.5. */
export function failureTarget({ results, succeeded }: History): Target {
  const labels = new Float64Array(results.length).fill(1)
  for (const index of succeeded) labels[index] = -1
  return {
    indices: [...results.keys()],
    valuesOf: (count) => ({ values: labels.slice(0, count) }),
  }
}

/** A forecast of this variance says nothing any more. */
const LARGEST_VARIANCE = 1e6

/** The variance of a forecast after the warp: by the slope of the warp at the forecast's mean. */
function forecastVariance(result: Result, warp: Warp): number {
  if (result.kind !== 'pruned' || result.sd === undefined) return 0
  return Math.min(LARGEST_VARIANCE, (result.sd * warpSlope(warp, result.value)) ** 2)
}

/**
 * A pruned trial without a forecast counts as no better than the median: the pruning rule found it worse than others.
 */
function unwarpedValues(results: readonly Result[]): number[] {
  const complete = results.flatMap((result) => (result.kind === 'complete' ? [result.value] : []))
  const median = complete.sort((a, b) => a - b)[complete.length >> 1] ?? 0
  return results.map((result) => {
    if (result.kind === 'complete' || (result.kind === 'pruned' && result.sd !== undefined))
      return result.value
    return result.kind === 'failed' || Number.isNaN(result.value) ? median : Math.max(median, result.value)
  })
}
