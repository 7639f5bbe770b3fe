/** What a model expects of a configuration: Rasmussen & Williams (2006), eq. 2.25 and 2.26, and their slopes. */
import type { Point } from './encoding.js'
import { covariances, fall, squaredDistance, varianceOf } from './kernel.js'
import type { Model } from './model.js'
import { solveLower, solveLowerFour, solveUpper } from './triangle.js'
import { dot } from './vectors.js'

/** At a point, as the model sees values, and without the noise of an observation. */
export interface Expected {
  readonly mean: number
  readonly variance: number
}

const LEAST_VARIANCE = 1e-12

/** The mean at the i-th observation: K·α = y − σ²·α, and so with what is doubted of it. */
export function meanAtObserved({ values, kernel, doubts, alpha }: Model, i: number): number {
  return values[i]! - (kernel.noise + doubts[i]!) * alpha[i]!
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
