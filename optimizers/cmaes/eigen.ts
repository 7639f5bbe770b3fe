/** C = B D² Bᵀ, the only O(n³) step of CMA-ES. Matrices are row-major. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'

export interface Eigen {
  /** Column j is the j-th principal axis; they ascend by length. */
  readonly B: Float64Array
  /** Lengths of the axes: square roots of the eigenvalues. */
  readonly D: Float64Array
}

/** Relative to the longest axis, no axis is shorter: rounding can make an eigenvalue negative. */
const SHORTEST_AXIS = 1e-10

export function decompose(C: Float64Array, n: number): Eigen {
  const rows = Array.from({ length: n }, (_, i) => C.subarray(i * n, (i + 1) * n))
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(new Matrix(rows as never), {
    assumeSymmetric: true,
  })
  const shortest = SHORTEST_AXIS * Math.sqrt(Math.max(...realEigenvalues))
  return {
    B: Float64Array.from(eigenvectorMatrix.to1DArray()),
    D: Float64Array.from(realEigenvalues, (value) => Math.max(Math.sqrt(Math.max(0, value)), shortest)),
  }
}

/** B D v. */
export function stretch({ B, D }: Eigen, v: ArrayLike<number>): Float64Array {
  const n = D.length
  const out = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let sum = 0
    for (let j = 0; j < n; j++) sum += B[i * n + j] * D[j] * v[j]
    out[i] = sum
  }
  return out
}

/** D⁻¹ Bᵀ v: its length is the Mahalanobis length of v under C. */
export function whiten({ B, D }: Eigen, v: ArrayLike<number>): Float64Array {
  const n = D.length
  const out = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) out[j] += B[i * n + j] * v[i]
  }
  for (let j = 0; j < n; j++) out[j] /= D[j]
  return out
}

/** C^(-1/2) v = B D⁻¹ Bᵀ v. */
export function inverseRoot(eigen: Eigen, v: ArrayLike<number>): Float64Array {
  return rotate(eigen, whiten(eigen, v))
}

function rotate({ B }: Eigen, v: Float64Array): Float64Array {
  const n = v.length
  const out = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let sum = 0
    for (let j = 0; j < n; j++) sum += B[i * n + j] * v[j]
    out[i] = sum
  }
  return out
}

export function norm(v: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < v.length; i++) sum += v[i] * v[i]
  return Math.sqrt(sum)
}
