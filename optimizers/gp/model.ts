/**
 * What the observations so far say of every configuration: a Gaussian process, Rasmussen & Williams (2006), algorithm 2.1.
 *
 * Hyperparameters are fitted at certain counts of observations, to those alone; in between the factor grows by rows.
 * Both are functions of the history: they are kept beside it, and are not part of a snapshot.
 */
import type { Encoding, Point } from './encoding.js'
import { guess, mostLikely } from './fit.js'
import type { History } from './history.js'
import {
  covariances,
  fall,
  type Hyperparameters,
  type Kernel,
  kernelOf,
  squaredDistance,
  varianceOf,
} from './kernel.js'
import { failureTarget, type Target, worthTarget } from './targets.js'
import {
  appendRow,
  emptyTriangle,
  solveLower,
  solveLowerFour,
  solveUpper,
  type Triangle,
} from './triangle.js'
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
  readonly values: Float64Array
  /** (K + σ²I)⁻¹ of the values. */
  readonly alpha: Float64Array
}

/** At a point, as the model sees values, and without the noise of an observation. */
export interface Expected {
  readonly mean: number
  readonly variance: number
}

type What = 'worth' | 'failure'

const targets: Readonly<Record<What, (history: History) => Target>> = {
  worth: worthTarget,
  failure: failureTarget,
}

/** Every observation at first, then whenever there is a sixteenth more. */
const FIRST = 4
const SHARE = 16
const LEAST_VARIANCE = 1e-12

const kept = { worth: new WeakMap<History, Kept>(), failure: new WeakMap<History, Kept>() }

interface Kept {
  readonly model: Model
  readonly fitted: number
}

export function modelOf(history: History, what: What): Model {
  const target = targets[what](history)
  const held = kept[what].get(history)
  const count = target.places.length
  if (held?.model.count === count) return held.model
  const fitted = fittedAt(count)
  const before = held?.fitted === fitted ? held.model : begin(history, target, fitted)
  const model = conditioned(
    grown(
      before,
      target.places.slice(before.triangle.size).map((p) => history.points[p]!),
    ),
    target,
  )
  kept[what].set(history, { model, fitted })
  return model
}

/** The largest count, up to this one, at which hyperparameters are fitted. */
export function fittedAt(count: number): number {
  if (count < FIRST) return 0
  let at = FIRST
  for (let next = at; next <= count; next += Math.max(1, Math.floor(next / SHARE))) at = next
  return at
}

/** The model with points behind it whose values are not known: what they say is taken to be what is expected. */
export function withPending(model: Model, pending: readonly Point[]): Model {
  return pending.length === 0 ? model : grown(model, pending)
}

function begin({ encoding, points }: History, { places, valuesOf }: Target, count: number): Model {
  const first = places.slice(0, count).map((place) => points[place]!)
  const rows = new Float64Array(count * encoding.scales.length)
  first.forEach(({ columns }, i) => {
    rows.set(columns, i * columns.length)
  })
  const { values } = valuesOf(count)
  const hyper = count === 0 ? guess(encoding) : mostLikely(encoding, { count, rows, values })
  return grown(unconditioned(encoding, hyper), first)
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
    alpha: none,
  }
}

/** With hyperparameters that are given, on values as they are. */
export function modelWith(
  encoding: Encoding,
  hyper: Hyperparameters,
  points: readonly Point[],
  values: Float64Array,
): Model {
  const places = [...points.keys()]
  const target: Target = { places, valuesOf: () => ({ values }) }
  return conditioned(grown(unconditioned(encoding, hyper), points), target)
}

