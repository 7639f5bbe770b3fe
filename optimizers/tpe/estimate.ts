/** From rows of the history to the density that they stand for. */
import type { Axis } from './axis.js'
import { bandwidths } from './bandwidth.js'
import type { History } from './history.js'
import type { TpeOptions } from './options.js'
import { type Parzen, PRIOR, parzen } from './parzen.js'
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
  const centres = axes.map((axis, d) =>
    gather(axis, history.columns[places[d]!]!, inBlock, extra, places[d]!),
  )
  const widths = axes.map((axis, d) => {
    if (axis.kind === 'categories') return new Float64Array(0)
    const { rule } = options.bandwidth
    const order = rule === 'range' ? inBlock : orderOf(history, places[d]!, inBlock, centres[d]!)
    return bandwidths(options.bandwidth, centres[d]!, order, axes.length)
  })
  const weights = weigh(inBlock, extra.length)
  const leaks = axes.map(({ levels }) => leak(options, levels, weights.length - 1))
  return parzen(axes, { centres, bandwidths: widths, leaks, weights })
}

function activeRows(
  { active, columns, count }: History,
  places: readonly number[],
  rows: Int32Array,
): Int32Array {
  if (places.every((place) => active[place] === count)) return rows
  return rows.filter((row) => places.every((place) => !Number.isNaN(columns[place]![row]!)))
}

/** The centres of the kernels, the prior's last; of categories their levels, and one that is none of them. */
function gather(
  axis: Axis,
  column: Float64Array,
  rows: Int32Array,
  more: readonly Float64Array[],
  place: number,
): Float64Array {
  const n = rows.length + more.length
  const centres = new Float64Array(n + 1)
  for (let i = 0; i < rows.length; i++) centres[i] = column[rows[i]!]!
  for (let i = 0; i < more.length; i++) centres[rows.length + i] = more[i]![place]!
  if (axis.kind === 'cells') for (let i = 0; i < n; i++) centres[i] = axis.centre(centres[i]!)
  centres[n] = axis.kind === 'categories' ? axis.levels : PRIOR.centre
  return centres
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
