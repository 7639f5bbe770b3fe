/**
 * How much a configuration promises: the logarithm of its expected improvement, times its chance to run at all.
 *
 * The improvement is on the best mean at any observed point: where observations are noisy, the best observed value is
 * the luckiest one.
 */
import { normalCdf, normalLogCdf, normalLogPdf } from '../math/normal.js'
import type { Point } from './encoding.js'
import type { History } from './history.js'
import { logH, logHSlope, logImprovement } from './improvement.js'
import {
  type Expected,
  expectMany,
  expectWithSlopes,
  type Model,
  meanAtObserved,
  modelOf,
  withPending,
} from './model.js'

export interface Merit {
  readonly worth: Model
  readonly of: (points: readonly Point[]) => number[]
  /** Its value, and its slopes in the columns of the point. */
  readonly withSlopes: (columns: Float64Array, slopes: Float64Array) => number
}

export function meritOf(history: History, pending: readonly Point[]): Merit {
  const known = modelOf(history, 'worth')
  const best = bestMean(known)
  const worth = withPending(known, pending)
  const failure = history.told.length < history.results.length ? modelOf(history, 'failure') : undefined
  return {
    worth,
    of(points) {
      const gains = expectMany(worth, points).map(({ mean, variance }) =>
        logImprovement(best, mean, variance),
      )
      if (!failure) return gains
      return expectMany(failure, points).map((expected, i) => gains[i]! + logChance(failure, expected))
    },
    withSlopes(columns, slopes) {
      const parts = { mean: new Float64Array(columns.length), variance: new Float64Array(columns.length) }
      const { mean, variance } = expectWithSlopes(worth, columns, parts)
      const sd = Math.sqrt(variance)
      const z = (best - mean) / sd
      const steep = logHSlope(z)
      // log σ + log h(z): σ' = v'/2σ, z' = −(μ' + z·σ')/σ.
      for (let c = 0; c < columns.length; c++) {
        const ofSd = parts.variance[c]! / (2 * sd)
        slopes[c] = (ofSd - steep * (parts.mean[c]! + z * ofSd)) / sd
      }
      const gain = Math.log(sd) + logH(z)
      return failure ? gain + addChance(failure, columns, parts, slopes) : gain
    },
  }
}

/** Infinity where nothing was observed. */
export function bestMean(model: Model): number {
  let best = model.count === 0 ? 0 : Number.POSITIVE_INFINITY
  for (let i = 0; i < model.count; i++) best = Math.min(best, meanAtObserved(model, i))
  return best
}

export function chanceToRun(failure: Model, expected: Expected): number {
  return normalCdf(-expected.mean / spread(failure, expected))
}

function logChance(failure: Model, expected: Expected): number {
  return normalLogCdf(-expected.mean / spread(failure, expected))
}

function addChance(
  failure: Model,
  columns: Float64Array,
  parts: { mean: Float64Array; variance: Float64Array },
  slopes: Float64Array,
): number {
  const expected = expectWithSlopes(failure, columns, parts)
  const sd = spread(failure, expected)
  const z = -expected.mean / sd
  const log = normalLogCdf(z)
  const steep = Math.exp(normalLogPdf(z) - log)
  for (let c = 0; c < columns.length; c++) {
    slopes[c]! -= (steep * (parts.mean[c]! + (z * parts.variance[c]!) / (2 * sd))) / sd
  }
  return log
}

/** The label of one trial scatters by the noise on top. */
function spread({ kernel }: Model, { variance }: Expected): number {
  return Math.sqrt(variance + kernel.noise)
}
