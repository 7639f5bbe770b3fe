/**
 * What the observations so far say of every configuration: a Gaussian process, Rasmussen & Williams (2006), algorithm 2.1.
 *
 * Hyperparameters are fitted at certain counts of observations, to those alone; in between the factor grows by rows.
 * Both follow from the history: the run keeps them beside it, and they are not part of a snapshot.
 */
import type { Encoding, Point } from './encoding.js'
import { guess, mostLikely } from './fit.js'
import type { History } from './history.js'
import { covariances, type Hyperparameters, type Kernel, kernelOf, varianceOf } from './kernel.js'
import { failureTarget, type Target, valueTarget } from './targets.js'
import { appendRow, emptyTriangle, solveLower, solveUpper, type Triangle } from './triangle.js'
import type { Warp } from './warp.js'

export interface Model {
  /** Observations; the factor may have rows of pending points behind them. */
  readonly count: number
  readonly hyper: Hyperparameters
  readonly kernel: Kernel
  /** The columns of each point, one behind the other. */
  readonly rows: Float64Array
  readonly triangle: Triangle
  /** What values are as they were observed, where they are not seen as they are. */
  readonly warp?: Warp
  /** What values were seen as when the hyperparameters were fitted: variances are in its units. */
  readonly fittedWarp?: Warp
  readonly values: Float64Array
  /** Of each row, the variance of its value beside the noise: what is not known of a forecast. */
  readonly doubts: Float64Array
  /** (K + σ²I + doubts)⁻¹ of the values. */
  readonly alpha: Float64Array
}

/** Every observation at first, then whenever there is a sixteenth more. */
const FIRST = 4
const SHARE = 16
/** A fit to fewer begins from nowhere; one to more where that to the first two thirds of them ended. */
const SMALL = 40
const BEFORE = 2 / 3

/** The models of a run. Each is made when it is asked for, and kept until more was observed. The run owns them. */
export interface Models {
  value(): Model
  failure(): Model
}

export function openModels(history: History): Models {
  return { value: keptModel(history, valueTarget), failure: keptModel(history, failureTarget) }
}

interface Kept {
  readonly model: Model
  /** The count of observations at which its hyperparameters were fitted. */
  readonly fitted: number
}

function keptModel(history: History, targetOf: (history: History) => Target): () => Model {
  /** All fits that were made, by the count of observations. */
  const fits = new Map<number, Hyperparameters>()
  let kept: Kept | undefined
  return () => {
    const target = targetOf(history)
    const count = target.places.length
    if (kept?.model.count === count) return kept.model
    const fitted = fittedAt(count)
    const before = kept?.fitted === fitted ? kept.model : begin(history, target, fitted, fits)
    const more = target.places.slice(before.triangle.size)
    const doubts = before.fittedWarp && target.doubtsOf?.(more, before.fittedWarp)
    const points = more.map((place) => history.points[place]!)
    const model = conditioned(grown(before, points, doubts), target)
    kept = { model, fitted }
    return model
  }
}

/** The largest count, up to this one, at which hyperparameters are fitted. */
function fittedAt(count: number): number {
  if (count < FIRST) return 0
  let at = FIRST
  for (let next = at; next <= count; next += Math.max(1, Math.floor(next / SHARE))) at = next
  return at
}

/** The model with points behind it whose values are not known: what they say is taken to be what is expected. */
export function withPending(model: Model, pending: readonly Point[]): Model {
  return pending.length === 0 ? model : grown(model, pending)
}

function begin(history: History, target: Target, count: number, fits: Map<number, Hyperparameters>): Model {
  const { encoding } = history
  const { points, warp, data } = firstOf(history, target, count)
  const hyper = hyperparametersAt(history, target, count, fits)
  return grown({ ...unconditioned(encoding, hyper), ...(warp && { fittedWarp: warp }) }, points, data.doubts)
}

function hyperparametersAt(
  history: History,
  target: Target,
  count: number,
  fits: Map<number, Hyperparameters>,
): Hyperparameters {
  const { encoding } = history
  if (count === 0) return guess(encoding)
  const known = fits.get(count)
  if (known) return known
  const from = fittedAt(Math.floor(BEFORE * count))
  const before = count < SMALL ? undefined : hyperparametersAt(history, target, from, fits)
  const found = mostLikely(encoding, firstOf(history, target, count).data, target.most, before)
  fits.set(count, found)
  return found
}

/** The first so many observations, as a fit reads them. */
function firstOf({ encoding, points }: History, target: Target, count: number) {
  const places = target.places.slice(0, count)
  const first = places.map((place) => points[place]!)
  const rows = new Float64Array(count * encoding.scales.length)
  first.forEach(({ columns }, i) => {
    rows.set(columns, i * columns.length)
  })
  const { values, warp } = target.valuesOf(count)
  const doubts = warp && target.doubtsOf?.(places, warp)
  return { points: first, warp, data: { count, rows, values, ...(doubts && { doubts }) } }
}

/** Before anything was observed. */
function unconditioned(encoding: Encoding, hyper: Hyperparameters): Model {
  const none = new Float64Array(0)
  return {
    count: 0,
    hyper,
    kernel: kernelOf(encoding, hyper),
    rows: none,
    triangle: emptyTriangle(0),
    values: none,
    doubts: none,
    alpha: none,
  }
}

/** With hyperparameters that are given, on values as they are. */
export function modelWith(
  encoding: Encoding,
  hyper: Hyperparameters,
  points: readonly Point[],
  values: Float64Array,
  doubts?: Float64Array,
): Model {
  const places = [...points.keys()]
  const target = { places, valuesOf: () => ({ values }) }
  return conditioned(grown(unconditioned(encoding, hyper), points, doubts), target)
}

/** With a row more in the factor for each of these. */
function grown(
  model: Model,
  points: readonly Point[],
  doubts: Float64Array = new Float64Array(points.length),
): Model {
  const { kernel, triangle } = model
  const columns = kernel.weights.length
  const size = triangle.size + points.length
  const rows = new Float64Array(size * columns)
  rows.set(model.rows)
  const packed = new Float64Array((size * (size + 1)) / 2)
  packed.set(triangle.packed)
  const larger: Triangle = { size: triangle.size, packed }
  const k = new Float64Array(size)
  for (const [i, { columns: at }] of points.entries()) {
    covariances(kernel, rows, larger.size, at, k)
    rows.set(at, larger.size * columns)
    appendRow(larger, k, varianceOf(kernel) + kernel.noise + doubts[i]!)
  }
  const doubted = new Float64Array(size)
  doubted.set(model.doubts)
  doubted.set(doubts, triangle.size)
  return { ...model, rows, doubts: doubted, triangle: larger }
}

/** On the values of all rows. */
function conditioned(model: Model, { valuesOf }: Pick<Target, 'valuesOf'>): Model {
  const { triangle } = model
  const { values, warp } = valuesOf(triangle.size)
  const alpha = new Float64Array(triangle.size)
  solveLower(triangle, values, alpha)
  solveUpper(triangle, alpha, alpha)
  return { ...model, count: triangle.size, values, alpha, ...(warp && { warp }) }
}
