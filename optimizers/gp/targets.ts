/** What the two models learn from a history: what trials are worth, and whether they fail. */
import type { History, Result } from './history.js'
import { startSize } from './start.js'
import { steepness, type Warp, warped, warpOf } from './warp.js'

/** Trials by their place in the history, and for the first so many of them a number each. */
export interface Target {
  readonly places: readonly number[]
  /** So many of them at most are fitted to. */
  readonly most: number
  valuesOf(count: number): Values
  /** What is not known of the values at these places, as variances in the units of a warp; absent: all of them are known. */
  doubtsOf?(places: readonly number[], warp: Warp): Float64Array
}

export interface Values {
  readonly values: Float64Array
  /** Undefined: they are as they were observed. */
  readonly warp?: Warp
}

/** Where a model of fewer would be another: a third of three hundred left out cost it tens of units of log likelihood. */
export const MOST = { value: 300, failure: 150 }

export function valueTarget({ told, results, encoding }: History): Target {
  return {
    places: told,
    most: MOST.value,
    valuesOf(count) {
      const raw = worths(told.slice(0, count).map((place) => results[place]!))
      const warp = warpOf(raw, startSize(encoding.space))
      return { values: Float64Array.from(raw, (value) => warped(warp, value)), warp }
    },
    doubtsOf: (places, warp) => Float64Array.from(places, (place) => doubtOf(results[place]!, warp)),
  }
}

/** 1 for a failure, −1 for all else: least-squares classification, Rasmussen & Williams (2006), §6.5. */
export function failureTarget({ results }: History): Target {
  return {
    places: [...results.keys()],
    most: MOST.failure,
    valuesOf: (count) => ({
      values: Float64Array.from(results.slice(0, count), ({ kind }) => (kind === 'failed' ? 1 : -1)),
    }),
  }
}

/** A variance beside which what was forecast says nothing any more. */
const VAGUE = 1e6

/** Of a forecast, as the warp has it where the forecast lies. */
function doubtOf(result: Result, warp: Warp): number {
  if (result.kind !== 'pruned' || result.sd === undefined) return 0
  return Math.min(VAGUE, (result.sd * steepness(warp, result.value)) ** 2)
}

/** Where nothing was forecast, the pruner found the trial worse than the middle of the others, whatever its last value says. */
function worths(results: readonly Result[]): number[] {
  const complete = results.flatMap((result) => (result.kind === 'complete' ? [result.value] : []))
  const median = complete.sort((a, b) => a - b)[complete.length >> 1] ?? 0
  return results.map((result) => {
    if (result.kind === 'complete' || (result.kind === 'pruned' && result.sd !== undefined))
      return result.value
    return result.kind === 'failed' || Number.isNaN(result.value) ? median : Math.max(median, result.value)
  })
}
