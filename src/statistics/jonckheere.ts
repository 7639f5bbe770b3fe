/**
 * Jonckheere's test: do values rise over ordered levels, where seeds do not pair? (Jonckheere 1954, A distribution-free
 * k-sample test against ordered alternatives.)
 */
import { normalCdf } from '../../optimizers/math/normal.js'
import { convolve } from './convolve.js'
import { sum } from './describe.js'
import { chancesOfU } from './mann-whitney.js'
import type { Trend } from './page-trend.js'
import { pOfTails, type Tail, tieSizes } from './ranks.js'

/** Of all samples together. */
const EXACT_UP_TO = 60

/**
 * J counts the pairs of values from different levels in which the higher level has the greater value, and half of the
 * equal ones. Up to 60 values without ties the test is exact; else it is the normal approximation with a tie-corrected
 * variance. `greater` tests that values rise with the level.
 */
export function jonckheere(samples: readonly (readonly number[])[], tail: Tail): Trend {
  const statistic = sum(samples.map((higher, i) => pairsBelow(samples.slice(0, i).flat(), higher)))
  const ties = tieSizes(samples.flat())
  const exact = ties.length <= EXACT_UP_TO && ties.every((size) => size === 1)
  const sizes = samples.map((sample) => sample.length)
  return {
    p: exact ? exactP(sizes, statistic, tail) : normalP(sizes, ties, statistic, tail),
    statistic,
    exact,
  }
}

function pairsBelow(lower: readonly number[], higher: readonly number[]): number {
  return sum(
    higher.map((value) => sum(lower.map((other) => (other < value ? 1 : other === value ? 0.5 : 0)))),
  )
}

/** J is the sum of each sample's U against all lower ones, and these are independent where levels do not matter. */
function exactP(sizes: readonly number[], statistic: number, tail: Tail): number {
  let chances: Float64Array = Float64Array.of(1)
  for (let i = 1, lower = sizes[0]!; i < sizes.length; lower += sizes[i++]!) {
    chances = convolve(chances, chancesOfU(sizes[i]!, lower))
  }
  return pOfTails(
    tail,
    () => sum(chances.subarray(0, statistic + 1)),
    () => sum(chances.subarray(statistic)),
  )
}

/** Mean and variance of J with ties: Hollander, Wolfe & Chicken (2014), Nonparametric statistical methods, eq. 6.19. */
function normalP(sizes: readonly number[], ties: readonly number[], statistic: number, tail: Tail): number {
  const n = sum(sizes)
  const over = (groups: readonly number[], term: (size: number) => number) => sum(groups.map(term))
  const [first, second, third] = [
    (size: number) => size * (size - 1) * (2 * size + 5),
    (size: number) => size * (size - 1) * (size - 2),
    (size: number) => size * (size - 1),
  ]
  const variance =
    (first(n) - over(sizes, first) - over(ties, first)) / 72 +
    (over(sizes, second) * over(ties, second)) / (36 * second(n)) +
    (over(sizes, third) * over(ties, third)) / (8 * third(n))
  if (!(variance > 0)) return 1
  const z = (statistic - (n ** 2 - over(sizes, (size) => size ** 2)) / 4) / Math.sqrt(variance)
  return pOfTails(
    tail,
    () => normalCdf(z),
    () => normalCdf(-z),
  )
}
