/** Blocks: parameters that are active together, over which one density is estimated. */
import type { Axis } from './axis.js'

export interface Block {
  readonly axes: readonly Axis[]
  /** The indices of its axes among all axes. */
  readonly places: readonly number[]
}

/** Multivariate: one block per condition. Univariate: one per parameter. */
export function blocksOf(axes: readonly Axis[], multivariate: boolean): Block[] {
  const blocks = new Map<string, number[]>()
  for (const [place, { parameter }] of axes.entries()) {
    const key = multivariate ? conditionOf(parameter) : parameter.name
    blocks.set(key, [...(blocks.get(key) ?? []), place])
  }
  return [...blocks.values()].map((places) => ({ places, axes: places.map((place) => axes[place]!) }))
}

function conditionOf({ when }: Axis['parameter']): string {
  return JSON.stringify(
    when.map(({ parent, values }) => [parent, values.map((v) => JSON.stringify(v)).sort()]),
  )
}
