/** From rows of the history to the density that they stand for. */
import type { Axis } from './axis.js'
import { bandwidths } from './bandwidth.js'
import type { History } from './history.js'
import { PRIOR } from './kernels.js'
import type { TpeOptions } from './options.js'
import { type Parzen, parzen } from './parzen.js'
import type { Weigh } from './weights.js'

/** Parameters that are active together: one density is estimated over them. */
export interface Block {
  readonly axes: readonly Axis[]
  /** Of its axes among all. */
  readonly places: readonly number[]
}

/** Multivariate: a block for each condition; univariate: one for each parameter. */
export function blocksOf(axes: readonly Axis[], multivariate: boolean): Block[] {
  const blocks = new Map<string, number[]>()
  for (const [place, { parameter }] of axes.entries()) {
    const key = multivariate ? conditionOf(parameter) : parameter.name
    blocks.set(key, [...(blocks.get(key) ?? []), place])
  }
  return [...blocks.values()].map((places) => ({ places, axes: places.map((place) => axes[place]!) }))
}

function conditionOf({ when }: Axis['parameter']): string {
  return JSON.stringify(
    when.map(({ parent, values }) => [parent, values.map((v) => JSON.stringify(v)).sort()]),
  )
}

const NONE = new Float64Array(0)
const NONE_IN_ORDER = new Int32Array(0)

/** `more` are points beside the history, as young as can be: those that are pending. */
export function estimate(
  history: History,
  block: Block,
  rows: Int32Array,
  more: readonly Float64Array[],
  options: TpeOptions,
  weigh: Weigh,
): Parzen {
  const { axes, places } = block
  const inBlock = activeRows(history, places, rows)
  const extra = more.filter((at) => places.every((place) => !Number.isNaN(at[place]!)))
  const columns = places.map((place) => gather(history.columns[place]!, inBlock, extra, place))
  const levels = axes.map((axis, d) =>
    axis.kind === 'continuous' ? NONE : withPrior(columns[d]!, axis.levels),
  )
  const centres = axes.map((axis, d) => centresOf(axis, columns[d]!))
  // Widths that all kernels share need no order; the density of a continuous axis by itself does.
  const sorted = options.bandwidth.rule !== 'range' || axes.length === 1
  const orders = axes.map(({ kind }, d) =>
    sorted && kind !== 'categories' ? orderOf(history, places[d]!, inBlock, centres[d]!) : NONE_IN_ORDER,
  )
  const widths = axes.map(({ kind }, d) =>
    kind === 'categories' ? NONE : bandwidths(options.bandwidth, centres[d]!, orders[d]!, axes.length),
  )
  const weights = weigh(inBlock, extra.length)
  const leaks = axes.map(({ levels }) => leak(options, levels, weights.length - 1))
  return parzen(axes, { centres, levels, bandwidths: widths, orders, leaks, weights })
}

function activeRows(
  { active, columns, count }: History,
  places: readonly number[],
  rows: Int32Array,
): Int32Array {
  if (places.every((place) => active[place] === count)) return rows
  return rows.filter((row) => places.every((place) => !Number.isNaN(columns[place]![row]!)))
}

/** The coordinates of the observations on an axis, and room for the prior's. */
function gather(
  column: Float64Array,
  rows: Int32Array,
  more: readonly Float64Array[],
  place: number,
): Float64Array {
  const found = new Float64Array(rows.length + more.length + 1)
  for (let i = 0; i < rows.length; i++) found[i] = column[rows[i]!]!
  for (let i = 0; i < more.length; i++) found[rows.length + i] = more[i]![place]!
  return found
}

function withPrior(column: Float64Array, prior: number): Float64Array {
  column[column.length - 1] = prior
  return column
}

/** Of categories their levels, and one that is none of them for the prior. */
function centresOf(axis: Axis, column: Float64Array): Float64Array {
  if (axis.kind === 'categories') return column
  if (axis.kind === 'continuous') return withPrior(column, PRIOR.centre)
  const centres = new Float64Array(column.length)
  for (let i = 0; i < column.length - 1; i++) centres[i] = axis.centre(column[i]!)
  return withPrior(centres, PRIOR.centre)
}

/** The places of the centres in order: the history keeps the order of its rows, what is beside it is sorted in. */
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

/** b / (C - 1) of 1 - b; or, as Optuna has it, the prior's weight among n + 1 kernels. */
function leak({ categoricalBandwidth: b, priorWeight }: TpeOptions, levels: number, n: number): number {
  if (b === null) return priorWeight / (n + 1)
  const even = 1 - 1 / levels
  return b >= even ? 1e9 : b / (levels - 1) / (1 - b - b / (levels - 1))
}
