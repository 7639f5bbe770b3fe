/**
 * The best split of a node: that after which the sum of squared differences to the means of both sides is least, as in
 * CART (Breiman et al. 1984, §8.3). Of unordered names it is the best of all subsets: by their theorem 4.5 a prefix of
 * the names in the order of their means.
 *
 * The place of a split between two neighbouring values is drawn uniformly: over many trees, the mean then changes
 * gradually from one observation to the next, and the variance grows between them (Hutter et al. 2014, §4.3.2).
 */
import type { Rng } from '../rng.js'
import { nameAt, type Table } from './table.js'

/** A node: its rows are those from `low` to before `high` in each order. */
export interface Node {
  readonly low: number
  readonly high: number
  readonly weight: number
  readonly mean: number
  /** The weighted sum of squared differences to the mean. */
  readonly squares: number
}

export interface Growing {
  readonly table: Table
  /** How often a row was drawn into the tree. */
  readonly weights: Float64Array
  readonly values: Float64Array
  /** No side of a split has less weight. */
  readonly leaf: number
  /** The rows of the tree in the order of the table; then, of each ordered column, by its value. */
  readonly orders: readonly Int32Array[]
}

export type Split = {
  readonly column: number
  /** By how much the sum of squared differences falls. */
  readonly gain: number
} & ({ readonly below: number; readonly above: number } | { readonly left: Uint8Array })

/** Splits that differ by less than this share of the node's squares are as good as each other. */
const TIE = 1e-9

/**
 * The best split by `count` of the columns that can split the node, drawn at random; of equal ones the first drawn.
 * `columns` holds every column once, and is left in another order.
 */
export function bestSplit(
  growing: Growing,
  node: Node,
  columns: Int32Array,
  count: number,
  rng: Rng,
): Split | undefined {
  let best: Split | undefined
  for (let drawn = 0, able = 0; drawn < columns.length && able < count; drawn++) {
    const column = drawOne(columns, drawn, rng)
    const split =
      column < growing.table.metric ? splitByValue(growing, node, column) : splitByName(growing, node, column)
    if (split === undefined) continue
    able++
    if (best === undefined || split.gain > best.gain + TIE * node.squares) best = split
  }
  return best
}

/** Swaps one of the columns from `place` on to that place. */
function drawOne(columns: Int32Array, place: number, rng: Rng): number {
  const chosen = place + rng.below(columns.length - place)
  const column = columns[chosen]!
  columns[chosen] = columns[place]!
  columns[place] = column
  return column
}

function splitByValue(growing: Growing, node: Node, column: number): Split | undefined {
  const { table, weights, values, leaf, orders } = growing
  const { low, high, weight, mean } = node
  const at = table.columns[column]!
  const order = orders[column + 1]!
  if (at[order[low]!] === at[order[high - 1]!]) return undefined
  let [best, place] = [-1, -1]
  let [left, sum] = [0, 0]
  for (let i = low; i < high - 1; i++) {
    const row = order[i]!
    left += weights[row]!
    sum += weights[row]! * (values[row]! - mean)
    if (left < leaf || weight - left < leaf || at[row] === at[order[i + 1]!]) continue
    const gain = gainOf(sum, left, weight)
    if (gain > best) [best, place] = [gain, i]
  }
  if (place < 0) return undefined
  return { column, gain: best, below: at[order[place]!]!, above: at[order[place + 1]!]! }
}

function splitByName(growing: Growing, node: Node, column: number): Split | undefined {
  const { table, weights, values, leaf, orders } = growing
  const { low, high, weight, mean } = node
  const at = table.columns[column]!
  const names = table.names[column - table.metric]!
  const [counts, sums] = [new Float64Array(names), new Float64Array(names)]
  for (let i = low; i < high; i++) {
    const row = orders[0]![i]!
    const name = nameAt(at[row]!)
    counts[name]! += weights[row]!
    sums[name]! += weights[row]! * (values[row]! - mean)
  }
  const present = [...counts.keys()].filter((name) => counts[name]! > 0)
  present.sort((a, b) => sums[a]! / counts[a]! - sums[b]! / counts[b]! || a - b)
  let [best, place] = [-1, -1]
  let [left, sum] = [0, 0]
  for (let i = 0; i < present.length - 1; i++) {
    left += counts[present[i]!]!
    sum += sums[present[i]!]!
    if (left < leaf || weight - left < leaf) continue
    const gain = gainOf(sum, left, weight)
    if (gain > best) [best, place] = [gain, i]
  }
  if (place < 0) return undefined
  const sides = new Uint8Array(names).fill(ABSENT)
  for (const [i, name] of present.entries()) sides[name] = i <= place ? LEFT : RIGHT
  return { column, gain: best, left: sides }
}

/** Where a name goes. Where none of the node's rows has it, that is drawn once the split is chosen. */
export const RIGHT = 0
export const LEFT = 1
const ABSENT = 2

/** Draws what a split leaves open: where in the gap it lies, or where names go that are not in the node. */
export function settled(split: Split, rng: Rng): { readonly threshold: number; readonly left?: Uint8Array } {
  if ('left' in split) {
    const left = split.left.map((side) => (side !== ABSENT ? side : rng.uniform() < 0.5 ? LEFT : RIGHT))
    return { threshold: 0, left }
  }
  const { below, above } = split
  const threshold = below + rng.uniform() * (above - below)
  return { threshold: threshold < above ? threshold : below }
}

/** `sum` is that of the left side's differences to the mean of the whole. */
function gainOf(sum: number, left: number, weight: number): number {
  return (sum * sum * weight) / (left * (weight - left))
}
