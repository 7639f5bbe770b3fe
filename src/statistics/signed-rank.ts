/**
 * Wilcoxon's signed-rank test: is one method better than another, seed by seed? (Wilcoxon 1945, Individual comparisons
 * by ranking methods.)
 */
import { normalCdf } from '../../optimizers/math/normal.js'
import { mean, sum } from './describe.js'

/** Compares two methods on the seeds that both have: the mean difference, and p of `a` being smaller than `b`. */
export function comparePaired(a: readonly number[], b: readonly number[]) {
  const pairs = Math.min(a.length, b.length)
  const [own, other] = [a.slice(0, pairs), b.slice(0, pairs)]
  return { pairs, difference: mean(own) - mean(other), p: signedRankLess(own, other).p }
}

export interface SignedRank {
  /** One-sided p-value: the chance of differences at least as negative, if they were symmetric about zero. */
  readonly p: number
  /** The rank sum of the positive differences, W⁺. */
  readonly statistic: number
  /**
   * The number of pairs that differ. Equal pairs are left out (Wilcoxon's own rule, and `zero_method='wilcox'` in
   * SciPy).
   */
  readonly pairs: number
  readonly exact: boolean
}

const EXACT_UP_TO = 50

/**
 * Tests whether `a` is smaller than `b`, pair by pair. Up to 50 pairs the test is exact, ties included (all sign flips
 * of the mid-ranks); beyond that it is the normal approximation with a tie-corrected variance and a continuity
 * correction of ½.
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

function midRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length
    const equal = values.filter((other) => other === value).length
    return below + (equal + 1) / 2
  })
}

/**
 * Under the null hypothesis each rank is positive or negative with equal chance: ways[s] counts the sign patterns with
 * 2·W⁺ = s.
 */
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
