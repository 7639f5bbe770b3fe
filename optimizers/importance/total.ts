/**
 * Sobol's total indices of the posterior mean, by the estimator of Jansen (1999) as Saltelli et al. (2010), table 2 (f),
 * write it:
 *
 *   S_Ti = 1/(2N) Σⱼ (f(A)ⱼ − f(A_Bⁱ)ⱼ)² / V(f)
 *
 * A and B are the two halves of N points of a scrambled Sobol sequence in 2D dimensions; A_Bⁱ is A with its i-th coordinate
 * from B. Constraints are ignored: the mean is defined where nothing can run, too.
 */
import { stream } from '../rng.js'
import { DIMENSIONS, scramble, sobol } from '../sobol/sequence.js'

/** Values of the mean that an estimate may take, and the fewest points. */
const EVALUATIONS = 2 ** 14
const FEWEST_POINTS = 256

/** By coordinate. All zero where the mean is the same everywhere. */
export function totalIndices(
  mean: (unit: Float64Array) => number,
  dimensions: number,
  { seed = 0, evaluations = EVALUATIONS } = {},
): Float64Array {
  const points = Math.max(FEWEST_POINTS, 2 ** Math.floor(Math.log2(evaluations / (dimensions + 1))))
  const scrambling = Array.from({ length: 2 * dimensions }, (_, d) => stream(seed, d).below(2 ** 32))
  const place = (j: number, d: number) =>
    d < DIMENSIONS ? (scramble(sobol(j, d), scrambling[d]!) + 0.5) / 2 ** 32 : stream(seed, d, j).uniform()
  const squares = new Float64Array(dimensions)
  const values = new Float64Array(points)
  for (let j = 0; j < points; j++) {
    const a = Float64Array.from({ length: dimensions }, (_, d) => place(j, d))
    values[j] = mean(a)
    for (let i = 0; i < dimensions; i++) {
      const own = a[i]!
      a[i] = place(j, dimensions + i)
      squares[i]! += (values[j]! - mean(a)) ** 2
      a[i] = own
    }
  }
  const variance = varianceOf(values)
  return squares.map((sum) => (variance > 0 ? sum / (2 * points) / variance : 0))
}

export function varianceOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
}
