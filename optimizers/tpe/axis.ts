/**
 * A searched parameter as an axis of a density. A value of a continuous parameter is its coordinate in the unit
 * interval, a value of a discrete one the index of its level. On an ordered discrete axis a kernel is integrated over
 * the level's cell.
 */
import type { Parameter, Params, Space } from '../../search-spaces/types.js'
import { logPriorAt, logPriorIn } from './prior.js'

export interface Axis {
  readonly parameter: Parameter
  readonly kind: 'continuous' | 'cells' | 'categories'
  readonly levels: number
  /** Cells only: where the cell of a level begins, ends and has its centre. */
  low(level: number): number
  high(level: number): number
  centre(level: number): number
  /** log of the prior density, or mass, of a value. */
  logPrior(value: number): number
  /** The value of a point of the unit interval: itself, or the level whose cell contains it. */
  fromUnit(unit: number): number
}

/** The cells of an axis with more levels are computed anew each time. */
const KEPT = 4096

export function axesOf(space: Space): Axis[] {
  return space.searched.map((parameter) => {
    const { levels } = parameter
    if (levels === Infinity) {
      return {
        parameter,
        kind: 'continuous',
        levels,
        ...noCells,
        logPrior: logPriorAt,
        fromUnit: (unit) => unit,
      }
    }
    const fromUnit = (unit: number) => parameter.indexOf(parameter.fromUnit(unit))
    if (parameter.numeric)
      return { parameter, kind: 'cells', levels, ...cellsOf(parameter, levels), fromUnit }
    const even = -Math.log(levels)
    return { parameter, kind: 'categories', levels, ...noCells, logPrior: () => even, fromUnit }
  })
}

/**
 * A configuration on all axes, NaN where a parameter is not active. Throws where a value is not in its parameter's
 * domain.
 */
export function coordinates(axes: readonly Axis[], params: Params): Float64Array {
  return Float64Array.from(axes, ({ parameter, kind, fromUnit }) => {
    const value = params[parameter.name]
    if (value === undefined) return Number.NaN
    const unit = parameter.toUnit(value)
    return kind === 'continuous' ? unit : fromUnit(unit)
  })
}

/** The point of the unit cube that decodes to this. */
export function unitPoint(axes: readonly Axis[], at: Float64Array): Float64Array {
  return at.map((value, d) => {
    const { kind, parameter } = axes[d]!
    return kind === 'continuous' || Number.isNaN(value) ? value : parameter.cell(value).centre
  })
}

type Cells = Pick<Axis, 'low' | 'high' | 'centre' | 'logPrior'>

function cellsOf(parameter: Parameter, levels: number): Cells {
  if (levels > KEPT) {
    return {
      low: (level) => parameter.cell(level).low,
      high: (level) => parameter.cell(level).high,
      centre: (level) => parameter.cell(level).centre,
      logPrior: (level) => logPriorIn(parameter.cell(level).low, parameter.cell(level).high),
    }
  }
  const cells = Array.from({ length: levels }, (_, level) => parameter.cell(level))
  const [lows, highs] = [cells.map(({ low }) => low), cells.map(({ high }) => high)]
  const centres = cells.map(({ centre }) => centre)
  const logs = cells.map(({ low, high }) => logPriorIn(low, high))
  return {
    low: (level) => lows[level]!,
    high: (level) => highs[level]!,
    centre: (level) => centres[level]!,
    logPrior: (level) => logs[level]!,
  }
}

const none = () => Number.NaN
const noCells = { low: none, high: none, centre: none }

/** log of the prior density of a point, on all axes but `without`. */
export function logPrior(axes: readonly Axis[], at: Float64Array, without: number): number {
  let log = 0
  for (let d = 0; d < axes.length; d++) if (d !== without) log += axes[d]!.logPrior(at[d]!)
  return log
}
