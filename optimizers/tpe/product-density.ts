/** The density of several parameters together: a sum over kernels, each a product over the axes. */
import { NEGLIGIBLE } from './kernels.js'
import { gatherNear } from './near.js'
import { logHeight, type Normals, type Product } from './product.js'
import { logMass, rowOf, type Table } from './table.js'

/**
 * The log density as a function of one coordinate and of the log prior there. Valid until the density is evaluated
 * again.
 */
export type Along = (value: number, prior: number) => number

/**
 * log of the density at a point; on a discrete axis the mass of a level. `prior` is the log density of the prior
 * there. With `youngest` only the part of the prior and of so many of the youngest kernels.
 */
export function logProductAt(
  product: Product,
  at: Float64Array,
  prior: number,
  youngest = product.size,
): number {
  const least = product.logPriorShare + prior
  const count = gatherNear(product, at, at.length, least, Math.max(0, product.size - youngest))
  return logSum(product, least, product.logs, count)
}

/**
 * The density along axis d; `rest` is the log prior on the others. The kernels that are near on those are found once.
 */
export function logProductAlong(product: Product, at: Float64Array, d: number, rest: number): Along {
  const factor = factorOf(product, d)
  let count = -1
  return (value, prior) => {
    if (count < 0) count = gatherNear(product, at, d, product.logPriorShare + rest, 0)
    moveAlongAxis(product, factor, value, count)
    return logSum(product, product.logPriorShare + prior, product.moved, count)
  }
}

function factorOf({ normals, tables }: Product, d: number): Normals | Table {
  for (const one of normals) if (one.d === d) return one
  return tables.find((one) => one.d === d)!
}

function moveAlongAxis(
  { near, logs, moved }: Product,
  factor: Normals | Table,
  value: number,
  count: number,
): void {
  if (!('kinds' in factor)) {
    for (let i = 0; i < count; i++) moved[i] = logs[i]! + logNormal(factor, value, near[i]!)
    return
  }
  const row = rowOf(factor, value)
  for (let i = 0; i < count; i++) {
    moved[i] = logs[i]! + logMass(factor, row, value, factor.kinds.kindOf[near[i]!]!)
  }
}

function logNormal({ centres, precisions }: Normals, value: number, k: number): number {
  const z = (value - centres[k]!) * precisions[k]!
  return -(z * z)
}

/** log of the sum of the prior and of the kernels that are near. */
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
