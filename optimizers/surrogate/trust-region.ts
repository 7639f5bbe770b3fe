/**
 * The box in which a trial is looked for: the whole space, or a trust region around the best observed point. In many
 * dimensions most of a space is corners of which nothing is known, and a search of all of it visits them one by one.
 * After TuRBO (Eriksson et al. 2019), with one region that moves with the best point and keeps its size.
 */
import type { Space } from '../../search-spaces/types.js'

export interface TrustRegion {
  readonly low: Float64Array
  readonly high: Float64Array
}

export function wholeSpace({ searched }: Space): TrustRegion {
  return { low: new Float64Array(searched.length), high: new Float64Array(searched.length).fill(1) }
}

/**
 * `radius` is a share of each range, and never less than the step to the next value. A parameter that has no order,
 * or is not active, is not confined.
 */
export function trustRegionAround({ searched }: Space, unit: Float64Array, radius: number): TrustRegion {
  const side = (d: number, sign: 1 | -1) => {
    const { numeric, levels } = searched[d]!
    if (!numeric || Number.isNaN(unit[d]!)) return sign < 0 ? 0 : 1
    return Math.min(1, Math.max(0, unit[d]! + sign * Math.max(radius, 1 / levels)))
  }
  return { low: unit.map((_, d) => side(d, -1)), high: unit.map((_, d) => side(d, 1)) }
}

/** The nearest point inside. */
export function clippedTo({ low, high }: TrustRegion, unit: Float64Array): Float64Array {
  return unit.map((u, d) => Math.min(high[d]!, Math.max(low[d]!, u)))
}

/** From a point of the unit cube to the point at the same place of the region. */
export function scaledInto({ low, high }: TrustRegion, unit: Float64Array): Float64Array {
  return unit.map((u, d) => low[d]! + u * (high[d]! - low[d]!))
}
