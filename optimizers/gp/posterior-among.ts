/** The posterior of a model at several points together: means, and covariances of each with each. */
import { dot } from '../math/vectors.js'
import { covariances, type Kernel, priorVariance } from './kernel.js'
import type { PosteriorAmong } from './likelihood.js'
import { solveLower, type Triangle } from './triangle.js'

/** A model without earlier ones: what its posterior is made of. */
interface PlainModel {
  readonly kernel: Kernel
  readonly rows: Float64Array
  readonly triangle: Triangle
  readonly alpha: Float64Array
}

/** `rows` are the columns of the points, one after the other. */
export function posteriorAmong(model: PlainModel, rows: Float64Array, count: number): PosteriorAmong {
  const { kernel, triangle, alpha } = model
  const columns = kernel.weights.length
  const { size } = triangle
  const means = new Float64Array(count)
  const variances = new Float64Array(count)
  const pairs = new Float64Array((count * (count - 1)) / 2)
  const solved: Float64Array[] = []
  const prior = new Float64Array(count)
  for (let i = 0, at = 0; i < count; i++) {
    const point = rows.subarray(i * columns, (i + 1) * columns)
    const k = new Float64Array(size)
    covariances(kernel, model.rows, size, point, k)
    means[i] = dot(alpha, k)
    solveLower(triangle, k, k)
    covariances(kernel, rows, i, point, prior)
    for (let j = 0; j < i; j++, at++) pairs[at] = prior[j]! - dot(k, solved[j]!)
    variances[i] = Math.max(0, priorVariance(kernel) - dot(k, k))
    solved.push(k)
  }
  return { means, variances, pairs }
}
