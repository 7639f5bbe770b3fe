/**
 * A configuration as a model sees it: a row of columns.
 *
 * An ordered parameter is a metric column from 0 to 1; a discrete value lies at its place among the others. An
 * unordered parameter is a column of names, of which two are equal or not. A parameter that is not always active has
 * a second metric column that says whether it is, and lies in the middle of the first column where it is not.
 *
 * A kernel adds up the squared differences of columns, each over the square of its input's length scale. With names 0
 * or 1 apart (Ru et al. 2020, eq. 2, inside the distance) and the second column of an inactive parameter this is the
 * distance of points in space, as in the arc kernel (Swersky et al. 2013), so the kernel stays valid.
 */
import { decode, derive, encode } from '../../search-spaces/index.js'
import type { Parameter, Params, Space } from '../../search-spaces/types.js'
import { activeTogether } from './active.js'
import { type DerivedQuantity, derivedQuantitiesOf } from './derived.js'

export interface Encoding {
  readonly space: Space
  /**
   * How many inputs there are: the searched parameters by their coordinate of the unit cube, then the derived
   * quantities.
   */
  readonly inputs: number
  /** How many of the searched parameters are active together, in the mean. */
  readonly active: number
  /** Of each column, the input behind it: metric columns first, then names. */
  readonly inputOf: readonly number[]
  /** How many columns are metric. */
  readonly metric: number
  /** Of each coordinate, the column that moves with it; -1 where it is not continuous. */
  readonly columnOf: readonly number[]
  /** How a coordinate of the unit cube becomes the value of a column; derived quantities have none. */
  readonly toColumn: readonly ((unit: number) => number)[]
  /** The space's derived quantities: one metric column each, after those of the parameters. */
  readonly derived: readonly DerivedQuantity[]
}

/** A point of the unit cube that decodes to a configuration and back, and that configuration's columns. */
export interface Point {
  readonly unit: Float64Array
  readonly columns: Float64Array
}

/**
 * The second column of a parameter that is not active: with 0.5 in the first it is one away from either end of the
 * range.
 */
const INACTIVE_OFFSET = Math.sqrt(3) / 2

interface Column {
  readonly input: number
  readonly metric: boolean
  readonly toColumn: (unit: number) => number
}

export function encodingOf(space: Space): Encoding {
  const all = space.searched.flatMap(columnsOf)
  const derived = derivedQuantitiesOf(space)
  const metric = all.filter((column) => column.metric)
  const names = all.filter((column) => !column.metric)
  const columns = [...metric, ...names]
  const own = space.searched.length
  const inputOf = columns.map(({ input }) => input)
  return {
    space,
    inputs: own + derived.length,
    active: activeTogether(space),
    inputOf: [
      ...inputOf.slice(0, metric.length),
      ...derived.map((_, k) => own + k),
      ...inputOf.slice(metric.length),
    ],
    metric: metric.length + derived.length,
    columnOf: space.searched.map(({ levels, numeric, coordinate }) =>
      levels === Infinity && numeric ? columns.findIndex(({ input }) => input === coordinate) : -1,
    ),
    toColumn: columns.map(({ toColumn }) => toColumn),
    derived,
  }
}

/**
 * How many starting points a space has unless an option says otherwise: one for each parameter that is active at once,
 * at least eight.
 */
export function startSize({ active }: Encoding): number {
  return Math.max(8, Math.ceil(active))
}

export function pointOf(encoding: Encoding, params: Params): Point {
  return pointAt(encoding, encode(encoding.space, params))
}

export function pointAt({ space, toColumn, inputOf, derived, metric }: Encoding, unit: Float64Array): Point {
  const columns = new Float64Array(inputOf.length)
  const plain = metric - derived.length
  for (let c = 0; c < plain; c++) columns[c] = toColumn[c]!(unit[inputOf[c]!]!)
  for (let c = metric; c < inputOf.length; c++) columns[c] = toColumn[c - derived.length]!(unit[inputOf[c]!]!)
  if (derived.length > 0) {
    const values = derive(space, decode(space, unit))
    for (let k = 0; k < derived.length; k++)
      columns[plain + k] = derived[k]!.toColumn(values[derived[k]!.name] ?? Number.NaN)
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
  const { coordinate: input, numeric, when } = parameter
  if (!numeric) {
    const toColumn = (unit: number) => (Number.isNaN(unit) ? -1 : parameter.indexOf(parameter.fromUnit(unit)))
    return [{ input, metric: false, toColumn }]
  }
  const place = placeOf(parameter)
  if (when.length === 0) return [{ input, metric: true, toColumn: place }]
  return [
    { input, metric: true, toColumn: (unit) => (Number.isNaN(unit) ? 0.5 : place(unit)) },
    { input, metric: true, toColumn: (unit) => (Number.isNaN(unit) ? INACTIVE_OFFSET : 0) },
  ]
}

/** From 0, the lowest value, to 1, the highest. */
function placeOf({ levels, cell }: Parameter): (unit: number) => number {
  if (levels === Infinity) return (unit) => unit
  const low = cell(0).centre
  const width = cell(levels - 1).centre - low
  return width > 0 ? (unit) => (unit - low) / width : () => 0
}
