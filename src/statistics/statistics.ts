/**
 * What is said about runs: centres, spreads, and whether one method beats another seed by seed.
 *
 * Wilcoxon (1945), Individual comparisons by ranking methods. Holm (1979), A simple sequentially rejective multiple
 * test procedure. Efron (1979), Bootstrap methods: the percentile interval.
 */
import { normalCdf } from '../../optimizers/math/normal.js'
import { stream } from '../../optimizers/rng.js'

export function mean(values: readonly number[]): number {
  return sum(values) / values.length
}

/** Of a sample: divided by n − 1. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values)
  return Math.sqrt(sum(values.map((value) => (value - centre) ** 2)) / (values.length - 1))
}

/** Linear between order statistics (Hyndman and Fan's type 7, NumPy's default). */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const below = sorted[Math.floor(at)]!
  const above = sorted[Math.ceil(at)]!
  return below === above ? below : below + (above - below) * (at - Math.floor(at))
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The percentile bootstrap of the mean; the same values and seed give the same interval. */
export function bootstrapMean(
  values: readonly number[],
  { seed = 0, level = 0.95, resamples = 10_000 } = {},
): readonly [low: number, high: number] {
  const rng = stream(seed, values.length)
  const means = Array.from({ length: resamples }, () =>
    mean(values.map(() => values[rng.below(values.length)]!)),
  )
  return [quantile(means, (1 - level) / 2), quantile(means, (1 + level) / 2)]
}

export interface Spread {
  readonly mean: number
  readonly sd: number
  /** Bootstrap interval of the mean, 95 %. */
  readonly low: number
  readonly high: number
}

export function describeSpread(values: readonly number[]): Spread {
  const [low, high] = bootstrapMean(values)
  return { mean: mean(values), sd: values.length > 1 ? standardDeviation(values) : 0, low, high }
}

/** By seed, as far as both go: the mean difference, and p of a being less than b. */
export function comparePaired(a: readonly number[], b: readonly number[]) {
  const pairs = Math.min(a.length, b.length)
  const [own, other] = [a.slice(0, pairs), b.slice(0, pairs)]
  return { pairs, difference: mean(own) - mean(other), p: signedRankLess(own, other).p }
}

export interface SignedRank {
  /** One-sided: how likely are differences as negative as these, were they symmetric about zero? */
  readonly p: number
  /** The rank sum of the positive differences, W⁺. */
  readonly statistic: number
  /** Pairs that differ: equal ones are left out (Wilcoxon's own rule, and `zero_method='wilcox'` in SciPy). */
  readonly pairs: number
  readonly exact: boolean
}

const EXACT_UP_TO = 50

/**
 * Is `a` smaller than `b`, pair by pair? Exact up to 50 pairs, ties included (all sign flips of the mid-ranks);
 * beyond that normal, with the variance corrected for ties and a continuity correction of one half.
 */
export function signedRankLess(a: readonly number[], b: readonly number[]): SignedRank {
  if (a.length !== b.length) throw new RangeError(`${a.length} values cannot be paired with ${b.length}`)
  const differences = a.map((value, i) => value - b[i]!).filter((difference) => difference !== 0)
  const ranks = midRanks(differences.map(Math.abs))
  const statistic = sum(ranks.filter((_, i) => differences[i]! > 0))
  const exact = ranks.length <= EXACT_UP_TO
  const p = exact ? exactLowerTail(ranks, statistic) : normalLowerTail(ranks, statistic)
  return { p, statistic, pairs: ranks.length, exact }
}

/** Adjusted p-values, in the order given: reject those ≤ α, and the family errs at most with α. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((i, j) => ps[i]! - ps[j]!)
  const adjusted = new Array<number>(ps.length)
  let largest = 0
  order.forEach((i, rank) => {
    largest = Math.max(largest, Math.min(1, ps[i]! * (ps.length - rank)))
    adjusted[i] = largest
  })
  return adjusted
}

/** The exponent k of y ∝ xᵏ: the least-squares slope on logarithmic axes. */
export function growthExponent(xs: readonly number[], ys: readonly number[]): number {
  const [u, v] = [xs.map(Math.log), ys.map(Math.log)]
  const [meanU, meanV] = [mean(u), mean(v)]
  return sum(u.map((x, i) => (x - meanU) * (v[i]! - meanV))) / sum(u.map((x) => (x - meanU) ** 2))
}

function midRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length
    const equal = values.filter((other) => other === value).length
    return below + (equal + 1) / 2
  })
}

/** Every rank is positive or negative with equal chance: ways[s] counts the sign patterns with 2·W⁺ = s. */
function exactLowerTail(ranks: readonly number[], statistic: number): number {
  const doubled = ranks.map((rank) => 2 * rank)
  const ways = new Float64Array(sum(doubled) + 1)
  ways[0] = 1
  for (const rank of doubled) {
    for (let s = ways.length - 1; s >= rank; s--) ways[s]! += ways[s - rank]!
  }
  return sum([...ways.subarray(0, 2 * statistic + 1)]) / 2 ** ranks.length
}

function normalLowerTail(ranks: readonly number[], statistic: number): number {
  const expected = sum(ranks) / 2
  const variance = sum(ranks.map((rank) => rank ** 2)) / 4
  return normalCdf((statistic - expected + 0.5) / Math.sqrt(variance))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
