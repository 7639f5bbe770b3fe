/** Ranks of a sample, and the two tails of a rank test. */

/** The ranks from 1, in the given order. Equal values share the mean of their ranks (midranks). */
export function midRanks(values: readonly number[]): number[] {
  const order = ascending(values)
  const ranks = new Array<number>(values.length)
  for (const [start, end] of runsOfEqual(values, order)) {
    for (let k = start; k < end; k++) ranks[order[k]!] = (start + 1 + end) / 2
  }
  return ranks
}

/** How many values are equal, for each value that occurs. */
export function tieSizes(values: readonly number[]): number[] {
  return runsOfEqual(values, ascending(values)).map(([start, end]) => end - start)
}

/** Indices in the order of their values. Subtraction would not order infinities. */
function ascending(values: readonly number[]): number[] {
  return values
    .map((_, i) => i)
    .sort((i, j) => (values[i]! < values[j]! ? -1 : Number(values[i]! > values[j]!)))
}

function runsOfEqual(values: readonly number[], order: readonly number[]): [start: number, end: number][] {
  const runs: [number, number][] = []
  for (let start = 0; start < order.length; ) {
    let end = start + 1
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++
    runs.push([start, end])
    start = end
  }
  return runs
}

/** What is tested: that the first sample is smaller, that it is greater, or that the two differ. */
export type Tail = 'less' | 'greater' | 'two-sided'

/** p from the two tails of a statistic. Both include the value that was observed. */
export function pOfTails(tail: Tail, lower: () => number, upper: () => number): number {
  if (tail === 'less') return Math.min(1, lower())
  if (tail === 'greater') return Math.min(1, upper())
  return Math.min(1, 2 * Math.min(lower(), upper()))
}
