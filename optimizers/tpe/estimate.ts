/** From a sample of trials to the density that is estimated from it. */
import { bandwidths } from './bandwidth.js'
import type { History } from './history.js'
import type { TpeOptions } from './options.js'
import { type Parzen, parzenOf } from './parzen.js'
import { PRIOR } from './prior.js'
import { type Sample, withPoints } from './sample.js'
import type { Weigh } from './weights.js'

const NONE = new Float64Array(0)
const NONE_IN_ORDER = new Int32Array(0)

/** The density of a sample; it is kept with the sample until that changes. */
export function densityOf(history: History, sample: Sample, options: TpeOptions, weigh: Weigh): Parzen {
  sample.density ??= estimate(history, sample, 0, options, weigh)
  return sample.density
}

/** The density of a sample and of pending points. */
export function densityWith(
  history: History,
  sample: Sample,
  pending: readonly Float64Array[],
  options: TpeOptions,
  weigh: Weigh,
): Parzen {
  const { places } = sample.block
  const points = pending.filter((at) => places.every((place) => !Number.isNaN(at[place]!)))
  if (points.length === 0) return densityOf(history, sample, options, weigh)
  return estimate(history, withPoints(sample, points), points.length, options, weigh)
}

/** The last `more` points of the sample are pending, and are in no row of the history. */
function estimate(history: History, sample: Sample, more: number, options: TpeOptions, weigh: Weigh): Parzen {
  const { size, block } = sample
  const { axes, places } = block
  const rows = sample.rows.subarray(0, size - more)
  const levels = axes.map((axis, d) =>
    axis.kind === 'continuous' ? NONE : withPrior(sample.coordinates[d]!, size, axis.levels),
  )
  const centres = axes.map(({ kind }, d) =>
    kind === 'categories' ? levels[d]! : withPrior(sample.centres[d]!, size, PRIOR.centre),
  )
  // Rules by neighbours need the kernels in order, and so does the density of a single continuous axis.
  const sorted = options.bandwidth.rule !== 'range' || axes.length === 1
  const orders = axes.map(({ kind }, d) =>
    sorted && kind !== 'categories' ? orderOf(history, places[d]!, rows, centres[d]!) : NONE_IN_ORDER,
  )
  const weights = weigh(rows, more)
  const leaks = axes.map((axis) => leak(options, axis.levels, size))
  const widths = bandwidths(options.bandwidth, axes, centres, orders)
  return parzenOf(axes, { centres, levels, bandwidths: widths, orders, leaks, weights })
}

function withPrior(column: Float64Array, size: number, prior: number): Float64Array {
  column[size] = prior
  return column.subarray(0, size + 1)
}

/** The kernels by centre: the history keeps its rows in order, pending points are inserted. */
function orderOf(history: History, place: number, rows: Int32Array, centres: Float64Array): Int32Array {
  const placeOf = new Int32Array(history.count).fill(-1)
  for (let i = 0; i < rows.length; i++) placeOf[rows[i]!] = i
  const order = new Int32Array(centres.length - 1)
  let length = 0
  const whole = history.orders[place]!
  for (let i = 0; i < history.active[place]!; i++) {
    const at = placeOf[whole[i]!]!
    if (at >= 0) order[length++] = at
  }
  for (let extra = rows.length; extra < order.length; extra++) {
    let i = length++
    for (; i > 0 && centres[order[i - 1]!]! > centres[extra]!; i--) order[i] = order[i - 1]!
    order[i] = extra
  }
  return order
}

/** All levels together leak no more than so many would: else a kernel of many levels is flat for hundreds of trials. */
const MOST_LEAKS = 8

/** b / (C − 1) relative to 1 − b for C levels; where b is null, as in Optuna, the prior's weight over n + 1 kernels. */
function leak({ categoricalBandwidth: b, priorWeight }: TpeOptions, levels: number, n: number): number {
  if (b === null) return (priorWeight / (n + 1)) * Math.min(1, MOST_LEAKS / levels)
  const even = 1 - 1 / levels
  return b >= even ? 1e9 : b / (levels - 1) / (1 - b - b / (levels - 1))
}
