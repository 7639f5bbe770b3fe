/** The diagonal of a Cholesky factor: the root of a row's variance less the part that the columns before it explain. */

/** The least share of the variance that is left, in case two rows are the same but for rounding. */
const LEAST = 1e-14

export function pivot(variance: number, explained: number): number {
  return Math.sqrt(Math.max(variance - explained, LEAST * variance))
}
