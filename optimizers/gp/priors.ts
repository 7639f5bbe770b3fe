/**
 * Priors of the hyperparameters. The more parameters a function has, the more slowly it is expected to vary along
 * each of them; otherwise nothing could be learned of it. Hvarfner, Hellsten & Nardi (2024), Vanilla Bayesian
 * Optimization Performs Great in High Dimensions, eq. 9: ℓ ~ LogNormal(√2 + ln(D)/2, √3).
 */
import type { Hyperparameters } from './kernel.js'

export interface LogNormal {
  readonly mu: number
  readonly sigma: number
}

const NONE = new Float64Array(0)
const LOG_SQRT_2PI = 0.9189385332046728

export function lengthScalePrior(dimensions: number): LogNormal {
  return { mu: Math.SQRT2 + Math.log(dimensions) / 2, sigma: Math.sqrt(3) }
}

/** Values are standardised, so their variance is near one; most of it is the function's, a little is noise. */
export const SIGNAL: LogNormal = { mu: 0, sigma: 1 }
export const NOISE: LogNormal = { mu: -4, sigma: 1 }

/** Of the weight of an earlier study, in units of the standard deviations of both studies' values. */
export const WEIGHT: LogNormal = { mu: 0.5, sigma: 1 }

/** The least noise variance: with less, the Cholesky factor would lose its digits. */
export const NOISE_FLOOR = 1e-6

/** log of the density at x = e^t. */
export function logDensity({ mu, sigma }: LogNormal, t: number): number {
  const z = (t - mu) / sigma
  return -0.5 * z * z - t - Math.log(sigma) - LOG_SQRT_2PI
}

/** The derivative of `logDensity` in t. */
export function logDensitySlope({ mu, sigma }: LogNormal, t: number): number {
  return -(t - mu) / (sigma * sigma) - 1
}

/** The logarithm of the x whose density is highest. */
export function logMode({ mu, sigma }: LogNormal): number {
  return mu - sigma * sigma
}

/** In earlier studies the same parameters matter, more or less: the standard deviation of the logarithm of a length scale. */
const THEIRS_SD = 1

/** Of each length scale. Where earlier studies are known, the most likely one is theirs. */
export function lengthScalePriors(dimensions: number, theirs?: Float64Array): readonly LogNormal[] {
  if (theirs === undefined) return Array(dimensions).fill(lengthScalePrior(dimensions))
  return Array.from(theirs, (t) => ({ mu: t + THEIRS_SD ** 2, sigma: THEIRS_SD }))
}

export function logPrior(
  { lengthScales, signal, noise, weights = NONE }: Hyperparameters,
  theirs?: Float64Array,
): number {
  const priors = lengthScalePriors(lengthScales.length, theirs)
  const ofLengths = lengthScales.reduce((sum, t, d) => sum + logDensity(priors[d]!, t), 0)
  const ofWeights = weights.reduce((sum, t) => sum + logDensity(WEIGHT, t), 0)
  return ofLengths + ofWeights + logDensity(SIGNAL, signal) + logDensity(NOISE, noise)
}
