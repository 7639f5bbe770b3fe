/**
 * A configuration as the kernel sees it: columns of numbers whose squared differences, each over the square of its
 * parameter's length scale, add up to the squared distance of two configurations.
 *
 * What has an order is a column from 0 to 1, a discrete value at its place among the others. What has none is a
 * column of names: two are 0 or 1 apart (Ru et al. 2020, eq. 2, inside the distance). A parameter that is not always
 * active has a second column that tells where it is, and lies in the middle of the first where it is not: the
 * distance is that of points in space, as in the arc kernel (Swersky et al. 2013), so the kernel stays valid.
 */
import { decode, derive, encode } from '../../search-spaces/index.js'
import type { Parameter, Params, Space } from '../../search-spaces/types.js'
import { type Derived, derivedOf } from './derived.js'

export interface Encoding {
  readonly space: Space
  /** The parameter behind each column, by its coordinate of the unit cube: metric columns first, then names. */
  readonly scales: readonly number[]
  readonly metric: number
  /** Of each coordinate, the column that moves with it; -1 where it is not continuous. */
  readonly columnOf: readonly number[]
  /** How a coordinate of the unit cube becomes the value of a column. */
  readonly readers: readonly ((unit: number) => number)[]
  /** The space's derived quantities: a column and a length scale each, between metric columns and names. */
  readonly derived: readonly Derived[]
  /** How many length scales there are. */
  readonly lengths: number
}

/** A point of the unit cube that decodes to a configuration and back, and that configuration's columns. */
export interface Point {
  readonly unit: Float64Array
  readonly columns: Float64Array
}

/** So far out of the line of its values lies a parameter that is not active: from either end of it, one away. */
const ASIDE = Math.sqrt(3) / 2

interface Column {
  readonly scale: number
  readonly metric: boolean
  readonly read: (unit: number) => number
}

export function encodingOf(space: Space): Encoding {
  const all = space.searched.flatMap(columnsOf)
  const derived = derivedOf(space)
  const metric = all.filter((column) => column.metric)
  const names = all.filter((column) => !column.metric)
  const columns = [...metric, ...names]
  const own = space.searched.length
  const scales = columns.map(({ scale }) => scale)
  return {
    space,
    scales: [
      ...scales.slice(0, metric.length),
      ...derived.map((_, k) => own + k),
      ...scales.slice(metric.length),
    ],
    metric: metric.length + derived.length,
    columnOf: space.searched.map(({ levels, numeric, coordinate }) =>
      levels === Infinity && numeric ? columns.findIndex(({ scale }) => scale === coordinate) : -1,
    ),
    readers: columns.map(({ read }) => read),
    derived,
    lengths: own + derived.length,
  }
}

export function pointOf(encoding: Encoding, params: Params): Point {
  return pointAt(encoding, encode(encoding.space, params))
}

export function pointAt({ space, readers, scales, derived, metric }: Encoding, unit: Float64Array): Point {
  const columns = new Float64Array(scales.length)
  const plain = metric - derived.length
  for (let c = 0; c < plain; c++) columns[c] = readers[c]!(unit[scales[c]!]!)
  for (let c = metric; c < scales.length; c++) columns[c] = readers[c - derived.length]!(unit[scales[c]!]!)
  if (derived.length > 0) {
    const values = derive(space, decode(space, unit))
    for (let k = 0; k < derived.length; k++)
      columns[plain + k] = derived[k]!.read(values[derived[k]!.name] ?? Number.NaN)
  }
  return { unit, columns }
}

export function paramsAt({ space }: Encoding, { unit }: Point): Params {
  return decode(space, unit)
}

/** Equal for points that are the same configuration. */
export function keyOf({ unit }: Point): string {
  return unit.join()
}

function columnsOf(parameter: Parameter): Column[] {
  const { coordinate: scale, numeric, when } = parameter
  if (!numeric) {
    const read = (unit: number) => (Number.isNaN(unit) ? -1 : parameter.indexOf(parameter.fromUnit(unit)))
    return [{ scale, metric: false, read }]
  }
  const place = placeOf(parameter)
  if (when.length === 0) return [{ scale, metric: true, read: place }]
  return [
    { scale, metric: true, read: (unit) => (Number.isNaN(unit) ? 0.5 : place(unit)) },
    { scale, metric: true, read: (unit) => (Number.isNaN(unit) ? ASIDE : 0) },
  ]
}

/** From 0, the lowest value, to 1, the highest. */
function placeOf({ levels, cell }: Parameter): (unit: number) => number {
  if (levels === Infinity) return (unit) => unit
  const low = cell(0).centre
  const width = cell(levels - 1).centre - low
  return width > 0 ? (unit) => (unit - low) / width : () => 0
}
