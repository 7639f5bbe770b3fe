/**
 * The log marginal likelihood of hyperparameters, and its gradient: Rasmussen & Williams (2006), §5.4.1.
 *
 * Of n observations a likelihood costs n³/6 multiplications for the factor, its gradient about n³/3 more for the
 * inverse.
 */
import { add, dot } from '../math/vectors.js'
import type { Encoding } from '../surrogate/encoding.js'
import { factorise, invert, invertFactor } from './dense.js'
import { type Hyperparameters, type Kernel, kernelOf, MEAN_VARIANCE, priorVariance } from './kernel.js'

/** Observations as a fit sees them. */
export interface Data {
  readonly count: number
  /** The columns of each point, one point after the other. */
  readonly rows: Float64Array
  readonly values: Float64Array
  /** Of each observation, a noise variance of its own beside the kernel's; absent where none has any. */
  readonly noiseVariances?: Float64Array
  /** Of each earlier study, what its model says of its objective at these points. */
  readonly earlier?: readonly PosteriorAmong[]
  /** Their length scales, as logarithms, in the mean. */
  readonly theirLengths?: Float64Array
}

/** A posterior at several points: the covariances are those of every point with each before it, in this order. */
export interface PosteriorAmong {
  readonly means: Float64Array
  readonly variances: Float64Array
  readonly pairs: Float64Array
}

export interface Likelihood {
  readonly value: number
  /** In the logarithms of the length scales, then of the weights of earlier studies, of signal and noise. */
  readonly gradient: Float64Array
}

const LOG_2PI = Math.log(2 * Math.PI)

/** The value alone, at a third of the cost. */
export function logLikelihoodOf(encoding: Encoding, data: Data): (hyper: Hyperparameters) => number {
  const { count, noiseVariances = new Float64Array(count) } = data
  const room = count + (count % 2)
  const pairs = pairsOf(encoding, data)
  const factor = square(room)
  const whitened = new Float64Array(count)
  return (hyper) => {
    fill(factor, room, kernelOf(encoding, hyper), pairs, noiseVariances)
    addEarlier(factor, room, data, hyper)
    factorise(factor, room)
    const own = withoutEarlier(data, hyper)
    for (let i = 0; i < count; i++) {
      let rest = own[i]!
      for (let j = 0; j < i; j++) rest -= factor[i * room + j]! * whitened[j]!
      whitened[i] = rest / factor[i * room + i]!
    }
    return valueFrom(count, dot(whitened, whitened), factor, room)
  }
}

/**
 * Value and gradient, for the same data again and again: what does not depend on the hyperparameters is computed
 * once.
 */
export function likelihoodOf(encoding: Encoding, data: Data): (hyper: Hyperparameters) => Likelihood {
  const { count, noiseVariances = new Float64Array(count) } = data
  const room = count + (count % 2)
  const pairs = pairsOf(encoding, data)
  const [factor, columns, inverse] = [square(room), square(room), square(room)]
  return (hyper) => {
    const kernel = kernelOf(encoding, hyper)
    fill(factor, room, kernel, pairs, noiseVariances)
    addEarlier(factor, room, data, hyper)
    const values = withoutEarlier(data, hyper)
    factorise(factor, room)
    invertFactor(factor, room, columns)
    invert(columns, room, inverse)
    const rows = Array.from(values, (_, i) => columns.subarray(i * room, (i + 1) * room))
    const whitened = new Float64Array(room)
    for (const [i, row] of rows.entries()) add(whitened, values[i]!, row)
    const alpha = Float64Array.from(rows, (row) => dot(row, whitened))
    const value = valueFrom(count, dot(whitened, whitened), factor, room)
    const gradient = gradientOf(encoding, kernel, pairs, alpha, inverse)
    const ofWeights = slopesOfWeights(data, hyper, alpha, inverse)
    return {
      value,
      gradient: Float64Array.of(...gradient.subarray(0, -2), ...ofWeights, ...gradient.subarray(-2)),
    }
  }
}

/** Eq. 5.8. */
function valueFrom(count: number, squares: number, factor: Float64Array, room: number): number {
  return -0.5 * (squares + logDeterminant(factor, room) + count * LOG_2PI)
}

/** Every row with each row before it, in this order. */
interface Pairs {
  readonly count: number
  /** For each column, the squared differences of the pairs. */
  readonly squares: readonly Float64Array[]
  /** The correlation of each pair under the kernel, and its derivative −2·d/d(r²). They change with every kernel. */
  readonly correlations: Float64Array
  readonly slopes: Float64Array
}

