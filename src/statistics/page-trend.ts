/**
 * Page's test: do values rise over ordered levels, seed by seed? (Page 1963, Ordered hypotheses for multiple
 * treatments: a significance test for linear ranks.)
 */
import { normalCdf } from '../../optimizers/math/normal.js'
import { convolve } from './convolve.js'
import { mean, sum } from './describe.js'
import { midRanks, pOfTails, type Tail } from './ranks.js'

export interface Trend {
  /** One-sided with `greater`: the chance of a trend at least as steep, if the levels did not matter. */
  readonly p: number
  /** Page's L, or Jonckheere's J. */
  readonly statistic: number
  readonly exact: boolean
}

/** Of levels; the cost of the exact distribution doubles with each. */
const EXACT_UP_TO = 8
const EXACT_BLOCKS = 50

/**
 * Each block has one value a level, in the order of the levels, and is ranked by itself. Up to 8 levels and 50
 * blocks the test is exact, ties included (all orders of each block's midranks); beyond that it is the normal
 * approximation with the variance of those orders. `greater` tests that values rise with the level.
 */
export function pageTrend(
  blocks: readonly (readonly number[])[],
  tail: Tail,
  levels: readonly number[] = blocks[0]?.map((_, level) => level) ?? [],
): Trend {
  const scores = midRanks(levels)
  const ranks = blocks.map((block) => midRanks(block))
  const statistic = sum(ranks.map((own) => sum(own.map((rank, i) => rank * scores[i]!))))
  const exact = levels.length <= EXACT_UP_TO && blocks.length <= EXACT_BLOCKS
  return { p: (exact ? exactP : normalP)(scores, ranks, statistic, tail), statistic, exact }
}

/** With scores and ranks as integers: halves, which ties bring, are doubled. */
function exactP(
  scores: readonly number[],
  ranks: readonly (readonly number[])[],
  statistic: number,
  tail: Tail,
): number {
  const unitOf = (values: readonly number[]) => (values.every(Number.isInteger) ? 1 : 2)
  const units = { scores: unitOf(scores), ranks: unitOf(ranks.flat()) }
  const steps = scores.map((score) => units.scores * score)
  const known = new Map<string, Float64Array>()
  const ofBlock = (own: readonly number[]) => {
    const block = own.map((rank) => units.ranks * rank).sort((a, b) => a - b)
    const found = known.get(block.join()) ?? chancesOfBlock(steps, block)
    known.set(block.join(), found)
    return found
  }
  const chances = ranks.map(ofBlock).reduce(convolve, Float64Array.of(1))
  const at = units.scores * units.ranks * statistic
  return pOfTails(
    tail,
    () => sum(chances.subarray(0, at + 1)),
    () => sum(chances.subarray(at)),
  )
}

/**
 * The chance of each Σ score · rank, if the ranks were given to the levels in any order. Subsets of the ranks are
 * given to the first levels, one level after the other.
 */
function chancesOfBlock(scores: readonly number[], ranks: readonly number[]): Float64Array {
  const levels = scores.length
  const descending = (a: number, b: number) => b - a
  const inOrder = ranks.toSorted(descending)
  const most = sum(scores.toSorted(descending).map((score, i) => score * inOrder[i]!))
  const bySubset = Array.from({ length: 2 ** levels }, () => new Float64Array(most + 1))
  bySubset[0]![0] = 1
  for (let subset = 0; subset < 2 ** levels - 1; subset++) {
    const level = sizeOf(subset)
    ranks.forEach((rank, i) => {
      if ((subset & (1 << i)) !== 0) return
      addShifted(bySubset[subset | (1 << i)]!, bySubset[subset]!, scores[level]! * rank, levels - level)
    })
  }
  return bySubset.at(-1)!
}

function addShifted(to: Float64Array, from: Float64Array, shift: number, share: number): void {
  for (let s = 0; s + shift < to.length; s++) if (from[s] !== 0) to[s + shift]! += from[s]! / share
}

function sizeOf(subset: number): number {
  let size = 0
  for (let rest = subset; rest > 0; rest &= rest - 1) size++
  return size
}

function normalP(
  scores: readonly number[],
  ranks: readonly (readonly number[])[],
  statistic: number,
  tail: Tail,
): number {
  const levels = scores.length
  const spread = (values: readonly number[]) => sum(values.map((value) => (value - mean(values)) ** 2))
  const expected = (ranks.length * levels * (levels + 1) ** 2) / 4
  const sd = Math.sqrt((spread(scores) * sum(ranks.map(spread))) / (levels - 1))
  if (!(sd > 0)) return 1
  const z = (statistic - expected) / sd
  return pOfTails(
    tail,
    () => normalCdf(z),
    () => normalCdf(-z),
  )
}
