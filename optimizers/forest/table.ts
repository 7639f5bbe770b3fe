/** The training rows of a forest, column by column, each ordered column sorted once for all trees. */
import type { Encoding, Point } from '../surrogate/encoding.js'

export interface Table {
  readonly rows: number
  /** Columns before this one are ordered; the others hold names, of which two are equal or not. */
  readonly metric: number
  readonly columns: readonly Float64Array[]
  /** Of each ordered column, the rows by its value. */
  readonly orders: readonly Int32Array[]
  /** Of each column of names, how many there are: not being active is one of them, the first. */
  readonly names: readonly number[]
}

export function tableOf(encoding: Encoding, points: readonly Point[]): Table {
  const { metric, inputOf, space } = encoding
  const columns = inputOf.map((_, c) => Float64Array.from(points, (point) => point.columns[c]!))
  const names = inputOf.slice(metric).map((input) => space.searched[input]!.levels + 1)
  return { rows: points.length, metric, columns, orders: columns.slice(0, metric).map(sortedRows), names }
}

/** The place of a name among those of its column: a column says −1 where the parameter is not active. */
export function nameAt(column: number): number {
  return column + 1
}

function sortedRows(column: Float64Array): Int32Array {
  return Int32Array.from(column.keys()).sort((a, b) => column[a]! - column[b]! || a - b)
}
