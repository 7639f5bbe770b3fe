/**
 * The density of one parameter by itself. Of a discrete one it is a mass a level, summed once. Of a continuous one
 * the kernels are in the order of their centres, so that those near a point lie together.
 */
import type { Axis } from './axis.js'
import { type Kernels, NEGLIGIBLE, PRIOR } from './kernels.js'
import { logMass, rowOf, type Table, table } from './table.js'
import { massInside, SLACK } from './truncated.js'

export type Single = Levels | Line

interface Levels {
  readonly kind: 'levels'
  readonly table: Table
  readonly logWeights: Float64Array
  /** log of the mass of each level that was asked for. */
  readonly known: Map<number, number>
}

/** The kernels by centre, without the prior. */
interface Line {
  readonly kind: 'line'
  readonly centres: Float64Array
  /** 1 / (√2 · bandwidth). */
  readonly precisions: Float64Array
  readonly heights: Float64Array
  readonly highest: number
  readonly priorHeight: number
}

const SQRT_2PI = Math.sqrt(2 * Math.PI)

export function single(axis: Axis, kernels: Kernels, logWeights: Float64Array): Single {
  if (axis.kind === 'continuous') return line(kernels, logWeights)
  return { kind: 'levels', table: table(axis, kernels, 0), logWeights, known: new Map() }
}

function line({ centres, bandwidths, orders }: Kernels, logWeights: Float64Array): Line {
  const [[column], [widths], [order]] = [centres, bandwidths, orders] as [
    [Float64Array],
    [Float64Array],
    [Int32Array],
  ]
  const heightOf = (k: number) =>
    Math.exp(logWeights[k]!) / (massInside(column[k]!, widths[k]!) * widths[k]! * SQRT_2PI)
  const heights = new Float64Array(order.length)
  const sorted = { centres: new Float64Array(order.length), precisions: new Float64Array(order.length) }
  let highest = 0
  for (let i = 0; i < order.length; i++) {
    const k = order[i]!
    sorted.centres[i] = column[k]!
    sorted.precisions[i] = Math.SQRT1_2 / widths[k]!
    heights[i] = heightOf(k)
    if (heights[i]! > highest) highest = heights[i]!
  }
  return { kind: 'line', ...sorted, heights, highest, priorHeight: heightOf(order.length) }
}

export function logOf(single: Single, value: number): number {
  if (single.kind === 'line') return logOnLine(single, value)
  const known = single.known.get(value)
  if (known !== undefined) return known
  const log = logOfLevel(single, value)
  single.known.set(value, log)
  return log
}

function logOnLine({ centres, precisions, heights, highest, priorHeight }: Line, value: number): number {
  const prior = priorHeight * Math.exp(-0.5 * ((value - PRIOR.centre) / PRIOR.bandwidth) ** 2)
  const far = Math.log(highest / prior) - NEGLIGIBLE
  let sum = prior
  for (let i = 0; i < centres.length; i++) {
    const z = (value - centres[i]!) * precisions[i]!
    const square = z * z
    if (square < far) sum += heights[i]! * Math.exp(-square)
  }
  return Math.log(sum)
}

/** A normal's mass in a cell is at most what it has beyond the nearer edge, and that at most exp(−z²/2). */
function logOfLevel({ table, logWeights }: Levels, level: number): number {
  const { axis, kinds, centres, bandwidths } = table
  const row = rowOf(table, level)
  const prior = logWeights.length - 1
  const logPrior = logWeights[prior]! + logMass(table, row, level, prior)
  const [low, high] = axis.kind === 'cells' ? [axis.low(level), axis.high(level)] : [-Infinity, Infinity]
  let sum = Math.exp(logPrior)
  for (let k = 0; k < prior; k++) {
    const z = Math.max(0, low - centres[k]!, centres[k]! - high) / (bandwidths[k] ?? 1)
    if (logWeights[k]! + SLACK - 0.5 * z * z < logPrior + NEGLIGIBLE) continue
    sum += Math.exp(logWeights[k]! + logMass(table, row, level, kinds.of[k]!))
  }
  return Math.log(sum)
}
