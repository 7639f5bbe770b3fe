/**
 * The density of several parameters together: a sum over kernels, each a product over the axes.
 */
import type { Axis } from './axis.js'
import { type Kernels, NEGLIGIBLE } from './kernels.js'
import { gatherNear } from './near.js'
import type { Along } from './parzen.js'
import { logMass, rowOf, type Table, table } from './table.js'
import { massInside } from './truncated.js'

export interface Product {
  /** Kernels beside the prior's, which comes last. */
  readonly size: number
  readonly normals: readonly Normals[]
  /** For each axis the normals with that one silenced, and as they are at the end. */
  readonly others: readonly (readonly Normals[])[]
  readonly tables: readonly Table[]
  /** log of a bound of what each kernel is anywhere. */
  readonly peaks: Float64Array
  /** By how much that is too high, on the continuous axes together; NaN until asked for. */
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
  /** log of the most that a kernel of such a width can be. */
  readonly heights: Float64Array
  /** Are all but the prior's as wide? */
  readonly even: boolean
}

const LOG_SQRT_2PI = 0.5 * Math.log(2 * Math.PI)

export function product(axes: readonly Axis[], kernels: Kernels, logWeights: Float64Array): Product {
  const size = logWeights.length - 1
  const places = [...axes.keys()]
  const normals = normalsOf(axes, kernels)
  return {
    size,
    normals,
    others: [
      ...places.map((place) => normals.map((one) => (one.d === place ? silenced(one) : one))),
      normals,
    ],
    tables: places.filter((d) => axes[d]!.kind !== 'continuous').map((d) => table(axes[d]!, kernels, d)),
    peaks: peaksOf(normals, logWeights),
    excesses: new Float64Array(size + 1).fill(Number.NaN),
    near: new Int32Array(size),
    logs: new Float64Array(size),
    moved: new Float64Array(size),
  }
}

/** Axes may share their bandwidths, and then share what is made of them. */
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
    // Least of it is inside where the centre is at an end.
    heights[k] = width === before ? heights[k - 1]! : logHeight(0, width)
  }
  return { d, centres, bandwidths, precisions, heights, even }
}

/** Of no influence on anything. */
function silenced(one: Normals): Normals {
  return { ...one, precisions: new Float64Array(one.precisions.length) }
}

function logHeight(centre: number, width: number): number {
  return -Math.log(width * massInside(centre, width)) - LOG_SQRT_2PI
}

function peaksOf(normals: readonly Normals[], logWeights: Float64Array): Float64Array {
  const peaks = logWeights.slice()
  for (const { heights } of normals) for (let k = 0; k < peaks.length; k++) peaks[k]! += heights[k]!
  return peaks
}

/** log of the density at a point: a mass a level where an axis is discrete. */
export function logAt(product: Product, at: Float64Array): number {
  const prior = logPrior(product, at, at.length)
  const count = gatherNear(product, at, at.length, prior)
  return logSum(product, prior, product.logs, count)
}

/** The prior's part of it. */
export function logLeastAt(product: Product, at: Float64Array): number {
  return logPrior(product, at, at.length)
}

/** Along one axis: what is near on the others is found once, and not before it is needed. */
export function productAlong(product: Product, at: Float64Array, d: number): Along {
  const factor = factorOf(product, d)
  const prior = logPrior(product, at, d)
  let count = -1
  const least = (value: number) => prior + logFactor(factor, value, product.size)
  return {
    least,
    log(value) {
      if (count < 0) count = gatherNear(product, at, d, prior)
      move(product, factor, value, count)
      return logSum(product, least(value), product.moved, count)
    },
  }
}

function factorOf({ normals, tables }: Product, d: number): Normals | Table {
  for (const one of normals) if (one.d === d) return one
  return tables.find((one) => one.d === d)!
}

function move({ near, logs, moved }: Product, factor: Normals | Table, value: number, count: number): void {
  if (!('kinds' in factor)) {
    for (let i = 0; i < count; i++) moved[i] = logs[i]! + logNormal(factor, value, near[i]!)
    return
  }
  const row = rowOf(factor, value)
  for (let i = 0; i < count; i++) {
    moved[i] = logs[i]! + logMass(factor, row, value, factor.kinds.of[near[i]!]!)
  }
}

function logFactor(factor: Normals | Table, value: number, k: number): number {
  if (!('kinds' in factor)) return logNormal(factor, value, k)
  return logMass(factor, rowOf(factor, value), value, factor.kinds.of[k]!)
}

function logNormal({ centres, precisions }: Normals, value: number, k: number): number {
  const z = (value - centres[k]!) * precisions[k]!
  return -(z * z)
}

function logPrior(product: Product, at: Float64Array, without: number): number {
  const { size, peaks, others, tables } = product
  let log = peaks[size]! - excess(product, size)
  for (const one of others[without]!) log += logNormal(one, at[one.d]!, size)
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
    for (const one of normals) sum += one.heights[k]! - logHeight(one.centres[k]!, one.bandwidths[k]!)
    excesses[k] = sum
  }
  return excesses[k]!
}
