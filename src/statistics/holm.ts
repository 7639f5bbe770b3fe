/** Holm's correction for multiple tests (Holm 1979, A simple sequentially rejective multiple test procedure). */

/** Adjusted p-values in the given order. Rejecting those ≤ α keeps the family-wise error rate at or below α. */
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
