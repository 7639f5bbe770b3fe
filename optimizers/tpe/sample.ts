/**
 * The observations from which one density is estimated, in the order of their arrival, one column per axis. A sample
 * changes by a row at a time, and its density is kept until it does.
 */
import type { Block } from './block.js'
import { doubled, type History } from './history.js'
import type { Parzen } from './parzen.js'

export interface Sample {
  readonly block: Block
  size: number
  /** Rows of the history. */
  rows: Int32Array
  /** There is always room for one more, the prior's. */
  coordinates: Float64Array[]
  /** Centres of the kernels: the cells' centres on cells, the very arrays of `coordinates` on other axes. */
  centres: Float64Array[]
  density: Parzen | null
}

const FIRST_ROOM = 32

export function emptySample(block: Block, room = FIRST_ROOM): Sample {
  const coordinates = block.axes.map(() => new Float64Array(room))
  const centres = block.axes.map(({ kind }, d) =>
    kind === 'cells' ? new Float64Array(room) : coordinates[d]!,
  )
  return { block, size: 0, rows: new Int32Array(room), coordinates, centres, density: null }
}

/** Adds nothing where one of the block's parameters was not active. */
export function addRow(sample: Sample, { columns }: History, row: number): void {
  const { axes, places } = sample.block
  if (places.some((place) => Number.isNaN(columns[place]![row]!))) return
  if (sample.size + 1 >= sample.rows.length) grow(sample)
  const { size, rows, coordinates, centres } = sample
  const at = placeOf(sample, row)
  openGap(rows, at, size)
  rows[at] = row
  for (let d = 0; d < places.length; d++) {
    const value = columns[places[d]!]![row]!
    openGap(coordinates[d]!, at, size)
    coordinates[d]![at] = value
    if (centres[d] === coordinates[d]) continue
    openGap(centres[d]!, at, size)
    centres[d]![at] = axes[d]!.centre(value)
  }
  sample.size++
  sample.density = null
}

export function dropRow(sample: Sample, row: number): void {
  const at = placeOf(sample, row)
  if (at === sample.size || sample.rows[at] !== row) return
  for (const column of new Set([sample.rows, ...sample.coordinates, ...sample.centres])) {
    column.copyWithin(at, at + 1, sample.size)
  }
  sample.size--
  sample.density = null
}

/** A sample with pending points behind it, which are not in the history. */
export function withPoints(sample: Sample, points: readonly Float64Array[]): Sample {
  const { block, size } = sample
  const whole = emptySample(block, size + points.length + 1)
  whole.rows.set(sample.rows.subarray(0, size))
  for (const [d, axis] of block.axes.entries()) {
    const [values, centres] = [whole.coordinates[d]!, whole.centres[d]!]
    values.set(sample.coordinates[d]!.subarray(0, size))
    centres.set(sample.centres[d]!.subarray(0, size))
    for (const [i, point] of points.entries()) {
      const value = point[block.places[d]!]!
      values[size + i] = value
      if (axis.kind === 'cells') centres[size + i] = axis.centre(value)
    }
  }
  whole.size = size + points.length
  return whole
}

/** Where the row is, or would be. */
function placeOf({ rows, size }: Sample, row: number): number {
  let [low, high] = [0, size]
  while (low < high) {
    const middle = (low + high) >> 1
    if (rows[middle]! < row) low = middle + 1
    else high = middle
  }
  return low
}

function openGap(column: Float64Array | Int32Array, at: number, size: number): void {
  if (at < size) column.copyWithin(at + 1, at, size)
}

function grow(sample: Sample): void {
  const { coordinates, centres } = sample
  sample.rows = doubled(sample.rows)
  sample.coordinates = coordinates.map(doubled)
  sample.centres = centres.map((column, d) =>
    column === coordinates[d] ? sample.coordinates[d]! : doubled(column),
  )
}
