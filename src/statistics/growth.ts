/** How a cost grows with a size. */
import { mean, sum } from './describe.js'

/** The exponent k of y ∝ xᵏ: the least-squares slope on logarithmic axes. */
export function growthExponent(xs: readonly number[], ys: readonly number[]): number {
  const [u, v] = [xs.map(Math.log), ys.map(Math.log)]
  const [meanU, meanV] = [mean(u), mean(v)]
  return sum(u.map((x, i) => (x - meanU) * (v[i]! - meanV))) / sum(u.map((x) => (x - meanU) ** 2))
}
