/** How well hyperparameters explain the values: the log marginal likelihood and its slopes, Rasmussen & Williams (2006), §5.4.1. */
import { factorise, invert, invertFactor } from './dense.js'
import type { Encoding } from './encoding.js'
import { type Hyperparameters, type Kernel, kernelOf, MEAN_VARIANCE, varianceOf } from './kernel.js'
import { add, dot } from './vectors.js'

export interface Data {
  readonly count: number
  /** Row by row. */
  readonly rows: Float64Array
  readonly values: Float64Array
  /** Variances of the values beside the noise; absent: none. */
  readonly doubts?: Float64Array
}

export interface Likelihood {
  readonly value: number
  /** In the logarithms: of the lengths, then of signal and noise. */
  readonly slopes: Float64Array
}

const LOG_2PI = Math.log(2 * Math.PI)

/** Its value alone, at a third of the cost. */
export function logLikelihoodOf(encoding: Encoding, data: Data): (hyper: Hyperparameters) => number {
  const { count, values, doubts = new Float64Array(count) } = data
  const room = count + (count % 2)
  const pairs = pairsOf(encoding, data)
  const factor = square(room)
  const whitened = new Float64Array(count)
  return (hyper) => {
    fill(factor, room, kernelOf(encoding, hyper), pairs, doubts)
    factorise(factor, room)
    for (let i = 0; i < count; i++) {
      let rest = values[i]!
      for (let j = 0; j < i; j++) rest -= factor[i * room + j]! * whitened[j]!
      whitened[i] = rest / factor[i * room + i]!
    }
    return valueFrom(count, dot(whitened, whitened), factor, room)
  }
}

/** And its slopes. Of the same data again and again: what does not depend on the hyperparameters is done once. */
export function likelihoodOf(encoding: Encoding, data: Data): (hyper: Hyperparameters) => Likelihood {
  const { count, values, doubts = new Float64Array(count) } = data
  const room = count + (count % 2)
  const pairs = pairsOf(encoding, data)
  const [factor, columns, inverse] = [square(room), square(room), square(room)]
  return (hyper) => {
    const kernel = kernelOf(encoding, hyper)
    fill(factor, room, kernel, pairs, doubts)
    factorise(factor, room)
    invertFactor(factor, room, columns)
    invert(columns, room, inverse)
    const rows = Array.from(values, (_, i) => columns.subarray(i * room, (i + 1) * room))
    const whitened = new Float64Array(room)
    for (const [i, row] of rows.entries()) add(whitened, values[i]!, row)
    const alpha = Float64Array.from(rows, (row) => dot(row, whitened))
    const value = valueFrom(count, dot(whitened, whitened), factor, room)
    return { value, slopes: slopesOf(encoding, kernel, pairs, alpha, inverse) }
  }
}

/** Eq. 5.8. */
function valueFrom(count: number, squares: number, factor: Float64Array, room: number): number {
  return -0.5 * (squares + logDeterminant(factor, room) + count * LOG_2PI)
}

/** Every row with each row before it, in this order. */
interface Pairs {
  readonly count: number
  /** How far apart they are in each column, squared: a list for each. */
  readonly apart: readonly Float64Array[]
  /** What the kernel makes of that: the correlation, and how it falls, −2·d/d(r²). */
  readonly alike: Float64Array
  readonly fall: Float64Array
}

function pairsOf({ scales, metric }: Encoding, { count, rows }: Data): Pairs {
  const pairs = (count * (count - 1)) / 2
  const columns = scales.length
  const apart = scales.map((_, c) => {
    const squares = new Float64Array(pairs)
    for (let i = 0, at = 0; i < count; i++) {
      for (let j = 0; j < i; j++, at++) {
        const difference = rows[i * columns + c]! - rows[j * columns + c]!
        squares[at] = c < metric ? difference * difference : Number(difference !== 0)
      }
    }
    return squares
  })
  return { count, apart, alike: new Float64Array(pairs), fall: new Float64Array(pairs) }
}

/** The lower triangle of K + σ²I + doubts; where there is a row too many, it is nobody's. */
function fill(
  k: Float64Array,
  room: number,
  kernel: Kernel,
  { count, apart, alike, fall }: Pairs,
  doubts: Float64Array,
): void {
  alike.fill(0)
  for (const [c, squares] of apart.entries()) add(alike, kernel.weights[c]!, squares)
  for (let i = 0, at = 0; i < count; i++) {
    for (let j = 0; j < i; j++, at++) {
      const r = Math.sqrt(5 * alike[at]!)
      const e = Math.exp(-r)
      alike[at] = (1 + r + (r * r) / 3) * e
      fall[at] = (5 / 3) * (1 + r) * e
      k[i * room + j] = MEAN_VARIANCE + kernel.signal * alike[at]!
    }
    k[i * room + i] = varianceOf(kernel) + kernel.noise + doubts[i]!
  }
  if (room === count) return
  k.fill(0, count * room)
  k[room * room - 1] = 1
}

/** Eq. 5.9: ½ tr((ααᵀ − K⁻¹) ∂K/∂θ). */
function slopesOf(
  { scales, lengths }: Encoding,
  { weights, signal, noise }: Kernel,
  { count, apart, alike, fall }: Pairs,
  alpha: Float64Array,
  inverse: Float64Array,
): Float64Array {
  const room = count + (count % 2)
  let [ofSignal, ofNoise] = [0, 0]
  for (let i = 0, at = 0; i < count; i++) {
    for (let j = 0; j < i; j++, at++) {
      const weight = alpha[i]! * alpha[j]! - inverse[i * room + j]!
      ofSignal += weight * alike[at]!
      fall[at]! *= weight
    }
    const own = alpha[i]! * alpha[i]! - inverse[i * room + i]!
    ofSignal += own / 2
    ofNoise += own / 2
  }
  const slopes = new Float64Array(lengths + 2)
  for (const [c, squares] of apart.entries()) {
    slopes[scales[c]!]! += signal * weights[c]! * dot(fall, squares)
  }
  slopes[lengths] = ofSignal * signal
  slopes[lengths + 1] = ofNoise * noise
  return slopes
}

function square(size: number): Float64Array {
  return new Float64Array(size * size)
}

function logDeterminant(factor: Float64Array, room: number): number {
  let sum = 0
  for (let i = 0; i < room; i++) sum += 2 * Math.log(factor[i * room + i]!)
  return sum
}
