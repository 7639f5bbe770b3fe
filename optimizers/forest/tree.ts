/** A regression tree: it splits its rows in two until a leaf holds equal values, or too few of them. */
import type { Rng } from '../rng.js'
import { bestSplit, type Growing, LEFT, type Node, type Split, settled } from './split.js'
import { nameAt, type Table } from './table.js'

/** Nodes are numbered in the order in which they grow: a left child comes right after its parent. */
export interface Tree {
  readonly metric: number
  /** The column by which a node splits; −1 in a leaf. */
  readonly column: Int32Array
  /** Of an ordered column: values up to this one go left. */
  readonly threshold: Float64Array
  /** Of a column of names: 1 for those that go left. */
  readonly left: readonly (Uint8Array | undefined)[]
  readonly right: Int32Array
  /** Mean and variance of the values in a node, and how many there are. */
  readonly mean: Float64Array
  readonly variance: Float64Array
  readonly weight: Float64Array
  /** By how much the splits of each column lessen the sum of squared differences. */
  readonly gains: Float64Array
}

export interface TreeSettings {
  /** No leaf has fewer values. */
  readonly leaf: number
  /** A node is split by the best of so many columns. */
  readonly columns: number
}

/** `weights`: how often each row was drawn into the tree. */
export function growTree(
  table: Table,
  weights: Float64Array,
  values: Float64Array,
  settings: TreeSettings,
  rng: Rng,
): Tree {
  const growing = startGrowing(table, weights, values, settings.leaf)
  const columns = Int32Array.from(table.columns.keys())
  const sorting: Sorting = { goesLeft: new Uint8Array(table.rows), room: new Int32Array(table.rows) }
  const rows = growing.orders[0]!.length
  const tree = emptyTree(table, Math.max(1, 2 * rows - 1))
  const open: { low: number; high: number; parent: number }[] = [{ low: 0, high: rows, parent: -1 }]
  let size = 0
  for (let next = open.pop(); next; next = open.pop()) {
    const id = size++
    if (next.parent >= 0) tree.right[next.parent] = id
    const node = measured(growing, next.low, next.high)
    const split = hasSpread(growing, node)
      ? bestSplit(growing, node, columns, settings.columns, rng)
      : undefined
    record(tree, id, node, split, rng)
    if (!split) continue
    const middle = partition(growing, sorting, node, tree, id)
    open.push({ low: middle, high: node.high, parent: id }, { low: node.low, high: middle, parent: -1 })
  }
  return trimmed(tree, size)
}

export function leafAt(tree: Tree, columns: Float64Array): number {
  let node = 0
  while (tree.column[node]! >= 0)
    node = goesLeft(tree, node, columns[tree.column[node]!]!) ? node + 1 : tree.right[node]!
  return node
}

function goesLeft({ column, metric, threshold, left }: Tree, node: number, value: number): boolean {
  return column[node]! < metric ? value <= threshold[node]! : left[node]![nameAt(value)] === LEFT
}

function startGrowing(table: Table, weights: Float64Array, values: Float64Array, leaf: number): Growing {
  const drawn = (row: number) => weights[row]! > 0
  const all = Int32Array.from(weights.keys())
  return { table, weights, values, leaf, orders: [all, ...table.orders].map((order) => order.filter(drawn)) }
}

function measured({ orders, weights, values }: Growing, low: number, high: number): Node {
  const order = orders[0]!
  let [weight, sum, squares] = [0, 0, 0]
  for (let i = low; i < high; i++) {
    weight += weights[order[i]!]!
    sum += weights[order[i]!]! * values[order[i]!]!
  }
  const mean = weight > 0 ? sum / weight : 0
  for (let i = low; i < high; i++) squares += weights[order[i]!]! * (values[order[i]!]! - mean) ** 2
  return { low, high, weight, mean, squares }
}

function hasSpread({ orders, values, leaf }: Growing, { low, high, weight }: Node): boolean {
  if (weight < 2 * leaf) return false
  const order = orders[0]!
  const first = values[order[low]!]
  for (let i = low + 1; i < high; i++) if (values[order[i]!] !== first) return true
  return false
}

function record(tree: GrowingTree, id: number, node: Node, split: Split | undefined, rng: Rng): void {
  tree.mean[id] = node.mean
  tree.variance[id] = node.weight > 0 ? node.squares / node.weight : 0
  tree.weight[id] = node.weight
  tree.column[id] = split ? split.column : -1
  if (!split) return
  const { threshold, left } = settled(split, rng)
  tree.threshold[id] = threshold
  tree.left[id] = left
  tree.gains[split.column]! += split.gain
}

interface Sorting {
  readonly goesLeft: Uint8Array
  readonly room: Int32Array
}

/** Puts the rows that go left before the others, in every order; gives where the others begin. */
function partition(
  growing: Growing,
  { goesLeft: left, room }: Sorting,
  node: Node,
  tree: Tree,
  id: number,
): number {
  const { low, high } = node
  const at = growing.table.columns[tree.column[id]!]!
  const first = growing.orders[0]!
  for (let i = low; i < high; i++) left[first[i]!] = goesLeft(tree, id, at[first[i]!]!) ? 1 : 0
  let middle = low
  for (const order of growing.orders) {
    middle = low
    let others = 0
    for (let i = low; i < high; i++) {
      const row = order[i]!
      if (left[row] === 1) order[middle++] = row
      else room[others++] = row
    }
    order.set(room.subarray(0, others), middle)
  }
  return middle
}

interface GrowingTree extends Tree {
  readonly left: (Uint8Array | undefined)[]
}

function emptyTree({ metric, columns }: Table, nodes: number): GrowingTree {
  return {
    metric,
    column: new Int32Array(nodes),
    threshold: new Float64Array(nodes),
    left: [],
    right: new Int32Array(nodes),
    mean: new Float64Array(nodes),
    variance: new Float64Array(nodes),
    weight: new Float64Array(nodes),
    gains: new Float64Array(columns.length),
  }
}

function trimmed(tree: Tree, size: number): Tree {
  return {
    ...tree,
    column: tree.column.slice(0, size),
    threshold: tree.threshold.slice(0, size),
    right: tree.right.slice(0, size),
    mean: tree.mean.slice(0, size),
    variance: tree.variance.slice(0, size),
    weight: tree.weight.slice(0, size),
  }
}
