/** How far the values of one seed go together over arms: what pairing by seed can gain. */
import { normalQuantile } from '../../optimizers/math/normal.js'
import { mean, sum } from './describe.js'
import type { Interval } from './student-t.js'

/** Pearson's correlation; NaN where one of the samples does not vary. */
export function pearson(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)]
  const [u, v] = [a.map((value) => value - meanA), b.map((value) => value - meanB)]
  const scale = Math.sqrt(sum(u.map((x) => x ** 2)) * sum(v.map((x) => x ** 2)))
  return Math.max(-1, Math.min(1, sum(u.map((x, i) => x * v[i]!)) / scale))
}

/**
 * Fisher's interval of a correlation that all pairs of so many arms share, from its mean over the pairs. For two
 * arms it is the usual one of Pearson's correlation. For more, z = ½ log((1 + (k − 1) r)/(1 − r)), whose variance
 * is k/(2 (k − 1)(n − 3)) (Fisher 1925, Statistical methods for research workers, § 39, on intraclass correlations;
 * with n − 3, because each arm has a mean and a variance of its own). Null with fewer than four seeds.
 */
export function correlationInterval(r: number, seeds: number, arms = 2, level = 0.95): Interval | null {
  if (seeds < 4) return null
  const others = arms - 1
  const z = 0.5 * Math.log(Math.max(0, 1 + others * r) / (1 - r))
  const reach = normalQuantile((1 + level) / 2) * Math.sqrt(arms / (2 * others * (seeds - 3)))
  const back = (value: number) => 1 - arms / (Math.exp(2 * value) + others)
  return [back(z - reach), back(z + reach)]
}
