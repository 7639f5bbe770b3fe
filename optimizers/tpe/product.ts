/**
 * Kernels over several parameters together, each a product over the axes, prepared to be summed (product-density.ts).
 */
import type { Axis } from './axis.js'
import type { Kernels } from './kernels.js'
import { levelTableOf, type Table } from './table.js'
import { massInside } from './truncated.js'

export interface Product {
  /** Kernels beside the prior's, which comes last. */
  readonly size: number
  readonly logPriorShare: number
  readonly normals: readonly Normals[]
  /** For each axis, the normals with that axis left out; last, all of them. */
  readonly others: readonly (readonly Normals[])[]
  readonly tables: readonly Table[]
  /** log of an upper bound of each kernel. */
  readonly peaks: Float64Array
  /** By how much `peaks` exceeds the kernel's true height on the continuous axes; NaN until it is needed. */
  readonly excesses: Float64Array
  /** Buffers of one evaluation: the kernels that are near, their logarithms, and those after a move along an axis. */
  readonly near: Int32Array
  readonly logs: Float64Array
  readonly moved: Float64Array
}

/** The kernels on a continuous axis. */
export interface Normals {
  readonly d: number
  readonly centres: Float64Array
  readonly bandwidths: Float64Array
  /** 1 / (√2 · bandwidth). */
  readonly precisions: Float64Array
  /** log of the largest value of a kernel of this width, wherever its centre is. */
  readonly heights: Float64Array
  /** Do all kernels but the prior's have one width? */
  readonly even: boolean
}

const LOG_SQRT_2PI = 0.5 * Math.log(2 * Math.PI)

export function productOf(axes: readonly Axis[], kernels: Kernels, logWeights: Float64Array): Product {
  const size = logWeights.length - 1
  const places = [...axes.keys()]
  const normals = normalsOf(axes, kernels)
  return {
    size,
    logPriorShare: logWeights[size]!,
    normals,
    others: [
      ...places.map((place) => normals.map((one) => (one.d === place ? silenced(one) : one))),
      normals,
    ],
    tables: places
      .filter((d) => axes[d]!.kind !== 'continuous')
      .map((d) => levelTableOf(axes[d]!, kernels, d)),
    peaks: peaksOf(normals, logWeights),
    excesses: new Float64Array(size).fill(Number.NaN),
    near: new Int32Array(size),
    logs: new Float64Array(size),
    moved: new Float64Array(size),
  }
}

/** Axes that share their bandwidths share what is computed from them. */
function normalsOf(axes: readonly Axis[], kernels: Kernels): Normals[] {
  const normals: Normals[] = []
  for (const [d, { kind }] of axes.entries()) {
    if (kind !== 'continuous') continue
    const [centres, bandwidths] = [kernels.centres[d]!, kernels.bandwidths[d]!]
    const last = normals.at(-1)
    normals.push(
      last?.bandwidths === bandwidths ? { ...last, d, centres } : normalsOn(d, centres, bandwidths),
    )
  }
  return normals
}

function normalsOn(d: number, centres: Float64Array, bandwidths: Float64Array): Normals {
  const [precisions, heights] = [new Float64Array(bandwidths.length), new Float64Array(bandwidths.length)]
  const prior = bandwidths.length - 1
  let even = true
  for (let k = 0; k <= prior; k++) {
    const [width, before] = [bandwidths[k]!, bandwidths[k - 1]]
    if (before !== width && k > 0 && k < prior) even = false
    precisions[k] = Math.SQRT1_2 / width
    // The truncated normal is highest where its centre is at an end of the range: there the least of its mass is
    // inside.
    heights[k] = width === before ? heights[k - 1]! : logHeight(0, width)
  }
  return { d, centres, bandwidths, precisions, heights, even }
}

/** With every kernel flat on the axis. */
function silenced(one: Normals): Normals {
  return { ...one, precisions: new Float64Array(one.precisions.length) }
}

export function logHeight(centre: number, width: number): number {
  return -Math.log(width * massInside(centre, width)) - LOG_SQRT_2PI
}

function peaksOf(normals: readonly Normals[], logWeights: Float64Array): Float64Array {
  const peaks = logWeights.slice()
  for (const { heights } of normals) for (let k = 0; k < peaks.length; k++) peaks[k]! += heights[k]!
  return peaks
}
