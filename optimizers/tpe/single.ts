/** The density of a single parameter. */
import type { Axis } from './axis.js'
import type { Kernels } from './kernels.js'
import { type Levels, levelDensityOf, logLevelDensity } from './levels.js'
import { type Line, lineDensityOf, logLineDensity } from './line.js'

export type Single = Levels | Line

export function singleDensityOf(axis: Axis, kernels: Kernels, total: number): Single {
  return axis.kind === 'continuous' ? lineDensityOf(kernels, total) : levelDensityOf(axis, kernels, total)
}

export function logSingleDensity(single: Single, value: number): number {
  return single.kind === 'line' ? logLineDensity(single, value) : logLevelDensity(single, value)
}
