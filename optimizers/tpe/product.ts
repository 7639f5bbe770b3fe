/**
 * The density of several parameters together: a sum over kernels, each a product over the axes.
 */
import type { Axis } from './axis.js'
import { type Kernels, NEGLIGIBLE } from './kernels.js'
import { gatherNear } from './near.js'
import { logMass, rowOf, type Table, table } from './table.js'
import { massInside } from './truncated.js'

/** As a function of one coordinate, and of the prior there, until the density is asked again. */
export type Along = (value: number, prior: number) => number

export interface Product {
  /** Kernels beside the prior's, which comes last. */
  readonly size: number
  readonly logPriorShare: number
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
    logPriorShare: logWeights[size]!,
    normals,
    others: [
      ...places.map((place) => normals.map((one) => (one.d === place ? silenced(one) : one))),
      normals,
    ],
    tables: places.filter((d) => axes[d]!.kind !== 'continuous').map((d) => table(axes[d]!, kernels, d)),
    peaks: peaksOf(normals, logWeights),
    excesses: new Float64Array(size).fill(Number.NaN),
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

/**
 * log of the density at a point, where the prior is so much: a mass a level where an axis is discrete. Of the prior and
 * the youngest kernels, so many of them, it is the part.
 */
export function logAt(product: Product, at: Float64Array, prior: number, youngest = product.size): number {
  const least = product.logPriorShare + prior
  const count = gatherNear(product, at, at.length, least, Math.max(0, product.size - youngest))
  return logSum(product, least, product.logs, count)
}

/**
 * Along one axis, where the prior is so much on the others: what is near on those is found once, and not before it is
 * needed.
 */
export function logAlong(product: Product, at: Float64Array, d: number, rest: number): Along {
  const factor = factorOf(product, d)
  let count = -1
  return (value, prior) => {
    if (count < 0) count = gatherNear(product, at, d, product.logPriorShare + rest, 0)
    move(product, factor, value, count)
    return logSum(product, product.logPriorShare + prior, product.moved, count)
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

function logNormal({ centres, precisions }: Normals, value: number, k: number): number {
  const z = (value - centres[k]!) * precisions[k]!
  return -(z * z)
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
