/** The kernels of a density: one per observation, and a last one for the prior. */

/** One column per axis, one row per kernel. */
export interface Kernels {
  /** On the unit interval; of categories the level, for the prior the number of levels. */
  readonly centres: readonly Float64Array[]
  /** Of discrete axes, the levels of the centres, for the prior the number of levels; empty for continuous axes. */
  readonly levels: readonly Float64Array[]
  /** Shares of the range; empty for categories. */
  readonly bandwidths: readonly Float64Array[]
  /** The kernels but the prior's by centre; empty where no order is needed. */
  readonly orders: readonly Int32Array[]
  /** Categories only: the weight of every level, to which the kernel's own level adds 1, before they are normalised. */
  readonly leaks: readonly number[]
  /** They need not sum to one. */
  readonly weights: Float64Array
}

/** A kernel whose logarithm is this far below another's is lost in the rounding of their sum. */
export const NEGLIGIBLE = -34

/** Logarithms of the weights as shares of their total. */
export function logsOfShares(weights: Float64Array, total: number): Float64Array {
  const logs = new Float64Array(weights.length)
  for (let k = 0; k < weights.length; k++) {
    logs[k] = k > 0 && weights[k] === weights[k - 1] ? logs[k - 1]! : Math.log(weights[k]! / total)
  }
  return logs
}

/** Kernels with the same level and width on an axis are of one kind; the prior is of the last. */
export interface Kinds {
  readonly kindOf: Int32Array
  /** The first kernel of each kind. */
  readonly firsts: readonly number[]
}

/**
 * The kinds on a discrete axis. A kernel joins the latest kind of its level where it is as wide, and begins a new one
 * else.
 */
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
  return { kindOf: of, firsts }
}

/** On a single discrete axis one kernel of each kind is enough, with the weight of all. */
export function merged(kernels: Kernels): Kernels {
  const { kindOf: of, firsts } = kindsOf(kernels, 0)
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

/** Where there are more levels they are numbered as they occur, so that no table is longer than the history. */
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
