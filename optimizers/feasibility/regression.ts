/**
 * Recursive Bayesian linear regression: a normal posterior over the weights θ, updated by one observation at a time
 * in O(p²), with a noise variance that is learned from the errors of the predictions.
 *
 * West & Harrison (1997), Bayesian Forecasting and Dynamic Models, chapter 4: the update, and S from the errors of the
 * forecasts. C is in units of S, so a bad fit widens it again.
 * Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, §3.6: an observation of the sign alone.
 */
import { normalLogCdf, normalLogPdf } from '../math/normal.js'

export interface Belief {
  /** m: the mean of θ. */
  readonly mean: Float64Array
  /** C: the covariance of θ, row by row. */
  readonly covariance: Float64Array
  /** S: the variance of an observation about x·θ. */
  readonly noise: number
  /** n: the weight of S, in observations. */
  readonly weight: number
}

export function independent(
  mean: readonly number[],
  variances: readonly number[],
  noise: number,
  weight: number,
): Belief {
  const p = mean.length
  const covariance = new Float64Array(p * p)
  for (let i = 0; i < p; i++) covariance[i * p + i] = variances[i]!
  return { mean: Float64Array.from(mean), covariance, noise, weight }
}

/** Mean and variance of x·θ; an observation of it scatters by the noise on top. */
export function predict({ mean, covariance }: Belief, x: Float64Array): { mean: number; variance: number } {
  return { mean: dot(x, mean), variance: Math.max(0, dot(x, times(covariance, x))) }
}

/** Observes y = x·θ + ε. `floor` is the least value of S. */
export function observeValue(belief: Belief, x: Float64Array, y: number, floor: number): Belief {
  const { mean, covariance, noise, weight } = belief
  const Cx = times(covariance, x)
  const Q = Math.max(0, dot(x, Cx)) + noise
  const e = y - dot(x, mean)
  const S = Math.max(floor, noise + (noise / (weight + 1)) * ((e * e) / Q - 1))
  const { mean: m, covariance: C } = moved(belief, Cx, e / Q, 1 / Q)
  return { mean: m, covariance: C.map((c) => c * (S / noise)), noise: S, weight: weight + 1 }
}

/**
 * Observes only sign · (x·θ + ε) > 0. The normal with the moments of the exact posterior: Rasmussen & Williams, eq.
 * (3.58).
 */
export function observeSign(belief: Belief, x: Float64Array, sign: 1 | -1): Belief {
  const Cx = times(belief.covariance, x)
  const Q = Math.max(0, dot(x, Cx)) + belief.noise
  const z = (sign * dot(x, belief.mean)) / Math.sqrt(Q)
  const ratio = Math.exp(normalLogPdf(z) - normalLogCdf(z))
  return { ...belief, ...moved(belief, Cx, (sign * ratio) / Math.sqrt(Q), (ratio * (z + ratio)) / Q) }
}

/** m + step·Cx, C − shrink·Cx·Cxᵀ, symmetric to the last bit: a snapshot keeps one triangle of it. */
function moved({ mean, covariance }: Belief, Cx: Float64Array, step: number, shrink: number) {
  const p = mean.length
  const less = covariance.slice()
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) less[i * p + j]! -= shrink * (Cx[i]! * Cx[j]!)
  }
  return { mean: mean.map((m, i) => m + step * Cx[i]!), covariance: less }
}

function times(matrix: Float64Array, x: Float64Array): Float64Array {
  const p = x.length
  const product = new Float64Array(p)
  for (let i = 0; i < p; i++) {
    let sum = 0
    for (let j = 0; j < p; j++) sum += matrix[i * p + j]! * x[j]!
    product[i] = sum
  }
  return product
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
