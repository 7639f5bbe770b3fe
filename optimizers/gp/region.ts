/**
 * Where a trial is looked for: anywhere, or in a box around the best. In many dimensions most of a space is corners that
 * nothing is known of, and a search of all of it visits them one by one. After TuRBO (Eriksson et al. 2019), with one
 * region that moves with the best and keeps its size.
 */
import type { Space } from '../../search-spaces/types.js'

export interface Region {
  readonly low: Float64Array
  readonly high: Float64Array
}

export function everywhere({ searched }: Space): Region {
  return { low: new Float64Array(searched.length), high: new Float64Array(searched.length).fill(1) }
}

/** `radius` as a share of each range, and the next value at least; what has no order, or is not active, is free. */
export function regionAround({ searched }: Space, unit: Float64Array, radius: number): Region {
  const side = (d: number, sign: 1 | -1) => {
    const { numeric, levels } = searched[d]!
    if (!numeric || Number.isNaN(unit[d]!)) return sign < 0 ? 0 : 1
    return Math.min(1, Math.max(0, unit[d]! + sign * Math.max(radius, 1 / levels)))
  }
  return { low: unit.map((_, d) => side(d, -1)), high: unit.map((_, d) => side(d, 1)) }
}

/** The nearest point inside. */
export function within({ low, high }: Region, unit: Float64Array): Float64Array {
  return unit.map((u, d) => Math.min(high[d]!, Math.max(low[d]!, u)))
}

/** From a point of the unit cube to the point at its place in the region. */
export function scaledInto({ low, high }: Region, unit: Float64Array): Float64Array {
  return unit.map((u, d) => low[d]! + u * (high[d]! - low[d]!))
}
