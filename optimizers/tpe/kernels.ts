/** The kernels of a density, one an observation and a last one for the prior, and which of them are alike. */

/** Columns an axis, rows a kernel. */
export interface Kernels {
  /** On the unit interval; of categories the level, which for the prior is none of them. */
  readonly centres: readonly Float64Array[]
  /** Of discrete axes, the levels of the centres, and of the prior's the one after the last; empty for the others. */
  readonly levels: readonly Float64Array[]
  /** Shares of the range; empty for categories. */
  readonly bandwidths: readonly Float64Array[]
  /** The kernels but the prior's by centre; empty where nobody sorted them. */
  readonly orders: readonly Int32Array[]
  /** Categories only: what every level gets beside the 1 of the kernel's own, before it is normalised. */
  readonly leaks: readonly number[]
  /** They need not add up to one. */
  readonly weights: Float64Array
}

/** A kernel this far below another is lost in the rounding of their sum. */
export const NEGLIGIBLE = -34

/** Logs of what the weights are of their total. */
export function logsOfShares(weights: Float64Array, total: number): Float64Array {
  const logs = new Float64Array(weights.length)
  for (let k = 0; k < weights.length; k++) {
    logs[k] = k > 0 && weights[k] === weights[k - 1] ? logs[k - 1]! : Math.log(weights[k]! / total)
  }
  return logs
}

/** Kernels alike on an axis are of one kind, the prior is of the last. */
export interface Kinds {
  readonly of: Int32Array
  /** The first kernel of each. */
  readonly firsts: readonly number[]
}

/** On a discrete axis: alike are those of one level, and as wide as the first of its latest kind. */
export function kindsOf({ levels, bandwidths }: Kernels, d: number): Kinds {
  const [column, widths] = [renumbered(levels[d]!), bandwidths[d]!]
  const prior = column.length - 1
  const latest = new Int32Array(highest(column) + 1).fill(-1)
  const of = new Int32Array(prior + 1)
  const firsts: number[] = []
  for (let k = 0; k < prior; k++) {
    const level = column[k]!
    let kind = latest[level]!
    if (kind < 0 || widths[firsts[kind]!] !== widths[k]) {
      kind = firsts.push(k) - 1
      latest[level] = kind
    }
    of[k] = kind
  }
  of[prior] = firsts.push(prior) - 1
  return { of, firsts }
}

/** On a single discrete axis many kernels are alike: one of each kind is enough, with the weight of all. */
export function merged(kernels: Kernels): Kernels {
  const { of, firsts } = kindsOf(kernels, 0)
  const weights = new Float64Array(firsts.length)
  for (let k = 0; k < of.length; k++) weights[of[k]!]! += kernels.weights[k]!
  const pick = (column: Float64Array) => Float64Array.from(column.length > 0 ? firsts : [], (k) => column[k]!)
  return {
    centres: kernels.centres.map(pick),
    levels: kernels.levels.map(pick),
    bandwidths: kernels.bandwidths.map(pick),
    orders: [new Int32Array(0)],
    leaks: kernels.leaks,
    weights,
  }
}

/** Beyond this many levels they are numbered as they come, so that no table is longer than the history. */
const MANY = 4096

function renumbered(column: Float64Array): Float64Array {
  if (highest(column) <= MANY) return column
  const numbers = new Map<number, number>()
  return column.map((level) => {
    if (!numbers.has(level)) numbers.set(level, numbers.size)
    return numbers.get(level)!
  })
}

function highest(column: Float64Array): number {
  let most = 0
  for (let k = 0; k < column.length; k++) if (column[k]! > most) most = column[k]!
  return most
}
