/**
 * Learning rates that follow the signal-to-noise ratio of the updates (LRA-CMA-ES).
 *
 * Nomura, Akimoto & Ono (2023), CMA-ES with Learning Rate Adaptation, arXiv:2304.03473: algorithm 1, for the mean
 * and for Σ = σ²C apart.
 */
import { decompose, type Eigen, inverseRoot, type Vector, zeros } from './eigen.js'
import type { Distribution } from './update.js'

/** Moving averages E of the whitened steps and V of their squared lengths, and the learning rate η they give. */
interface Rate {
  readonly E: Vector
  readonly V: number
  readonly eta: number
}

export interface LearningRate {
  readonly mean: Rate
  readonly covariance: Rate
}

const ALPHA = 1.4
const BETA_MEAN = 0.1
const BETA_COVARIANCE = 0.03
const GAMMA = 0.1

export function openLearningRate(n: number): LearningRate {
  return {
    mean: { E: zeros(n), V: 0, eta: 1 },
    covariance: { E: zeros(n * n), V: 0, eta: 1 },
  }
}

/** Goes only a part of the way from `old` to `next`. */
export function dampedUpdate(
  old: Distribution,
  next: Distribution,
  rate: LearningRate,
): { readonly distribution: Distribution; readonly rate: LearningRate } {
  const n = old.mean.length
  const dMean = next.mean.map((m, i) => m - old.mean[i]!)
  const dSigma = next.C.map((c, i) => next.sigma ** 2 * c - old.sigma ** 2 * old.C[i]!)
  const mean = adapted(rate.mean, localMean(old, dMean), BETA_MEAN)
  const covariance = adapted(rate.covariance, localCovariance(old, dSigma), BETA_COVARIANCE)

  const Sigma = dSigma.map((d, i) => old.sigma ** 2 * old.C[i]! + covariance.eta * d)
  const sigma = determinantScale(decompose(Sigma, n))
  const C = Sigma.map((s) => s / sigma ** 2)
  return {
    distribution: {
      ...next,
      mean: old.mean.map((m, i) => m + mean.eta * dMean[i]!),
      sigma: sigma * (rate.mean.eta / mean.eta), // the optimal σ grows as the mean's learning rate falls
      C,
      eigen: decompose(C, n),
      eigenGeneration: next.generation,
    },
    rate: { mean, covariance },
  }
}

function adapted(rate: Rate, step: Vector, beta: number): Rate {
  const E = rate.E.map((e, i) => (1 - beta) * e + beta * step[i]!)
  const V = (1 - beta) * rate.V + beta * squared(step)
  const signal = squared(E)
  if (V <= signal) return { E, V, eta: rate.eta }
  const snr = (signal - (beta / (2 - beta)) * V) / (V - signal)
  const relative = Math.max(-1, Math.min(1, snr / (ALPHA * rate.eta) - 1))
  const eta = rate.eta * Math.exp(Math.min(GAMMA * rate.eta, beta) * relative)
  return { E, V, eta: Math.min(eta, 1) }
}

/** Σ^(-1/2) Δm. */
function localMean(old: Distribution, dMean: Vector): Vector {
  return inverseRoot(old.eigen, dMean).map((value) => value / old.sigma)
}

/** Σ^(-1/2) ΔΣ Σ^(-1/2) / √2, as a vector. */
function localCovariance(old: Distribution, dSigma: Vector): Vector {
  const half = inverseRootOfRows(old.eigen, dSigma)
  const scale = 1 / (Math.SQRT2 * old.sigma ** 2)
  return inverseRootOfRows(old.eigen, half).map((value) => value * scale)
}

/** (C^(-1/2) M)ᵀ, row by row of a symmetric M; twice gives C^(-1/2) M C^(-1/2). */
function inverseRootOfRows(eigen: Eigen, M: Vector): Vector {
  const n = eigen.D.length
  const out = zeros(n * n)
  for (let i = 0; i < n; i++) {
    const row = inverseRoot(eigen, M.slice(i * n, (i + 1) * n))
    for (let j = 0; j < n; j++) out[j * n + i] = row[j]!
  }
  return out
}

/** det(Σ)^(1/2n). */
function determinantScale({ D }: Eigen): number {
  return Math.exp(D.reduce((sum, length) => sum + Math.log(length), 0) / D.length)
}

function squared(v: Vector): number {
  let sum = 0
  for (const value of v) sum += value * value
  return sum
}
