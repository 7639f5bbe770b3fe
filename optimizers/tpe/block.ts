/** Blocks: parameters that are active together, over which one density is estimated. */
import { groupedByCondition } from '../condition.js'
import type { Axis } from './axis.js'

export interface Block {
  readonly axes: readonly Axis[]
  /** The indices of its axes among all axes. */
  readonly places: readonly number[]
}

/** Multivariate: one block per condition. Univariate: one per parameter. */
export function blocksOf(axes: readonly Axis[], multivariate: boolean): Block[] {
  const all = [...axes.keys()]
  const groups = multivariate
    ? groupedByCondition(all, (place) => axes[place]!.parameter)
    : all.map((place) => [place])
  return groups.map((places) => ({ places, axes: places.map((place) => axes[place]!) }))
}
