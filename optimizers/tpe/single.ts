/** The density of one parameter by itself. */
import type { Axis } from './axis.js'
import type { Kernels } from './kernels.js'
import { type Levels, levels, logOfLevel } from './levels.js'
import { type Line, line, logOnLine } from './line.js'

export type Single = Levels | Line

export function single(axis: Axis, kernels: Kernels, total: number): Single {
  return axis.kind === 'continuous' ? line(kernels, total) : levels(axis, kernels, total)
}

export function logOf(single: Single, value: number): number {
  return single.kind === 'line' ? logOnLine(single, value) : logOfLevel(single, value)
}
