/**
 * The covariance of the objective at two configurations: Matérn 5/2 in a distance with a length scale per input
 * (Rasmussen & Williams 2006, eq. 4.17), plus a constant, which stands for an unknown mean (ibid., §2.7).
 *
 * Where earlier studies are known, the objective is a weighted sum of theirs and a part of its own: f = Σ wⱼ·fⱼ + δ
 * (Kennedy & O'Hagan 2000, Predicting the output from a complex computer code when fast approximations are available,
 * eq. 1). So its covariance is Σ wⱼ²·kⱼ + k, and that with the j-th earlier objective is wⱼ·kⱼ.
 */
import type { Encoding } from '../surrogate/encoding.js'

/** All that is fitted, each as its logarithm: they may be anything above zero. */
export interface Hyperparameters {
  /** A length scale per input of the encoding. */
  readonly lengthScales: Float64Array
  /** The variance of the objective, and that of the noise of an observation. */
  readonly signal: number
  readonly noise: number
  /** Of each earlier study its weight w; absent where there is none. */
  readonly weights?: Float64Array
}

/** The hyperparameters on their natural scale. */
export interface Kernel {
  /** How many columns are metric; the others are names. */
  readonly metric: number
  /** 1/ℓ² of each column. */
  readonly weights: Float64Array
  readonly signal: number
  readonly noise: number
  readonly earlier: readonly WeightedKernel[]
}

/** The kernel of an earlier study's objective, and the weight of that objective in this one. */
export interface WeightedKernel {
  readonly weight: number
  readonly kernel: Kernel
}

/** The variance of the unknown mean: values are standardised. */
export const MEAN_VARIANCE = 1

const SQRT5 = Math.sqrt(5)

export function kernelOf(
  { inputOf, metric }: Encoding,
  { lengthScales, signal, noise, weights }: Hyperparameters,
  earlier: readonly Kernel[] = [],
): Kernel {
  return {
    metric,
    weights: Float64Array.from(inputOf, (input) => Math.exp(-2 * lengthScales[input]!)),
    signal: Math.exp(signal),
    noise: Math.exp(noise),
    earlier: earlier.map((kernel, j) => ({ kernel, weight: Math.exp(weights![j]!) })),
  }
}

/** The covariance of a point with itself, without noise. */
export function priorVariance({ signal, earlier }: Kernel): number {
  return earlier.reduce(
    (sum, { weight, kernel }) => sum + weight * weight * priorVariance(kernel),
    signal + MEAN_VARIANCE,
  )
}

/** Covariances of a point with the first `count` rows, put into `out` from `from` on, `stride` apart. */
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
  for (const { kernel: theirs, weight } of kernel.earlier) {
    const part = new Float64Array(count)
    covariances(theirs, rows, count, at, part)
    for (let i = 0; i < count; i++) out[from + i * stride]! += weight * weight * part[i]!
  }
}

/** r² of row i and a point. */
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

/** −2·dk/d(r²): both the derivatives in ℓ and those in the point are made of it. */
export function kernelSlope(kernel: Kernel, squared: number): number {
  const r = SQRT5 * Math.sqrt(squared)
  return (5 / 3) * kernel.signal * (1 + r) * Math.exp(-r)
}
