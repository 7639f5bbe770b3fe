/**
 * One update of the normal search distribution N(m, σ²C).
 *
 * Hansen (2016), The CMA Evolution Strategy: A Tutorial, arXiv:1604.00772: figure 6, equations (41)–(47).
 */
import { type Constants, effectiveSize } from './constants.js'
import { decompose, type Eigen, inverseRoot, norm, type Vector, whiten, zeros } from './eigen.js'

export interface Distribution {
  readonly mean: Vector
  readonly sigma: number
  /** Row-major and symmetric. */
  readonly C: Vector
  readonly pSigma: Vector
  readonly pC: Vector
  readonly generation: number
  /** Of C as it was in `eigenGeneration`: steps are drawn with it, so they are measured with it. */
  readonly eigen: Eigen
  readonly eigenGeneration: number
}

/** A step y = (x − m)/σ ~ N(0, C) and its recombination weight. */
export interface Weighted {
  readonly y: Vector
  readonly weight: number
}

export function isotropic(mean: Vector, sigma: number): Distribution {
  const n = mean.length
  const C = zeros(n * n)
  for (let i = 0; i < n; i++) C[i * n + i] = 1
  const eigen = decompose(C, n)
  const [pSigma, pC] = [zeros(n), zeros(n)]
  return { mean, sigma, C, pSigma, pC, generation: 0, eigen, eigenGeneration: 0 }
}

/** Without a single positive weight there is nothing to move towards: the distribution stays. */
export function update(d: Distribution, k: Constants, steps: readonly Weighted[]): Distribution {
  const positive = steps.filter(({ weight }) => weight > 0)
  if (positive.length === 0) return d
  const muEff = effectiveSize(positive.map(({ weight }) => weight))
  const yW = weightedSum(k.n, positive) // (41)
  const mean = combined(1, d.mean, k.cM * d.sigma, yW) // (42)

  const shift = inverseRoot(d.eigen, yW)
  const pSigma = combined(1 - k.cSigma, d.pSigma, pathGain(k.cSigma, muEff), shift) // (43)
  const length = norm(pSigma)
  const growth = (k.cSigma / k.dSigma) * (length / k.chiN - 1)
  const sigma = d.sigma * Math.exp(Math.min(1, growth)) // (44), and Hansen (2011): an injection makes no leap

  const unbiased = length / Math.sqrt(1 - (1 - k.cSigma) ** (2 * (d.generation + 1)))
  const h = unbiased < (1.4 + 2 / (k.n + 1)) * k.chiN ? 1 : 0
  const pC = combined(1 - k.cC, d.pC, h * pathGain(k.cC, muEff), yW) // (45)
  const C = covariance(d, k, steps, pC, h)
  return decomposed({ ...d, mean, sigma, C, pSigma, pC, generation: d.generation + 1 }, k)
}

/** (46) and (47). */
function covariance(d: Distribution, k: Constants, steps: readonly Weighted[], pC: Vector, h: 0 | 1) {
  const { n, c1, cMu, cC } = k
  const sum = steps.reduce((total, { weight }) => total + weight, 0)
  const lost = (1 - h) * cC * (2 - cC)
  const C = d.C.slice()
  scaleLower(C, n, 1 + c1 * lost - c1 - cMu * sum)
  addOuter(C, pC, c1)
  for (const { y, weight } of steps) {
    if (weight !== 0) addOuter(C, y, cMu * (weight > 0 ? weight : bounded(weight, y, d.eigen)))
  }
  mirrorLower(C, n)
  return C
}

/** (46): a negative weight is scaled to its step's length, which keeps C positive definite. */
function bounded(weight: number, y: Vector, eigen: Eigen): number {
  return (weight * y.length) / (norm(whiten(eigen, y)) ** 2 + 1e-8)
}

/** An eigendecomposition serves as many generations as the constants say (tutorial, B.2). */
function decomposed(d: Distribution, k: Constants): Distribution {
  if (d.generation - d.eigenGeneration < k.eigenInterval) return d
  return { ...d, eigen: decompose(d.C, k.n), eigenGeneration: d.generation }
}

/** √(c (2 − c) μ_eff): what keeps a path of neutral steps at unit variance. */
function pathGain(c: number, muEff: number): number {
  return Math.sqrt(c * (2 - c) * muEff)
}

function combined(a: number, u: Vector, b: number, v: Vector): number[] {
  const out = zeros(u.length)
  for (let i = 0; i < out.length; i++) out[i] = a * u[i]! + b * v[i]!
  return out
}

function weightedSum(n: number, steps: readonly Weighted[]): number[] {
  const sum = zeros(n)
  for (const { y, weight } of steps) {
    for (let i = 0; i < n; i++) sum[i]! += weight * y[i]!
  }
  return sum
}

function scaleLower(C: number[], n: number, factor: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) C[i * n + j]! *= factor
  }
}

function addOuter(C: number[], v: Vector, factor: number): void {
  const n = v.length
  for (let i = 0; i < n; i++) {
    const scaled = factor * v[i]!
    for (let j = 0; j <= i; j++) C[i * n + j]! += scaled * v[j]!
  }
}

function mirrorLower(C: number[], n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) C[j * n + i] = C[i * n + j]!
  }
}
