/** The posterior of a model at a point: Rasmussen & Williams (2006), eq. 2.25 and 2.26, and their gradients. */
import { dot } from '../math/vectors.js'
import type { Point } from '../surrogate/encoding.js'
import { type Kernel, kernelSlope, priorVariance, squaredDistance } from './kernel.js'
import { earlierRows, type Model, rowCovariances } from './model.js'
import { solveLower, solveLowerFour, solveUpper } from './triangle.js'

/** In the units of the model's values, and without the noise of an observation. */
export interface Posterior {
  readonly mean: number
  readonly variance: number
}

const LEAST_VARIANCE = 1e-12

/**
 * The posterior mean at the i-th observation: K·α = y − σᵢ²·α, σᵢ² the noise and the observation's own noise
 * variance.
 */
export function meanAtObserved(model: Model, i: number): number {
  const { values, kernel, noiseVariances, alpha } = model
  return values[i]! - (kernel.noise + noiseVariances[i]!) * alpha[earlierRows(model) + i]!
}

/** The model's observations, by posterior mean, least first. */
export function rankedByMean(model: Model): number[] {
  const means = Float64Array.from({ length: model.count }, (_, i) => meanAtObserved(model, i))
  return [...means.keys()].sort((a, b) => means[a]! - means[b]! || a - b)
}

export function posteriorAt(model: Model, at: Float64Array): Posterior {
  const { kernel, triangle, alpha } = model
  const k = new Float64Array(triangle.size)
  rowCovariances(model, triangle.size - earlierRows(model), at, k)
  const mean = dot(alpha, k, alpha.length)
  solveLower(triangle, k, k)
  return { mean, variance: Math.max(LEAST_VARIANCE, priorVariance(kernel) - dot(k, k, triangle.size)) }
}

/** Four points at a time share one pass through the factor. */
export function posteriorAtMany(model: Model, points: readonly Point[]): Posterior[] {
  const { kernel, triangle, alpha } = model
  const { size } = triangle
  const own = size - earlierRows(model)
  const four = new Float64Array(4 * size)
  return points.flatMap((_, first) => {
    if (first % 4 !== 0) return []
    const group = points.slice(first, first + 4)
    group.forEach(({ columns }, lane) => {
      rowCovariances(model, own, columns, four, lane, 4)
    })
    const means = group.map((_, lane) => {
      let sum = 0
      for (let i = 0; i < alpha.length; i++) sum += alpha[i]! * four[4 * i + lane]!
      return sum
    })
    solveLowerFour(triangle, four)
    return means.map((mean, lane) => {
      let explained = 0
      for (let i = lane; i < 4 * size; i += 4) explained += four[i]! * four[i]!
      return { mean, variance: Math.max(LEAST_VARIANCE, priorVariance(kernel) - explained) }
    })
  })
}

/** The derivatives of mean and variance in each column of the point; 0 in columns of names. */
export interface PosteriorGradient {
  readonly mean: Float64Array
  readonly variance: Float64Array
}

export function posteriorWithGradient(
  model: Model,
  at: Float64Array,
  gradient: PosteriorGradient,
): Posterior {
  const { kernel, rows, earlier, triangle, alpha } = model
  const { size } = triangle
  const before = earlierRows(model)
  const k = new Float64Array(size)
  rowCovariances(model, size - before, at, k)
  const mean = dot(alpha, k, alpha.length)
  solveLower(triangle, k, k)
  const variance = Math.max(LEAST_VARIANCE, priorVariance(kernel) - dot(k, k, size))
  solveUpper(triangle, k, k)
  gradient.mean.fill(0)
  gradient.variance.fill(0)
  const add = (part: Kernel, factor: number, points: Float64Array, count: number, from: number) => {
    for (let i = 0; i < count; i++) {
      const slope = factor * kernelSlope(part, squaredDistance(part, points, i, at))
      const row = from + i
      const [inMean, inVariance] = [row < alpha.length ? alpha[row]! * slope : 0, -2 * k[row]! * slope]
      for (let c = 0; c < part.metric; c++) {
        const towards = part.weights[c]! * (points[i * at.length + c]! - at[c]!)
        gradient.mean[c]! += inMean * towards
        gradient.variance[c]! += inVariance * towards
      }
    }
  }
  add(kernel, 1, rows, size - before, before)
  let from = 0
  for (const [j, theirs] of earlier.entries()) {
    const { weight } = kernel.earlier[j]!
    add(theirs.kernel, weight, theirs.rows, theirs.count, from)
    add(theirs.kernel, weight * weight, rows, size - before, before)
    from += theirs.count
  }
  return { mean, variance }
}
