/**
 * Finds the few kernels that are near a point. The prior is nowhere small, so a kernel that has fallen far below it
 * on some axes is dropped and not evaluated on the others. A check costs more than an axis, so up to eight axes are
 * evaluated before the first check, four in one pass.
 */
import { NEGLIGIBLE } from './kernels.js'
import type { Normals, Product } from './product.js'
import { logMass, rowOf, type Table } from './table.js'

/**
 * Puts the kernels from `start` on that are near the point, on every axis but `without`, into `product.near`, and their
 * logarithms into `product.logs`. Gives their number.
 */
export function gatherNear(
  product: Product,
  at: Float64Array,
  without: number,
  prior: number,
  start: number,
): number {
  const floor = prior + NEGLIGIBLE
  const normals = product.others[without]!
  let taken = 0
  for (; taken < 8 && taken + 4 <= normals.length && normals[taken]!.even; taken += 4) {
    addFourAxes(product, at, normals, taken, start)
  }
  let count = nearOfAll(product, taken === 0 ? product.peaks : product.logs, floor, start)
  for (; taken < normals.length; taken++) {
    count = stayNear(product, normals[taken]!, at[normals[taken]!.d]!, count, floor)
  }
  for (const one of product.tables) {
    if (one.d !== without) count = stayNearAtLevel(product, one, at[one.d]!, count, floor)
  }
  return count
}

/** Subtracts the squared distances on four axes, from `from` on, on each of which all kernels have one width. */
function addFourAxes(
  { size, peaks, logs }: Product,
  at: Float64Array,
  normals: readonly Normals[],
  from: number,
  start: number,
): void {
  const [a, b, c, d] = [normals[from]!, normals[from + 1]!, normals[from + 2]!, normals[from + 3]!]
  const [centresA, centresB, centresC, centresD] = [a.centres, b.centres, c.centres, d.centres]
  const [atA, atB, atC, atD] = [at[a.d]!, at[b.d]!, at[c.d]!, at[d.d]!]
  const [inA, inB, inC, inD] = [a.precisions[0]!, b.precisions[0]!, c.precisions[0]!, d.precisions[0]!]
  const before = from === 0 ? peaks : logs
  for (let k = start; k < size; k++) {
    const w = (atA - centresA[k]!) * inA
    const x = (atB - centresB[k]!) * inB
    const y = (atC - centresC[k]!) * inC
    const z = (atD - centresD[k]!) * inD
    logs[k] = before[k]! - (w * w + x * x) - (y * y + z * z)
  }
}

function nearOfAll(
  { size, near, logs }: Product,
  before: Float64Array,
  floor: number,
  start: number,
): number {
  let count = 0
  for (let k = start; k < size; k++) {
    const log = before[k]!
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
  const { kindOf: of } = table.kinds
  let left = 0
  for (let i = 0; i < count; i++) {
    const k = near[i]!
    const kept = row[of[k]!]!
    const log = logs[i]! + (kept <= 0 ? kept : logMass(table, row, level, of[k]!))
    if (log <= floor) continue
    near[left] = k
    logs[left++] = log
  }
  return left
}
