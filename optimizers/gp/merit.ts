/**
 * How much a configuration promises: the logarithm of its expected improvement, times its chance to run at all.
 *
 * The improvement is on the best mean at any observed point: where observations are noisy, the best observed value is
 * the luckiest one. What runs counts as well, at what is expected of it: to do as well once more is no improvement.
 */
import { normalLogCdf, normalLogPdf } from '../math/normal.js'
import { contradicted, logPriorAt, type Prior, weightAt } from './beliefs.js'
import type { Point } from './encoding.js'
import type { History } from './history.js'
import { logH, logHSlope, logImprovement } from './improvement.js'
import { type Model, withPending } from './model.js'
import { type Expected, expectMany, expectWithSlopes, meanAtObserved, type Slopes } from './posterior.js'
import type { GpState } from './state.js'

export interface Merit {
  readonly worth: Model
  readonly of: (points: readonly Point[]) => number[]
  /** Up to a constant, and with its slopes in the columns of what is continuous. */
  readonly withSlopes: (columns: Float64Array, slopes: Float64Array) => number
}

/** `margin`: how much better than the best counts as better, in standard deviations of the noise. `known`: by whose model. */
export function meritOf(
  { history, models, prior }: GpState,
  pending: readonly Point[],
  margin: number,
  known: Model = models.value(),
): Merit {
  const hoped = expectMany(known, pending).map(({ mean }) => mean)
  const best = Math.min(bestMean(known), ...hoped) - margin * Math.sqrt(known.kernel.noise)
  const worth = withPending(known, pending)
  const failure = history.told.length < history.results.length ? models.failure() : undefined
  const belief = prior && believed(prior, history, known)
  return {
    worth,
    of(points) {
      const merits = expectMany(worth, points).map(({ mean, variance }) =>
        logImprovement(best, mean, variance),
      )
      const chances = failure && expectMany(failure, points).map((expected) => logChance(expected))
      return points.map(({ unit }, i) => merits[i]! + (chances?.[i] ?? 0) + (belief?.at(unit) ?? 0))
    },
    withSlopes(columns, slopes) {
      const parts = { mean: new Float64Array(columns.length), variance: new Float64Array(columns.length) }
      const gain = improvementWithSlopes(worth, best, columns, parts, slopes)
      const chance = failure ? addChance(failure, columns, parts, slopes) : 0
      return gain + chance + (belief?.addSlopes(columns, slopes) ?? 0)
    },
  }
}

function improvementWithSlopes(
  worth: Model,
  best: number,
  columns: Float64Array,
  parts: Slopes,
  slopes: Float64Array,
): number {
  const { mean, variance } = expectWithSlopes(worth, columns, parts)
  const sd = Math.sqrt(variance)
  const z = (best - mean) / sd
  const steep = logHSlope(z)
  // log σ + log h(z): σ' = v'/2σ, z' = −(μ' + z·σ')/σ.
  for (let c = 0; c < columns.length; c++) {
    const ofSd = parts.variance[c]! / (2 * sd)
    slopes[c] = (ofSd - steep * (parts.mean[c]! + z * ofSd)) / sd
  }
  return Math.log(sd) + logH(z)
}

/** What the prior adds; undefined where it was given up. */
function believed(prior: Prior, { encoding, points, told, results }: History, { values }: Model) {
  const units = told.map((place) => points[place]!.unit)
  if (contradicted(prior, units, values)) return undefined
  const weight = weightAt(prior, results.length)
  return {
    at: (unit: Float64Array) => weight * logPriorAt(prior, unit),
    addSlopes(columns: Float64Array, slopes: Float64Array) {
      let sum = 0
      for (const [d, factor] of prior.factors.entries()) {
        const column = encoding.columnOf[d]!
        if (!factor || column < 0) continue
        sum += weight * factor.log(columns[column]!)
        slopes[column]! += weight * factor.slope(columns[column]!)
      }
      return sum
    },
  }
}

/** Infinity where nothing was observed. */
function bestMean(model: Model): number {
  let best = model.count === 0 ? 0 : Number.POSITIVE_INFINITY
  for (let i = 0; i < model.count; i++) best = Math.min(best, meanAtObserved(model, i))
  return best
}

/** What more likely fails than not is worth next to nothing: a search at a border would step over it again and again. */
const DREAD = 20

function logChance(expected: Expected): number {
  return dreaded(normalLogCdf(-expected.mean / spread(expected)))
}

function dreaded(log: number): number {
  return log + DREAD * Math.min(0, log + Math.LN2)
}

function addChance(failure: Model, columns: Float64Array, parts: Slopes, slopes: Float64Array): number {
  const expected = expectWithSlopes(failure, columns, parts)
  const sd = spread(expected)
  const z = -expected.mean / sd
  const log = normalLogCdf(z)
  const steep = Math.exp(normalLogPdf(z) - log) * (log < -Math.LN2 ? 1 + DREAD : 1)
  for (let c = 0; c < columns.length; c++) {
    slopes[c]! -= (steep * (parts.mean[c]! + (z * parts.variance[c]!) / (2 * sd))) / sd
  }
  return dreaded(log)
}

/** Of the function behind the labels: their noise is the step at the border, which no smooth function follows. */
function spread({ variance }: Expected): number {
  return Math.sqrt(variance)
}
