/**
 * How much two methods differ, without assuming a normal distribution: the estimate and the interval that belong to the
 * rank tests (Hodges & Lehmann 1963, Estimates of location based on rank tests).
 */
import { median } from './describe.js'
import { mannWhitneyCritical } from './mann-whitney.js'
import { signedRankCritical } from './signed-rank.js'
import type { Interval } from './student-t.js'

export interface Shift {
  readonly estimate: number
  /** It covers with at least the level; null where so few values allow no such interval. */
  readonly interval: Interval | null
}

/**
 * Of paired differences: the median of the Walsh averages. The interval holds the shifts that the two-sided signed-rank
 * test does not reject. At 95 % it needs six pairs.
 */
export function hodgesLehmann(differences: readonly number[], level = 0.95): Shift {
  const averages = differences.flatMap((d, i) => differences.slice(i).map((other) => (d + other) / 2))
  return shiftAmong(averages, signedRankCritical(differences.length, (1 - level) / 2))
}

/**
 * Of two samples, as `a` less `b`: the median of all differences between them. The interval holds the shifts that the
 * two-sided Mann–Whitney test does not reject. At 95 % it needs four values on each side.
 */
export function hodgesLehmannTwoSamples(a: readonly number[], b: readonly number[], level = 0.95): Shift {
  const differences = a.flatMap((value) => b.map((other) => value - other))
  return shiftAmong(differences, mannWhitneyCritical(a.length, b.length, (1 - level) / 2))
}

/** A shift is rejected where no more candidates than the critical value lie on one side of it. */
function shiftAmong(candidates: readonly number[], critical: number): Shift {
  const sorted = candidates.toSorted((x, y) => x - y)
  const interval = critical < 0 ? null : ([sorted[critical]!, sorted.at(-critical - 1)!] as const)
  return { estimate: median(sorted), interval }
}
