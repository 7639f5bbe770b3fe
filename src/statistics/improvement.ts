/** The probability of improvement: how often one method is better than another, where smaller values are better. */
import { mean } from './describe.js'

/** The share of pairs in which `a` is smaller; half for equal ones. */
export function improvementInPairs(a: readonly number[], b: readonly number[]): number {
  return mean(a.map((value, i) => (value < b[i]! ? 1 : value === b[i]! ? 0.5 : 0)))
}

/** The share of all pairs of a value of `a` and one of `b`: what the Mann–Whitney test is about. */
export function improvementBetween(a: readonly number[], b: readonly number[]): number {
  return mean(a.flatMap((value) => b.map((other) => (value < other ? 1 : value === other ? 0.5 : 0))))
}
