/**
 * The Mann–Whitney test: is one method better than another, where their seeds do not pair? (Mann & Whitney 1947, On
 * a test of whether one of two random variables is stochastically larger than the other.)
 */
import { normalCdf, normalQuantile } from '../../optimizers/math/normal.js'
import { sum } from './describe.js'
import { midRanks, pOfTails, type Tail, tieSizes } from './ranks.js'

export interface MannWhitney {
  /** The chance of a U at least as extreme, if both samples came from one distribution. */
  readonly p: number
  /** U of the first sample: the pairs in which its value is the greater one, and half of the equal ones. */
  readonly statistic: number
  readonly exact: boolean
}

/** Of both samples together. */
const EXACT_UP_TO = 60

/**
 * Compares the two samples. Up to 60 values in all the test is exact, ties included (all ways to draw the first
 * sample from the pooled midranks); beyond that it is the normal approximation with a tie-corrected variance and a
 * continuity correction of ½.
 */
export function mannWhitney(a: readonly number[], b: readonly number[], tail: Tail): MannWhitney {
  const pooled = [...a, ...b]
  const ranks = midRanks(pooled)
  const rankSum = sum(ranks.slice(0, a.length))
  const statistic = rankSum - leastRankSum(a.length)
  const exact = pooled.length <= EXACT_UP_TO
  if (!exact) return { p: normalP(statistic, a.length, b.length, tieSizes(pooled), tail), statistic, exact }
  // Ranked from the other end, the upper tail is a lower one.
  const reversed = ranks.map((rank) => pooled.length + 1 - rank)
  const p = pOfTails(
    tail,
    () => exactLowerTail(ranks, a.length, rankSum),
    () => exactLowerTail(reversed, a.length, sum(reversed.slice(0, a.length))),
  )
  return { p, statistic, exact }
}

/** U of the first so many values of each sample, where none are tied. */
export function mannWhitneyStatistic(a: readonly number[], b: readonly number[], size: number): number {
  let greater = 0
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) if (a[i]! > b[j]!) greater++
  }
  return greater
}

/** The greatest U of samples without ties that has a lower tail of at most the level; −1 where none has. */
export function mannWhitneyCritical(first: number, second: number, level: number): number {
  if (first + second > EXACT_UP_TO) {
    const sd = standardError(first, second, [])
    return Math.floor((first * second) / 2 - 0.5 + normalQuantile(level) * sd)
  }
  const chances = chancesOfU(first, second)
  let critical = -1
  for (let tail = chances[0]!; tail <= level && critical < first * second; tail += chances[critical + 1]!)
    critical++
  return critical
}

/** The chance of each U from 0 to its most, for samples without ties that come from one distribution. */
export function chancesOfU(first: number, second: number): Float64Array {
  const ranks = Array.from({ length: first + second }, (_, i) => i + 1)
  const least = leastRankSum(first)
  const ways = waysToDraw(ranks, first, least + first * second).subarray(least)
  return ways.map((count) => count / combinations(first + second, first))
}

/** n choose k. */
export function combinations(n: number, k: number): number {
  let ways = 1
  for (let i = 1; i <= Math.min(k, n - k); i++) ways = (ways * (n + 1 - i)) / i
  return ways
}

function leastRankSum(size: number): number {
  return (size * (size + 1)) / 2
}

function exactLowerTail(ranks: readonly number[], size: number, rankSum: number): number {
  const unit = ranks.every(Number.isInteger) ? 1 : 2
  const ways = waysToDraw(
    ranks.map((rank) => unit * rank),
    size,
    unit * rankSum,
  )
  return sum(ways) / combinations(ranks.length, size)
}

/** Element s is the number of ways to draw so many of the ranks with the sum s, up to the limit. */
function waysToDraw(ranks: readonly number[], size: number, limit: number): Float64Array {
  const ways = Array.from({ length: size + 1 }, () => new Float64Array(limit + 1))
  ways[0]![0] = 1
  ranks.forEach((rank, i) => {
    for (let drawn = Math.min(size, i + 1); drawn > Math.max(0, size - ranks.length + i); drawn--) {
      const [own, fewer] = [ways[drawn]!, ways[drawn - 1]!]
      for (let s = rank; s <= limit; s++) own[s]! += fewer[s - rank]!
    }
  })
  return ways[size]!
}

function normalP(u: number, first: number, second: number, ties: readonly number[], tail: Tail): number {
  const [expected, sd] = [(first * second) / 2, standardError(first, second, ties)]
  if (sd === 0) return 1
  return pOfTails(
    tail,
    () => normalCdf((u - expected + 0.5) / sd),
    () => normalCdf((expected - u + 0.5) / sd),
  )
}

function standardError(first: number, second: number, ties: readonly number[]): number {
  const n = first + second
  const tied = sum(ties.map((size) => size ** 3 - size))
  return Math.sqrt(((first * second) / 12) * (n + 1 - tied / (n * (n - 1))))
}
