/** The eigendecomposition C = B D² Bᵀ, the only O(n³) step of CMA-ES. Matrices are row-major. */
import { EigenvalueDecomposition, WrapperMatrix1D } from 'ml-matrix'

/** Plain arrays, because V8 keeps short typed arrays outside its heap, and making one costs more than filling it. */
export type Vector = readonly number[]

export interface Eigen {
  /** Column j is the j-th principal axis; they ascend by length. */
  readonly B: Vector
  /** Lengths of the axes: square roots of the eigenvalues. */
  readonly D: Vector
}

/** Relative to the longest axis, no axis is shorter: rounding can make an eigenvalue negative. */
const SHORTEST_AXIS = 1e-10

export function decompose(C: Vector, n: number): Eigen {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    new WrapperMatrix1D(C, { rows: n }),
    { assumeSymmetric: true },
  )
  const shortest = SHORTEST_AXIS * Math.sqrt(Math.max(...realEigenvalues))
  return {
    B: eigenvectorMatrix.to1DArray(),
    D: realEigenvalues.map((value) => Math.max(Math.sqrt(Math.max(0, value)), shortest)),
  }
}

/** D⁻¹ Bᵀ v: its length is the Mahalanobis length of v under C. */
export function whiten({ B, D }: Eigen, v: Vector): number[] {
  const n = D.length
  const out = zeros(n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) out[j]! += B[i * n + j]! * v[i]!
  }
  for (let j = 0; j < n; j++) out[j]! /= D[j]!
  return out
}

/** C^(-1/2) v = B D⁻¹ Bᵀ v. */
export function inverseRoot(eigen: Eigen, v: Vector): number[] {
  const { B } = eigen
  const n = v.length
  const white = whiten(eigen, v)
  const out = zeros(n)
  for (let i = 0; i < n; i++) {
    let sum = 0
    for (let j = 0; j < n; j++) sum += B[i * n + j]! * white[j]!
    out[i] = sum
  }
  return out
}

export function norm(v: Vector): number {
  let sum = 0
  for (let i = 0; i < v.length; i++) sum += v[i]! * v[i]!
  return Math.sqrt(sum)
}

export function zeros(length: number): number[] {
  return new Array<number>(length).fill(0)
}
