/** The diagonal of a Cholesky factor: what a row's variance leaves once the columns before it have explained their part. */

/** It is never below this share of the variance: two rows that are alike but for rounding. */
const LEAST = 1e-14

export function pivot(variance: number, explained: number): number {
  return Math.sqrt(Math.max(variance - explained, LEAST * variance))
}
