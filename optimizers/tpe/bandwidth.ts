/**
 * How wide the kernels of an axis are, as a share of its range. Watanabe (2023), Tree-Structured Parzen Estimator,
 * section 3.3.4 (the rules) and 3.3.5 (the least width, "magic clipping").
 */
import type { Axis } from './axis.js'
import type { TpeOptions } from './options.js'
import { PRIOR } from './prior.js'

const NONE = new Float64Array(0)

/** One array per axis, the prior's width last; categories have none. `orders` are the other kernels by centre. */
export function bandwidths(
  { rule, factor, minimum, magicExponent }: TpeOptions['bandwidth'],
  axes: readonly Axis[],
  centres: readonly Float64Array[],
  orders: readonly Int32Array[],
): Float64Array[] {
  const n = centres[0]!.length - 1
  const least = Math.max(minimum, magicExponent === null ? 0 : (n + 2) ** -magicExponent)
  const all = (width: number) => clipped(new Float64Array(n + 1).fill(width), least)
  const shared = rule === 'range' ? all(factor * Math.max(1, n) ** (-1 / (axes.length + 4))) : NONE
  return axes.map(({ kind }, d) => {
    if (kind === 'categories') return NONE
    if (rule === 'range') return shared
    return rule === 'scott'
      ? all(scott(centres[d]!, orders[d]!))
      : clipped(gaps(centres[d]!, orders[d]!), least)
  })
}

function clipped(widths: Float64Array, least: number): Float64Array {
  const prior = widths.length - 1
  for (let k = 0; k < prior; k++) widths[k] = Math.min(1, Math.max(least, widths[k]!))
  widths[prior] = PRIOR.bandwidth
  return widths
}

/** The larger of the gaps to both neighbours. The prior's centre is a neighbour, the ends of the range are not. */
function gaps(centres: Float64Array, order: Int32Array): Float64Array {
  const widths = new Float64Array(centres.length)
  let below = Number.NaN
  for (let i = 0; i < order.length; i++) {
    const at = centres[order[i]!]!
    const next = i + 1 < order.length ? centres[order[i + 1]!]! : Number.NaN
    if (at >= PRIOR.centre && !(below >= PRIOR.centre)) below = PRIOR.centre
    const above = at < PRIOR.centre && !(next <= PRIOR.centre) ? PRIOR.centre : next
    widths[order[i]!] = Math.max(
      0,
      Number.isNaN(below) ? 0 : at - below,
      Number.isNaN(above) ? 0 : above - at,
    )
    below = at
  }
  return widths
}

/** (4/3)^(1/5) · min(s, IQR / 1.34) · n^(-1/5), with the prior's centre as one of the n. */
function scott(centres: Float64Array, order: Int32Array): number {
  const sorted = new Float64Array(order.length + 1)
  for (let i = 0; i < order.length; i++) sorted[i] = centres[order[i]!]!
  sorted[order.length] = PRIOR.centre
  sorted.sort()
  const n = sorted.length
  const mean = sorted.reduce((sum, x) => sum + x, 0) / n
  const variance = sorted.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, n - 1)
  const range = quantile(sorted, 0.75) - quantile(sorted, 0.25)
  return (4 / 3) ** 0.2 * Math.min(Math.sqrt(variance), range / 1.34) * n ** -0.2
}

function quantile(sorted: Float64Array, q: number): number {
  const place = q * (sorted.length - 1)
  const low = Math.floor(place)
  const high = Math.min(low + 1, sorted.length - 1)
  return sorted[low]! + (place - low) * (sorted[high]! - sorted[low]!)
}
