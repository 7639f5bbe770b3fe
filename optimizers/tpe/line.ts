/** The density of a single continuous parameter. */
import { decay } from './decay.js'
import { addNormal, cellsOf, type GaussSum, gaussSum, sumAt } from './gauss.js'
import { type Kernels, NEGLIGIBLE } from './kernels.js'
import { PRIOR } from './prior.js'
import { massInside } from './truncated.js'

export interface Line {
  readonly kind: 'line'
  /** How many kernels are summed one by one: all but the prior's and those in `narrow`. They are sorted by centre. */
  readonly size: number
  readonly centres: Float64Array
  /** 1 / (√2 · bandwidth). */
  readonly precisions: Float64Array
  readonly heights: Float64Array
  /** The kernels of the least width, where there are many. */
  readonly narrow: GaussSum | null
  readonly prior: number
  /** A kernel whose squared distance, in √2 widths, is larger is negligible beside the prior. */
  readonly far: number
}

const SQRT_2PI = Math.sqrt(2 * Math.PI)
/** Fewer kernels are faster one by one. Sums also need a prior, beside which their far tails are negligible. */
const MANY = 200

export function lineDensityOf(
  { centres: [column], bandwidths: [widths], orders: [order], weights }: Kernels,
  total: number,
): Line {
  const size = order!.length
  const least = leastOf(widths!, size)
  const sums = weights[size]! > 0 && least.count > Math.max(MANY, cellsOf(least.width))
  const narrow = sums ? gaussSum(least.width) : null
  const [centres, precisions, heights] = [
    new Float64Array(size),
    new Float64Array(size),
    new Float64Array(size),
  ]
  const heightOf = (k: number) =>
    weights[k]! / (total * massInside(column![k]!, widths![k]!) * widths![k]! * SQRT_2PI)
  let [highest, alone] = [0, 0]
  for (let i = 0; i < size; i++) {
    const k = order![i]!
    const height = heightOf(k)
    if (height > highest) highest = height
    if (narrow && widths![k] === least.width) {
      addNormal(narrow, column![k]!, height)
      continue
    }
    centres[alone] = column![k]!
    precisions[alone] = Math.SQRT1_2 / widths![k]!
    heights[alone++] = height
  }
  const prior = heightOf(size)
  return {
    kind: 'line',
    size: alone,
    centres,
    precisions,
    heights,
    narrow,
    prior,
    far: Math.log(highest / prior) - NEGLIGIBLE,
  }
}

function leastOf(widths: Float64Array, size: number): { width: number; count: number } {
  let [width, count] = [Infinity, 0]
  for (let k = 0; k < size; k++) {
    if (widths[k]! < width) [width, count] = [widths[k]!, 0]
    if (widths[k] === width) count++
  }
  return { width, count }
}

export function logLineDensity(
  { size, centres, precisions, heights, narrow, prior, far }: Line,
  value: number,
): number {
  let sum = prior * Math.exp(-0.5 * ((value - PRIOR.centre) / PRIOR.bandwidth) ** 2)
  if (narrow) sum += sumAt(narrow, value, Math.sqrt(far))
  for (let i = 0; i < size; i++) {
    const z = (value - centres[i]!) * precisions[i]!
    const square = z * z
    if (square < far) sum += heights[i]! * decay(square)
  }
  return Math.log(sum)
}
