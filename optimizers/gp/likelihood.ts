/** How well hyperparameters explain the values: the log marginal likelihood and its slopes, Rasmussen & Williams (2006), §5.4.1. */
import type { Encoding } from './encoding.js'
import { covariances, fall, type Hyperparameters, kernelOf, squaredDistance, varianceOf } from './kernel.js'
import { appendRow, emptyTriangle, inverse, logDeterminant, solveLower, solveUpper } from './triangle.js'

export interface Data {
  readonly count: number
  /** Row by row. */
  readonly rows: Float64Array
  readonly values: Float64Array
}

export interface Likelihood {
  readonly value: number
  /** In the logarithms: of the lengths, then of signal and noise. */
  readonly slopes: Float64Array
}

const LOG_2PI = Math.log(2 * Math.PI)

export function logLikelihood(encoding: Encoding, hyper: Hyperparameters, data: Data): Likelihood {
  const { count, rows, values } = data
  const columns = encoding.scales.length
  const kernel = kernelOf(encoding, hyper)
  const triangle = emptyTriangle(count)
  const k = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    covariances(kernel, rows, i, rows.subarray(i * columns, (i + 1) * columns), k)
    appendRow(triangle, k, varianceOf(kernel) + kernel.noise)
  }
  const alpha = new Float64Array(count)
  solveLower(triangle, values, alpha)
  let fit = 0
  for (let i = 0; i < count; i++) fit += alpha[i]! * alpha[i]!
  solveUpper(triangle, alpha, alpha)
  // Eq. 5.8.
  const value = -0.5 * (fit + logDeterminant(triangle) + count * LOG_2PI)
  return { value, slopes: slopesOf(encoding, hyper, data, alpha, inverse(triangle)) }
}

/** Eq. 5.9: ½ tr((ααᵀ − K⁻¹) ∂K/∂θ). */
function slopesOf(
  encoding: Encoding,
  hyper: Hyperparameters,
  { count, rows }: Data,
  alpha: Float64Array,
  inverse: Float64Array,
): Float64Array {
  const { scales, metric } = encoding
  const kernel = kernelOf(encoding, hyper)
  const columns = scales.length
  const ofColumns = new Float64Array(columns)
  let [ofSignal, ofNoise] = [0, 0]
  for (let i = 0, at = 0; i < count; i++) {
    const here = rows.subarray(i * columns, (i + 1) * columns)
    for (let j = 0; j < i; j++, at++) {
      const weight = alpha[i]! * alpha[j]! - inverse[at]!
      const squared = squaredDistance(kernel, rows, j, here)
      const falling = weight * fall(kernel, squared)
      for (let c = 0; c < metric; c++) {
        const difference = here[c]! - rows[j * columns + c]!
        ofColumns[c]! += falling * difference * difference
      }
      for (let c = metric; c < columns; c++) {
        if (here[c] !== rows[j * columns + c]) ofColumns[c]! += falling
      }
      ofSignal += weight * correlation(squared)
    }
    const own = alpha[i]! * alpha[i]! - inverse[at++]!
    ofSignal += own / 2
    ofNoise += own / 2
  }
  const slopes = new Float64Array(hyper.lengths.length + 2)
  for (let c = 0; c < columns; c++) slopes[scales[c]!]! += ofColumns[c]! * kernel.weights[c]!
  slopes[hyper.lengths.length] = ofSignal * kernel.signal
  slopes[hyper.lengths.length + 1] = ofNoise * kernel.noise
  return slopes
}

function correlation(squared: number): number {
  const r = Math.sqrt(5 * squared)
  return (1 + r + (r * r) / 3) * Math.exp(-r)
}
