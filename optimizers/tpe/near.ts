/**
 * Of a thousand kernels a few are near a point. The prior is nowhere small: a kernel that has fallen far below it, on
 * however few axes, is not looked at any further. The first pass is made cheap: three axes of normals at once.
 */
import { NEGLIGIBLE } from './kernels.js'
import type { Normals, Product } from './product.js'
import { logMass, rowOf, type Table } from './table.js'

/** Finds the kernels that are near the point on every axis but one, and how large they are; says how many they are. */
export function gatherNear(product: Product, at: Float64Array, without: number, prior: number): number {
  const { normals, tables } = product
  const floor = prior + NEGLIGIBLE
  const [first, second, third, ...rest] = normals.filter(({ d }) => d !== without)
  let count = third ? nearOnThree(product, at, [first!, second!, third], floor) : everyKernel(product)
  const others = third ? rest : [first, second]
  for (const one of others) if (one) count = stayNear(product, one, at[one.d]!, count, floor)
  for (const one of tables) {
    if (one.d !== without) count = stayNearAtLevel(product, one, at[one.d]!, count, floor)
  }
  return count
}

function everyKernel({ size, peaks, near, logs }: Product): number {
  for (let k = 0; k < size; k++) {
    near[k] = k
    logs[k] = peaks[k]!
  }
  return size
}

function nearOnThree(
  { size, peaks, near, logs }: Product,
  at: Float64Array,
  [a, b, c]: readonly [Normals, Normals, Normals],
  floor: number,
): number {
  const [atA, atB, atC] = [at[a.d]!, at[b.d]!, at[c.d]!]
  const [centresA, centresB, centresC] = [a.centres, b.centres, c.centres]
  const [precisionsA, precisionsB, precisionsC] = [a.precisions, b.precisions, c.precisions]
  let count = 0
  for (let k = 0; k < size; k++) {
    const x = (atA - centresA[k]!) * precisionsA[k]!
    const y = (atB - centresB[k]!) * precisionsB[k]!
    const z = (atC - centresC[k]!) * precisionsC[k]!
    const log = peaks[k]! - x * x - y * y - z * z
    if (log <= floor) continue
    near[count] = k
    logs[count++] = log
  }
  return count
}

function stayNear(
  { near, logs }: Product,
  { centres, precisions }: Normals,
  value: number,
  count: number,
  floor: number,
): number {
  let left = 0
  for (let i = 0; i < count; i++) {
    const k = near[i]!
    const z = (value - centres[k]!) * precisions[k]!
    const log = logs[i]! - z * z
    if (log <= floor) continue
    near[left] = k
    logs[left++] = log
  }
  return left
}

function stayNearAtLevel(
  { near, logs }: Product,
  table: Table,
  level: number,
  count: number,
  floor: number,
): number {
  const row = rowOf(table, level)
  let left = 0
  for (let i = 0; i < count; i++) {
    const k = near[i]!
    const log = logs[i]! + logMass(table, row, level, table.kinds.of[k]!)
    if (log <= floor) continue
    near[left] = k
    logs[left++] = log
  }
  return left
}
