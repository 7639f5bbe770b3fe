/**
 * A Cholesky factor that grows by rows: L·Lᵀ = K, the lower triangle packed row by row.
 *
 * Row i is the solution of L·l = k_i, from the rows above it and nothing else. So a factor that grew observation by
 * observation equals, in every bit, one that was made at once. A new row and a solve cost n²/2 multiplications each.
 */
import { dot } from '../math/vectors.js'
import { pivot } from './pivot.js'

export interface Triangle {
  size: number
  /** L_ij is at i(i + 1)/2 + j; there may be room for more rows behind. */
  packed: Float64Array
}

export function emptyTriangle(room: number): Triangle {
  return { size: 0, packed: new Float64Array((room * (room + 1)) / 2) }
}

/** Adds the row of a point that has these covariances with the rows so far, and this variance. */
export function appendRow(triangle: Triangle, covariances: Float64Array, variance: number): void {
  const n = triangle.size
  const start = (n * (n + 1)) / 2
  if (start + n + 1 > triangle.packed.length) triangle.packed = twice(triangle.packed, start + n + 1)
  const row = triangle.packed.subarray(start, start + n + 1)
  solveLower(triangle, covariances, row)
  row[n] = pivot(variance, dot(row, row, n))
  triangle.size = n + 1
}

/** The factor of two blocks of rows that have no covariance with each other. */
export function besideEachOther(first: Triangle, second: Triangle): Triangle {
  const both = emptyTriangle(first.size + second.size)
  both.packed.set(first.packed.subarray(0, (first.size * (first.size + 1)) / 2))
  for (let i = 0; i < second.size; i++) {
    const row = first.size + i
    const own = second.packed.subarray((i * (i + 1)) / 2, (i * (i + 1)) / 2 + i + 1)
    both.packed.set(own, (row * (row + 1)) / 2 + first.size)
  }
  both.size = first.size + second.size
  return both
}

/** x with L·x = b. Four rows at a time share what they load of x; each is summed in the order of its columns. */
export function solveLower({ packed, size }: Triangle, b: Float64Array, x: Float64Array): void {
  let i = 0
  for (; i + 3 < size; i += 4) {
    const r0 = (i * (i + 1)) / 2
    const r1 = r0 + i + 1
    const r2 = r1 + i + 2
    const r3 = r2 + i + 3
    let s0 = 0
    let s1 = 0
    let s2 = 0
    let s3 = 0
    for (let j = 0; j < i; j++) {
      const xj = x[j]!
      s0 += packed[r0 + j]! * xj
      s1 += packed[r1 + j]! * xj
      s2 += packed[r2 + j]! * xj
      s3 += packed[r3 + j]! * xj
    }
    const x0 = (b[i]! - s0) / packed[r0 + i]!
    s1 += packed[r1 + i]! * x0
    s2 += packed[r2 + i]! * x0
    s3 += packed[r3 + i]! * x0
    const x1 = (b[i + 1]! - s1) / packed[r1 + i + 1]!
    s2 += packed[r2 + i + 1]! * x1
    s3 += packed[r3 + i + 1]! * x1
    const x2 = (b[i + 2]! - s2) / packed[r2 + i + 2]!
    s3 += packed[r3 + i + 2]! * x2
    x[i] = x0
    x[i + 1] = x1
    x[i + 2] = x2
    x[i + 3] = (b[i + 3]! - s3) / packed[r3 + i + 3]!
  }
  for (; i < size; i++) {
    const row = (i * (i + 1)) / 2
    let sum = 0
    for (let j = 0; j < i; j++) sum += packed[row + j]! * x[j]!
    x[i] = (b[i]! - sum) / packed[row + i]!
  }
}

/** x with Lᵀ·x = b; b may be x. Four rows at a time share one pass through x. */
export function solveUpper({ packed, size }: Triangle, b: Float64Array, x: Float64Array): void {
  if (x !== b) x.set(b.subarray(0, size))
  let i = size - 1
  for (; i >= 3; i -= 4) {
    const r3 = (i * (i + 1)) / 2
    const r2 = r3 - i
    const r1 = r2 - i + 1
    const r0 = r1 - i + 2
    const x3 = x[i]! / packed[r3 + i]!
    const x2 = (x[i - 1]! - packed[r3 + i - 1]! * x3) / packed[r2 + i - 1]!
    const x1 = (x[i - 2]! - packed[r3 + i - 2]! * x3 - packed[r2 + i - 2]! * x2) / packed[r1 + i - 2]!
    const x0 =
      (x[i - 3]! - packed[r3 + i - 3]! * x3 - packed[r2 + i - 3]! * x2 - packed[r1 + i - 3]! * x1) /
      packed[r0 + i - 3]!
    x[i] = x3
    x[i - 1] = x2
    x[i - 2] = x1
    x[i - 3] = x0
    for (let j = 0; j < i - 3; j++) {
      x[j]! -= packed[r3 + j]! * x3 + packed[r2 + j]! * x2 + (packed[r1 + j]! * x1 + packed[r0 + j]! * x0)
    }
  }
  for (; i >= 0; i--) {
    const row = (i * (i + 1)) / 2
    const value = x[i]! / packed[row + i]!
    x[i] = value
    for (let j = 0; j < i; j++) x[j]! -= packed[row + j]! * value
  }
}

/** x with L·x = b for four right-hand sides at once, interleaved by row; x takes the place of b. Two rows at a time. */
export function solveLowerFour({ packed, size }: Triangle, x: Float64Array): void {
  for (let i = 0; i < size; i += 2) {
    const r = (i * (i + 1)) / 2
    const t = i + 1 < size ? r + i + 1 : r
    let s0 = 0
    let s1 = 0
    let s2 = 0
    let s3 = 0
    let t0 = 0
    let t1 = 0
    let t2 = 0
    let t3 = 0
    for (let j = 0, k = 0; j < i; j++, k += 4) {
      const l = packed[r + j]!
      const m = packed[t + j]!
      const x0 = x[k]!
      const x1 = x[k + 1]!
      const x2 = x[k + 2]!
      const x3 = x[k + 3]!
      s0 += l * x0
      s1 += l * x1
      s2 += l * x2
      s3 += l * x3
      t0 += m * x0
      t1 += m * x1
      t2 += m * x2
      t3 += m * x3
    }
    const k = 4 * i
    let pivot = packed[r + i]!
    x[k] = (x[k]! - s0) / pivot
    x[k + 1] = (x[k + 1]! - s1) / pivot
    x[k + 2] = (x[k + 2]! - s2) / pivot
    x[k + 3] = (x[k + 3]! - s3) / pivot
    if (t === r) return
    const below = packed[t + i]!
    pivot = packed[t + i + 1]!
    x[k + 4] = (x[k + 4]! - (t0 + below * x[k])) / pivot
    x[k + 5] = (x[k + 5]! - (t1 + below * x[k + 1]!)) / pivot
    x[k + 6] = (x[k + 6]! - (t2 + below * x[k + 2]!)) / pivot
    x[k + 7] = (x[k + 7]! - (t3 + below * x[k + 3]!)) / pivot
  }
}

function twice(old: Float64Array, needed: number): Float64Array {
  const larger = new Float64Array(Math.max(2 * old.length, needed))
  larger.set(old)
  return larger
}
