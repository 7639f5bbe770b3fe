/**
 * The Cholesky factor of a whole matrix, and its inverse, for the likelihoods of a fit. The factor in triangle.ts
 * grows by rows instead.
 *
 * Matrices are n by n, row by row, n even. Two rows are multiplied with two rows at a time, so that every number
 * loaded is used twice.
 */

import { pivot } from './pivot.js'

/** Puts L, L·Lᵀ = K, in the place of K's lower triangle. n³/6 multiplications. */
export function factorise(k: Float64Array, n: number): void {
  for (let i = 0; i < n; i += 2) {
    const a = i * n
    const b = a + n
    for (let j = 0; j < i; j += 2) {
      const c = j * n
      const d = c + n
      products(k, a, b, k, c, d, j)
      k[a + j] = (k[a + j]! - sums[0]!) / k[c + j]!
      k[b + j] = (k[b + j]! - sums[2]!) / k[c + j]!
      k[a + j + 1] = (k[a + j + 1]! - sums[1]! - k[a + j]! * k[d + j]!) / k[d + j + 1]!
      k[b + j + 1] = (k[b + j + 1]! - sums[3]! - k[b + j]! * k[d + j]!) / k[d + j + 1]!
    }
    products(k, a, b, k, a, b, i)
    k[a + i] = pivot(k[a + i]!, sums[0]!)
    k[b + i] = (k[b + i]! - sums[2]!) / k[a + i]!
    k[b + i + 1] = pivot(k[b + i + 1]!, sums[3]! + k[b + i]! * k[b + i]!)
  }
}

/**
 * L⁻¹, transposed: row j holds column j, zero before its diagonal. `into` has those zeros already. n³/6
 * multiplications.
 */
export function invertFactor(l: Float64Array, n: number, into: Float64Array): void {
  for (let j = 0; j < n; j += 2) {
    const c = j * n
    const d = c + n
    const first = 1 / l[c + j]!
    const second = 1 / l[d + j + 1]!
    into[c + j] = first
    into[c + j + 1] = -l[d + j]! * first * second
    into[d + j + 1] = second
    for (let i = j + 2; i < n; i += 2) {
      const a = i * n
      const b = a + n
      products(l, a + j, b + j, into, c + j, d + j, i - j)
      into[c + i] = -sums[0]! / l[a + i]!
      into[d + i] = -sums[1]! / l[a + i]!
      into[c + i + 1] = -(sums[2]! + l[b + i]! * into[c + i]!) / l[b + i + 1]!
      into[d + i + 1] = -(sums[3]! + l[b + i]! * into[d + i]!) / l[b + i + 1]!
    }
  }
}

/** The lower triangle of K⁻¹ = L⁻ᵀ·L⁻¹, from the result of invertFactor. n³/6 multiplications. */
export function invert(columns: Float64Array, n: number, into: Float64Array): void {
  for (let i = 0; i < n; i += 2) {
    for (let j = 0; j <= i; j += 2) {
      products(columns, i * n + i, (i + 1) * n + i, columns, j * n + i, (j + 1) * n + i, n - i)
      into[i * n + j] = sums[0]!
      into[i * n + j + 1] = sums[1]!
      into[(i + 1) * n + j] = sums[2]!
      into[(i + 1) * n + j + 1] = sums[3]!
    }
  }
}

/** The last result of `products`: a·c, a·d, b·c, b·d of the rows that begin at a, b, c and d. */
const sums = new Float64Array(4)

function products(
  left: Float64Array,
  a: number,
  b: number,
  right: Float64Array,
  c: number,
  d: number,
  length: number,
): void {
  let ac = 0
  let ad = 0
  let bc = 0
  let bd = 0
  for (let k = 0; k < length; k++) {
    const ofA = left[a + k]!
    const ofB = left[b + k]!
    const ofC = right[c + k]!
    const ofD = right[d + k]!
    ac += ofA * ofC
    ad += ofA * ofD
    bc += ofB * ofC
    bd += ofB * ofD
  }
  sums[0] = ac
  sums[1] = ad
  sums[2] = bc
  sums[3] = bd
}