/** With a row more in the factor for each of these. */
function grown(model: Model, points: readonly Point[]): Model {
  const { kernel, triangle } = model
  const columns = kernel.weights.length
  const size = triangle.size + points.length
  const rows = new Float64Array(size * columns)
  rows.set(model.rows)
  const packed = new Float64Array((size * (size + 1)) / 2)
  packed.set(triangle.packed)
  const larger: Triangle = { size: triangle.size, packed }
  const k = new Float64Array(size)
  for (const { columns: at } of points) {
    covariances(kernel, rows, larger.size, at, k)
    rows.set(at, larger.size * columns)
    appendRow(larger, k, varianceOf(kernel) + kernel.noise)
  }
  return { ...model, rows, triangle: larger }
}

/** On the values of all rows. */
function conditioned(model: Model, { valuesOf }: Target): Model {
  const { triangle } = model
  const { values, warp } = valuesOf(triangle.size)
  const alpha = new Float64Array(triangle.size)
  solveLower(triangle, values, alpha)
  solveUpper(triangle, alpha, alpha)
  return { ...model, count: triangle.size, values, alpha, ...(warp && { warp }) }
}

/** The mean at the i-th observation: K·α = y − σ²·α. */
export function meanAtObserved({ values, kernel, alpha }: Model, i: number): number {
  return values[i]! - kernel.noise * alpha[i]!
}

export function expectAt(model: Model, at: Float64Array): Expected {
  const { kernel, rows, triangle, count, alpha } = model
  const k = new Float64Array(triangle.size)
  covariances(kernel, rows, triangle.size, at, k)
  const mean = dot(alpha, k, count)
  solveLower(triangle, k, k)
  return { mean, variance: Math.max(LEAST_VARIANCE, varianceOf(kernel) - dot(k, k, triangle.size)) }
}

/** Many points: four at a time, which shares the way through the factor. */
export function expectMany(model: Model, points: readonly Point[]): Expected[] {
  const { kernel, rows, triangle, count, alpha } = model
  const { size } = triangle
  const four = new Float64Array(4 * size)
  return points.flatMap((_, first) => {
    if (first % 4 !== 0) return []
    const group = points.slice(first, first + 4)
    group.forEach(({ columns }, lane) => {
      covariances(kernel, rows, size, columns, four, lane, 4)
    })
    const means = group.map((_, lane) => {
      let sum = 0
      for (let i = 0; i < count; i++) sum += alpha[i]! * four[4 * i + lane]!
      return sum
    })
    solveLowerFour(triangle, four)
    return means.map((mean, lane) => {
      let explained = 0
      for (let i = lane; i < 4 * size; i += 4) explained += four[i]! * four[i]!
      return { mean, variance: Math.max(LEAST_VARIANCE, varianceOf(kernel) - explained) }
    })
  })
}

/** How mean and variance change with each column of the point. */
export interface Slopes {
  readonly mean: Float64Array
  readonly variance: Float64Array
}

export function expectWithSlopes(model: Model, at: Float64Array, slopes: Slopes): Expected {
  const { kernel, rows, triangle, count, alpha } = model
  const { size } = triangle
  const k = new Float64Array(size)
  covariances(kernel, rows, size, at, k)
  const mean = dot(alpha, k, count)
  solveLower(triangle, k, k)
  const variance = Math.max(LEAST_VARIANCE, varianceOf(kernel) - dot(k, k, size))
  solveUpper(triangle, k, k)
  slopes.mean.fill(0)
  slopes.variance.fill(0)
  for (let i = 0; i < size; i++) {
    const falling = fall(kernel, squaredDistance(kernel, rows, i, at))
    const [inMean, inVariance] = [i < count ? alpha[i]! * falling : 0, -2 * k[i]! * falling]
    for (let c = 0; c < kernel.metric; c++) {
      const towards = kernel.weights[c]! * (rows[i * at.length + c]! - at[c]!)
      slopes.mean[c]! += inMean * towards
      slopes.variance[c]! += inVariance * towards
    }
  }
  return { mean, variance }
}

function dot(a: Float64Array, b: Float64Array, length: number): number {
  let sum = 0
  for (let i = 0; i < length; i++) sum += a[i]! * b[i]!
  return sum
}
