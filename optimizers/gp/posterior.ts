/** The posterior of a model at a point: Rasmussen & Williams (2006), eq. 2.25 and 2.26, and their gradients. */
import { dot } from '../math/vectors.js'
import type { Point } from '../surrogate/encoding.js'
import { covariances, kernelSlope, priorVariance, squaredDistance } from './kernel.js'
import type { Model } from './model.js'
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
export function meanAtObserved({ values, kernel, noiseVariances, alpha }: Model, i: number): number {
  return values[i]! - (kernel.noise + noiseVariances[i]!) * alpha[i]!
}

export function posteriorAt(model: Model, at: Float64Array): Posterior {
  const { kernel, rows, triangle, count, alpha } = model
  const k = new Float64Array(triangle.size)
  covariances(kernel, rows, triangle.size, at, k)
  const mean = dot(alpha, k, count)
  solveLower(triangle, k, k)
  return { mean, variance: Math.max(LEAST_VARIANCE, priorVariance(kernel) - dot(k, k, triangle.size)) }
}

/** Four points at a time share one pass through the factor. */
export function posteriorAtMany(model: Model, points: readonly Point[]): Posterior[] {
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
  const { kernel, rows, triangle, count, alpha } = model
  const { size } = triangle
  const k = new Float64Array(size)
  covariances(kernel, rows, size, at, k)
  const mean = dot(alpha, k, count)
  solveLower(triangle, k, k)
  const variance = Math.max(LEAST_VARIANCE, priorVariance(kernel) - dot(k, k, size))
  solveUpper(triangle, k, k)
  gradient.mean.fill(0)
  gradient.variance.fill(0)
  for (let i = 0; i < size; i++) {
    const slope = kernelSlope(kernel, squaredDistance(kernel, rows, i, at))
    const [inMean, inVariance] = [i < count ? alpha[i]! * slope : 0, -2 * k[i]! * slope]
    for (let c = 0; c < kernel.metric; c++) {
      const towards = kernel.weights[c]! * (rows[i * at.length + c]! - at[c]!)
      gradient.mean[c]! += inMean * towards
      gradient.variance[c]! += inVariance * towards
    }
  }
  return { mean, variance }
}
