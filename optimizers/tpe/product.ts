/**
 * The density of several parameters together: a sum over kernels, each a product over the axes.
 */
import type { Axis } from './axis.js'
import { type Kernels, NEGLIGIBLE } from './kernels.js'
import { gatherNear } from './near.js'
import { logMass, rowOf, type Table, table } from './table.js'
import { massInside, SLACK } from './truncated.js'

export interface Product {
  /** Kernels beside the prior's, which comes last. */
  readonly size: number
  readonly normals: readonly Normals[]
  readonly tables: readonly Table[]
  /** log of the most that each kernel can be anywhere, by `SLACK` more for each continuous axis. */
  readonly peaks: Float64Array
  /** log of each kernel's mass inside the unit interval, and `SLACK`, over its continuous axes; NaN until asked for. */
  readonly excesses: Float64Array
  /** Of one evaluation: the kernels that are near, and their logs, both before and after a move along an axis. */
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
}

const LOG_SQRT_2PI = 0.5 * Math.log(2 * Math.PI)

export function product(axes: readonly Axis[], kernels: Kernels, logWeights: Float64Array): Product {
  const size = logWeights.length - 1
  const places = [...axes.keys()]
  const peaks = logWeights.slice()
  return {
    size,
    normals: places
      .filter((d) => axes[d]!.kind === 'continuous')
      .map((d) => normals(kernels.centres[d]!, kernels.bandwidths[d]!, d, peaks)),
    tables: places.filter((d) => axes[d]!.kind !== 'continuous').map((d) => table(axes[d]!, kernels, d)),
    peaks,
    excesses: new Float64Array(size + 1).fill(Number.NaN),
    near: new Int32Array(size),
    logs: new Float64Array(size),
    moved: new Float64Array(size),
  }
}

function normals(centres: Float64Array, bandwidths: Float64Array, d: number, peaks: Float64Array): Normals {
  const precisions = new Float64Array(centres.length)
  let [width, log] = [1, 0]
  for (let k = 0; k < centres.length; k++) {
    if (bandwidths[k] !== width) {
      width = bandwidths[k]!
      log = Math.log(width)
    }
    precisions[k] = Math.SQRT1_2 / width
    peaks[k]! += SLACK - LOG_SQRT_2PI - log
  }
  return { d, centres, bandwidths, precisions }
}

/** log of the density at a point: a mass a level where an axis is discrete. */
export function logAt(product: Product, at: Float64Array): number {
  const prior = logPrior(product, at, -1)
  const count = gatherNear(product, at, -1, prior)
  return logSum(product, prior, product.logs, count)
}

/** The same as a function of one coordinate, the others being those of the point, until the density is asked again. */
export function logAlong(product: Product, at: Float64Array, d: number): (value: number) => number {
  const { size, near, logs, moved } = product
  const factor = [...product.normals, ...product.tables].find((one) => one.d === d)!
  const prior = logPrior(product, at, d)
  const count = gatherNear(product, at, d, prior)
  return (value) => {
    const log = 'rows' in factor ? massesOf(factor, value) : (k: number) => logNormal(factor, value, k)
    for (let i = 0; i < count; i++) moved[i] = logs[i]! + log(near[i]!)
    return logSum(product, prior + log(size), moved, count)
  }
}

function massesOf(table: Table, level: number): (k: number) => number {
  const row = rowOf(table, level)
  return (k) => logMass(table, row, level, table.kinds.of[k]!)
}

function logNormal({ centres, precisions }: Normals, value: number, k: number): number {
  return -(((value - centres[k]!) * precisions[k]!) ** 2)
}

function logPrior(product: Product, at: Float64Array, without: number): number {
  const { size, peaks, normals, tables } = product
  let log = peaks[size]! - excess(product, size)
  for (const one of normals) if (one.d !== without) log += logNormal(one, at[one.d]!, size)
  for (const one of tables) {
    if (one.d !== without) log += logMass(one, rowOf(one, at[one.d]!), at[one.d]!, one.kinds.of[size]!)
  }
  return log
}

/** Of the prior, and of the kernels that are near. */
function logSum(product: Product, prior: number, logs: Float64Array, count: number): number {
  const floor = prior + NEGLIGIBLE
  let sum = 1
  let highest = prior
  for (let i = 0; i < count; i++) {
    if (logs[i]! < floor) continue
    const log = logs[i]! - excess(product, product.near[i]!)
    if (log <= highest) sum += Math.exp(log - highest)
    else {
      sum = sum * Math.exp(highest - log) + 1
      highest = log
    }
  }
  return highest + Math.log(sum)
}

function excess({ normals, excesses }: Product, k: number): number {
  if (Number.isNaN(excesses[k]!)) {
    let sum = 0
    for (const { centres, bandwidths } of normals)
      sum += SLACK + Math.log(massInside(centres[k]!, bandwidths[k]!))
    excesses[k] = sum
  }
  return excesses[k]!
}
