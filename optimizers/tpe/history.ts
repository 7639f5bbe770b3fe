/**
 * The observations of a run, in columns and in order, so that an ask neither re-reads nor sorts them again. The
 * history grows in place, and is the fold of its observations and of nothing else.
 */
import type { Observation } from '../contract.js'
import { type Axis, coordinates } from './axis.js'

export interface History {
  readonly axes: readonly Axis[]
  /** Observations so far; the columns have room for more. */
  count: number
  /** One column per axis, one row per observation; NaN where the parameter was not active. */
  columns: Float64Array[]
  /** NaN where a trial failed, or was pruned before it reported a value. */
  values: Float64Array
  /** The step at which it was pruned; Infinity where it is complete, NaN where it failed. */
  steps: Float64Array
  /** The rows that did not fail, best first. */
  ranked: Int32Array
  succeeded: number
  /** Per axis, the rows in which it was active, by coordinate; `active` says how many there are. */
  orders: Int32Array[]
  readonly active: number[]
  /** Every configuration that ran, by its coordinates; null where each has a continuous parameter, and none repeats. */
  readonly seen: Set<string> | null
}

const FIRST_ROOM = 64

export function emptyHistory(axes: readonly Axis[]): History {
  return {
    axes,
    count: 0,
    columns: axes.map(() => new Float64Array(FIRST_ROOM)),
    values: new Float64Array(FIRST_ROOM),
    steps: new Float64Array(FIRST_ROOM),
    ranked: new Int32Array(FIRST_ROOM),
    succeeded: 0,
    orders: axes.map(() => new Int32Array(FIRST_ROOM)),
    active: axes.map(() => 0),
    seen: axes.some(({ kind, parameter }) => kind === 'continuous' && parameter.when.length === 0)
      ? null
      : new Set(),
  }
}

/** Gives the trial's rank among those that did not fail, from 0; null where it failed. */
export function recordObservation(history: History, { params, result }: Observation): number | null {
  const at = coordinates(history.axes, params)
  if (result.outcome === 'complete') return appendObservation(history, at, result.value, Infinity)
  if (result.outcome === 'pruned')
    return appendObservation(history, at, result.value ?? Number.NaN, result.step ?? 0)
  return appendObservation(history, at, Number.NaN, Number.NaN)
}

export function appendObservation(
  history: History,
  at: Float64Array,
  value: number,
  step: number,
): number | null {
  if (history.count === history.values.length) grow(history)
  const row = history.count++
  history.values[row] = value + 0 // JSON has no -0
  history.steps[row] = step
  history.seen?.add(at.join())
  for (let d = 0; d < at.length; d++) {
    const column = history.columns[d]!
    column[row] = at[d]!
    if (Number.isNaN(at[d]!)) continue
    insertSorted(history.orders[d]!, history.active[d]!++, row, (a, b) => column[a]! - column[b]!)
  }
  if (Number.isNaN(step)) return null
  return insertSorted(history.ranked, history.succeeded++, row, (a, b) => compare(history, a, b))
}

/**
 * Negative where row a is better than row b. Complete trials come before pruned ones, which the pruning rule found
 * worse. Of two pruned trials the one that ran longer is better, then the one with the lower value.
 */
function compare({ values, steps }: History, a: number, b: number): number {
  if (steps[a] !== steps[b]) return steps[a]! > steps[b]! ? -1 : 1
  const [x, y] = [values[a]!, values[b]!]
  if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y))
  return x < y ? -1 : x > y ? 1 : 0
}

/** Inserts a row behind its equals, so that these stay in the order of their arrival. Gives its place. */
function insertSorted(
  order: Int32Array,
  length: number,
  row: number,
  compare: (a: number, b: number) => number,
): number {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (compare(order[middle]!, row) <= 0) low = middle + 1
    else high = middle
  }
  order.copyWithin(low + 1, low, length)
  order[low] = row
  return low
}

function grow(history: History): void {
  history.columns = history.columns.map(doubled)
  history.values = doubled(history.values)
  history.steps = doubled(history.steps)
  history.ranked = doubled(history.ranked)
  history.orders = history.orders.map(doubled)
}

export function doubled<T extends Float64Array | Int32Array>(old: T): T {
  const larger = new (old.constructor as new (length: number) => T)(2 * old.length)
  larger.set(old)
  return larger
}
