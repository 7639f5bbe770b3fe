/** Parameters that are active together: one density is estimated over them. */
import type { Axis } from './axis.js'

export interface Block {
  readonly axes: readonly Axis[]
  /** Of its axes among all. */
  readonly places: readonly number[]
}

/** Multivariate: a block for each condition; univariate: one for each parameter. */
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
