/**
 * The covariance of what two configurations are worth: Matérn 5/2 in a distance with a length scale per parameter
 * (Rasmussen & Williams 2006, eq. 4.17), and a constant, which stands for a mean that is not known (ibid., §2.7).
 */
import type { Encoding } from './encoding.js'

/** All that is fitted, each as its logarithm: it may be anything above zero. */
export interface Hyperparameters {
  /** A length scale per coordinate of the unit cube. */
  readonly lengths: Float64Array
  /** Variance of the function, and of the noise of an observation. */
  readonly signal: number
  readonly noise: number
}

export interface Kernel {
  readonly metric: number
  /** 1/ℓ² of each column. */
  readonly weights: Float64Array
  readonly signal: number
  readonly noise: number
}

/** Variance of the unknown mean: values are standardised. */
export const MEAN_VARIANCE = 1

const SQRT5 = Math.sqrt(5)

export function kernelOf({ scales, metric }: Encoding, { lengths, signal, noise }: Hyperparameters): Kernel {
  return {
    metric,
    weights: Float64Array.from(scales, (scale) => Math.exp(-2 * lengths[scale]!)),
    signal: Math.exp(signal),
    noise: Math.exp(noise),
  }
}

/** Of a point with itself, without noise. */
export function varianceOf({ signal }: Kernel): number {
  return signal + MEAN_VARIANCE
}

/** Covariances of a point with the first `count` rows, `stride` apart in `out`. */
export function covariances(
  kernel: Kernel,
  rows: Float64Array,
  count: number,
  at: Float64Array,
  out: Float64Array,
  from = 0,
  stride = 1,
): void {
  for (let i = 0; i < count; i++) {
    const r = SQRT5 * Math.sqrt(squaredDistance(kernel, rows, i, at))
    out[from + i * stride] = MEAN_VARIANCE + kernel.signal * (1 + r + (r * r) / 3) * Math.exp(-r)
  }
}

/** Of row i and a point. */
export function squaredDistance(
  { weights, metric }: Kernel,
  rows: Float64Array,
  i: number,
  at: Float64Array,
): number {
  const columns = weights.length
  const row = i * columns
  let sum = 0
  for (let c = 0; c < metric; c++) {
    const difference = rows[row + c]! - at[c]!
    sum += weights[c]! * difference * difference
  }
  for (let c = metric; c < columns; c++) if (rows[row + c] !== at[c]) sum += weights[c]!
  return sum
}

/** −2·dk/d(r²), r² the squared distance: what both the slopes in ℓ and in the point are made of. */
export function fall(kernel: Kernel, squared: number): number {
  const r = SQRT5 * Math.sqrt(squared)
  return (5 / 3) * kernel.signal * (1 + r) * Math.exp(-r)
}