function pairsOf({ inputOf, metric }: Encoding, { count, rows }: Data): Pairs {
  const pairs = (count * (count - 1)) / 2
  const columns = inputOf.length
  const squares = inputOf.map((_, c) => {
    const ofColumn = new Float64Array(pairs)
    for (let i = 0, at = 0; i < count; i++) {
      for (let j = 0; j < i; j++, at++) {
        const difference = rows[i * columns + c]! - rows[j * columns + c]!
        ofColumn[at] = c < metric ? difference * difference : Number(difference !== 0)
      }
    }
    return ofColumn
  })
  return { count, squares, correlations: new Float64Array(pairs), slopes: new Float64Array(pairs) }
}

/**
 * The lower triangle of K + σ²I + diag(noiseVariances). A row that only makes the size even is that of the identity.
 */
function fill(
  k: Float64Array,
  room: number,
  kernel: Kernel,
  { count, squares, correlations, slopes }: Pairs,
  noiseVariances: Float64Array,
): void {
  correlations.fill(0)
  for (const [c, ofColumn] of squares.entries()) add(correlations, kernel.weights[c]!, ofColumn)
  for (let i = 0, at = 0; i < count; i++) {
    for (let j = 0; j < i; j++, at++) {
      const r = Math.sqrt(5 * correlations[at]!)
      const e = Math.exp(-r)
      correlations[at] = (1 + r + (r * r) / 3) * e
      slopes[at] = (5 / 3) * (1 + r) * e
      k[i * room + j] = MEAN_VARIANCE + kernel.signal * correlations[at]!
    }
    k[i * room + i] = priorVariance(kernel) + kernel.noise + noiseVariances[i]!
  }
  if (room === count) return
  k.fill(0, count * room)
  k[room * room - 1] = 1
}

/** The covariance that is due to the earlier studies: Σ wⱼ² times that of their posteriors. */
function addEarlier(
  k: Float64Array,
  room: number,
  { count, earlier = [] }: Data,
  { weights }: Hyperparameters,
) {
  for (const [study, { variances, pairs }] of earlier.entries()) {
    const square = Math.exp(2 * weights![study]!)
    for (let i = 0, at = 0; i < count; i++) {
      for (let j = 0; j < i; j++, at++) k[i * room + j]! += square * pairs[at]!
      k[i * room + i]! += square * variances[i]!
    }
  }
}

/** The values less what is expected by the earlier studies: Σ wⱼ times their posterior means. */
function withoutEarlier({ values, earlier = [] }: Data, { weights }: Hyperparameters): Float64Array {
  return earlier.reduce((rest, { means }, study) => {
    const weight = Math.exp(weights![study]!)
    return rest.map((value, i) => value - weight * means[i]!)
  }, values)
}

/** Eq. 5.9 in the logarithm of each weight: with K' = 2w²C of the study's posterior, and y' = −w·m of its means. */
function slopesOfWeights(
  { count, earlier = [] }: Data,
  { weights }: Hyperparameters,
  alpha: Float64Array,
  inverse: Float64Array,
): number[] {
  const room = count + (count % 2)
  return earlier.map(({ means, variances, pairs }, study) => {
    const weight = Math.exp(weights![study]!)
    let [ofMeans, ofVariances] = [0, 0]
    for (let i = 0, at = 0; i < count; i++) {
      for (let j = 0; j < i; j++, at++)
        ofVariances += 2 * (alpha[i]! * alpha[j]! - inverse[i * room + j]!) * pairs[at]!
      ofVariances += (alpha[i]! * alpha[i]! - inverse[i * room + i]!) * variances[i]!
      ofMeans += alpha[i]! * means[i]!
    }
    return weight * ofMeans + weight * weight * ofVariances
  })
}

/** Eq. 5.9: ½ tr((ααᵀ − K⁻¹) ∂K/∂θ). */
function gradientOf(
  { inputOf, inputs }: Encoding,
  { weights, signal, noise }: Kernel,
  { count, squares, correlations, slopes }: Pairs,
  alpha: Float64Array,
  inverse: Float64Array,
): Float64Array {
  const room = count + (count % 2)
  let [ofSignal, ofNoise] = [0, 0]
  for (let i = 0, at = 0; i < count; i++) {
    for (let j = 0; j < i; j++, at++) {
      const weight = alpha[i]! * alpha[j]! - inverse[i * room + j]!
      ofSignal += weight * correlations[at]!
      slopes[at]! *= weight
    }
    const own = alpha[i]! * alpha[i]! - inverse[i * room + i]!
    ofSignal += own / 2
    ofNoise += own / 2
  }
  const gradient = new Float64Array(inputs + 2)
  for (const [c, ofColumn] of squares.entries()) {
    gradient[inputOf[c]!]! += signal * weights[c]! * dot(slopes, ofColumn)
  }
  gradient[inputs] = ofSignal * signal
  gradient[inputs + 1] = ofNoise * noise
  return gradient
}

function square(size: number): Float64Array {
  return new Float64Array(size * size)
}

function logDeterminant(factor: Float64Array, room: number): number {
  let sum = 0
  for (let i = 0; i < room; i++) sum += 2 * Math.log(factor[i * room + i]!)
  return sum
}
