/**
 * The logarithm of expected improvement, exact where the improvement itself underflows, so that it can be climbed from
 * anywhere. Ament et al. (2023), Unexpected Improvements to Expected Improvement, eq. 9.
 */
import { normalLogCdf, normalLogPdf } from '../math/normal.js'

/** log E[max(0, best − f)] for a normal f. */
export function logExpectedImprovement(best: number, mean: number, variance: number): number {
  const sd = Math.sqrt(variance)
  return Math.log(sd) + logH((best - mean) / sd)
}

/** d log h / dz = Φ(z) / h(z). */
export function logHSlope(z: number): number {
  return Math.exp(normalLogCdf(z) - logH(z))
}

/** log h(z), h(z) = φ(z) + z·Φ(z). */
export function logH(z: number): number {
  if (z > -1) return Math.log(Math.exp(normalLogPdf(z)) + z * Math.exp(normalLogCdf(z)))
  return normalLogPdf(z) + Math.log(z < -ASYMPTOTIC ? shortfallSeries(z) : shortfall(z))
}

/** Below −z the difference in `shortfall` cancels, and its series is exact. */
const ASYMPTOTIC = 20

/** 1 − |z|·Φ(z)/φ(z). */
function shortfall(z: number): number {
  return -Math.expm1(Math.log(-z) + normalLogCdf(z) - normalLogPdf(z))
}

/** The asymptotic series of the shortfall: 1/z² − 3/z⁴ + 15/z⁶ − … */
function shortfallSeries(z: number): number {
  const u = 1 / (z * z)
  return u * (1 - u * (3 - u * (15 - u * (105 - u * (945 - u * 10395)))))
}
