/**
 * A Cholesky factor that grows by rows: L·Lᵀ = K, the lower triangle packed row by row.
 *
 * Row i is the solution of L·l = k_i, from the rows above it and nothing else. So a factor that grew observation by
 * observation equals, in every bit, one that was made at once.
 */

export interface Triangle {
  size: number
  /** L_ij at i(i + 1)/2 + j; room for more rows behind. */
  packed: Float64Array
}

/** A pivot is never below this share of its diagonal: two rows that are alike but for rounding. */
const LEAST = 1e-14

export function emptyTriangle(room: number): Triangle {
  return { size: 0, packed: new Float64Array((room * (room + 1)) / 2) }
}

/** A row for what has these covariances with the rows so far, and this variance. */
export function appendRow(triangle: Triangle, covariances: Float64Array, variance: number): void {
  const n = triangle.size
  const start = (n * (n + 1)) / 2
  if (start + n + 1 > triangle.packed.length) triangle.packed = twice(triangle.packed, start + n + 1)
  const row = triangle.packed.subarray(start, start + n + 1)
  solveLower(triangle, covariances, row)
  let rest = variance
  for (let j = 0; j < n; j++) rest -= row[j]! * row[j]!
  row[n] = Math.sqrt(Math.max(rest, LEAST * variance))
  triangle.size = n + 1
}

/** x with L·x = b. */
export function solveLower({ packed, size }: Triangle, b: Float64Array, x: Float64Array): void {
  for (let i = 0, at = 0; i < size; i++, at += i) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0]
    let j = 0
    for (; j + 3 < i; j += 4) {
      s0 += packed[at + j]! * x[j]!
      s1 += packed[at + j + 1]! * x[j + 1]!
      s2 += packed[at + j + 2]! * x[j + 2]!
      s3 += packed[at + j + 3]! * x[j + 3]!
    }
    for (; j < i; j++) s0 += packed[at + j]! * x[j]!
    x[i] = (b[i]! - (s0 + s1 + (s2 + s3))) / packed[at + i]!
  }
}

/** x with Lᵀ·x = b; b may be x. */
export function solveUpper({ packed, size }: Triangle, b: Float64Array, x: Float64Array): void {
  if (x !== b) x.set(b.subarray(0, size))
  for (let i = size - 1; i >= 0; i--) {
    const at = (i * (i + 1)) / 2
    const value = x[i]! / packed[at + i]!
    x[i] = value
    for (let j = 0; j < i; j++) x[j]! -= packed[at + j]! * value
  }
}

/** Four right-hand sides at once, one behind the other for each row: x in place of b. */
export function solveLowerFour({ packed, size }: Triangle, x: Float64Array): void {
  for (let i = 0, at = 0; i < size; i++, at += i) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0]
    for (let j = 0, k = 0; j < i; j++, k += 4) {
      const l = packed[at + j]!
      s0 += l * x[k]!
      s1 += l * x[k + 1]!
      s2 += l * x[k + 2]!
      s3 += l * x[k + 3]!
    }
    const k = 4 * i
    const pivot = packed[at + i]!
    x[k] = (x[k]! - s0) / pivot
    x[k + 1] = (x[k + 1]! - s1) / pivot
    x[k + 2] = (x[k + 2]! - s2) / pivot
    x[k + 3] = (x[k + 3]! - s3) / pivot
  }
}

/** log det K. */
export function logDeterminant({ packed, size }: Triangle): number {
  let sum = 0
  for (let i = 0; i < size; i++) sum += 2 * Math.log(packed[(i * (i + 3)) / 2]!)
  return sum
}

/** The lower triangle of K⁻¹, packed as L is. */
export function inverse(triangle: Triangle): Float64Array {
  const { size } = triangle
  const columns = inverseColumns(triangle)
  const all = new Float64Array((size * (size + 1)) / 2)
  for (let i = 0, at = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) all[at++] = dot(columns, i * size + i, j * size + i, size - i)
  }
  return all
}

/** L⁻¹, column by column: row j of what is returned has column j from its diagonal on. */
function inverseColumns({ packed, size }: Triangle): Float64Array {
  const columns = new Float64Array(size * size)
  for (let j = 0; j < size; j++) {
    const column = j * size
    columns[column + j] = 1 / packed[(j * (j + 3)) / 2]!
    for (let i = j + 1; i < size; i++) {
      const row = (i * (i + 1)) / 2
      let [s0, s1] = [0, 0]
      let k = j
      for (; k + 1 < i; k += 2) {
        s0 += packed[row + k]! * columns[column + k]!
        s1 += packed[row + k + 1]! * columns[column + k + 1]!
      }
      if (k < i) s0 += packed[row + k]! * columns[column + k]!
      columns[column + i] = -(s0 + s1) / packed[row + i]!
    }
  }
  return columns
}

function dot(values: Float64Array, a: number, b: number, length: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  let k = 0
  for (; k + 3 < length; k += 4) {
    s0 += values[a + k]! * values[b + k]!
    s1 += values[a + k + 1]! * values[b + k + 1]!
    s2 += values[a + k + 2]! * values[b + k + 2]!
    s3 += values[a + k + 3]! * values[b + k + 3]!
  }
  for (; k < length; k++) s0 += values[a + k]! * values[b + k]!
  return s0 + s1 + (s2 + s3)
}

function twice(old: Float64Array, needed: number): Float64Array {
  const larger = new Float64Array(Math.max(2 * old.length, needed))
  larger.set(old)
  return larger
}
