/**
 * Wilcoxon's signed-rank test: is one method better than another, seed by seed? (Wilcoxon 1945, Individual
 * comparisons by ranking methods.)
 */
import { normalCdf, normalQuantile } from '../../optimizers/math/normal.js'
import { mean, sum } from './describe.js'
import { midRanks, pOfTails, type Tail } from './ranks.js'

/** Compares two methods on the seeds that both have: the mean difference, and p of `a` being smaller than `b`. */
export function comparePaired(a: readonly number[], b: readonly number[]) {
  const pairs = Math.min(a.length, b.length)
  const [own, other] = [a.slice(0, pairs), b.slice(0, pairs)]
  return { pairs, difference: mean(own) - mean(other), p: signedRankLess(own, other).p }
}

export interface SignedRank {
  /** The chance of differences at least as extreme, if they were symmetric about zero. */
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

/** Tests whether `a` is smaller than `b`, pair by pair. */
export function signedRankLess(a: readonly number[], b: readonly number[]): SignedRank {
  return signedRank(a, b, 'less')
}

/**
 * Compares `a` with `b`, pair by pair. Up to 50 pairs the test is exact, ties included (all sign flips of the
 * midranks); beyond that it is the normal approximation with a tie-corrected variance and a continuity correction
 * of ½.
 */
export function signedRank(a: readonly number[], b: readonly number[], tail: Tail): SignedRank {
  if (a.length !== b.length) throw new RangeError(`${a.length} values cannot be paired with ${b.length}`)
  const differences = a.map((value, i) => value - b[i]!).filter((difference) => difference !== 0)
  const ranks = midRanks(differences.map(Math.abs))
  const statistic = sum(ranks.filter((_, i) => differences[i]! > 0))
  const exact = ranks.length <= EXACT_UP_TO
  const lowerTail = exact ? exactLowerTail : normalLowerTail
  // The distribution is symmetric: W⁺ has the upper tail that W⁻, the rest of the ranks, has below.
  const p = pOfTails(
    tail,
    () => lowerTail(ranks, statistic),
    () => lowerTail(ranks, sum(ranks) - statistic),
  )
  return { p, statistic, pairs: ranks.length, exact }
}

/** W⁺ of the first so many differences, where none are tied: the number of positive Walsh averages among them. */
export function signedRankStatistic(differences: readonly number[], pairs: number): number {
  let positive = 0
  for (let i = 0; i < pairs; i++) {
    for (let j = 0; j <= i; j++) if (differences[i]! + differences[j]! > 0) positive++
  }
  return positive
}

/** The greatest W⁺ of so many pairs without ties that has a lower tail of at most the level; −1 where none has. */
export function signedRankCritical(pairs: number, level: number): number {
  const most = (pairs * (pairs + 1)) / 2
  if (pairs > EXACT_UP_TO) {
    const sd = Math.sqrt((most * (2 * pairs + 1)) / 12)
    return Math.floor(most / 2 - 0.5 + normalQuantile(level) * sd)
  }
  const ways = waysOfSigns(
    Array.from({ length: pairs }, (_, i) => i + 1),
    most,
  )
  let critical = -1
  for (let tail = ways[0]!; tail <= level * 2 ** pairs && critical < most; tail += ways[critical + 1]!)
    critical++
  return critical
}

function exactLowerTail(ranks: readonly number[], statistic: number): number {
  const doubled = ranks.map((rank) => 2 * rank)
  return sum(waysOfSigns(doubled, 2 * statistic)) / 2 ** ranks.length
}

/**
 * Under the null hypothesis each rank is positive or negative with equal chance. Element s is the number of sign
 * patterns whose positive ranks sum to s, up to the limit.
 */
function waysOfSigns(ranks: readonly number[], limit: number): Float64Array {
  const ways = new Float64Array(limit + 1)
  ways[0] = 1
  for (const rank of ranks) {
    for (let s = limit; s >= rank; s--) ways[s]! += ways[s - rank]!
  }
  return ways
}

function normalLowerTail(ranks: readonly number[], statistic: number): number {
  const expected = sum(ranks) / 2
  const variance = sum(ranks.map((rank) => rank ** 2)) / 4
  return normalCdf((statistic - expected + 0.5) / Math.sqrt(variance))
}
