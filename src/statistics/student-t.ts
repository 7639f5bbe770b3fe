/** Student's t distribution, and the intervals of a mean and of a difference of means. */
import { mean, standardDeviation } from './describe.js'
import { incompleteBeta, logBeta } from './incomplete-beta.js'

export type Interval = readonly [low: number, high: number]

export function studentCdf(t: number, freedom: number): number {
  return t > 0 ? 1 - upperTail(t, freedom) : upperTail(-t, freedom)
}

/** P(T > t) for t ≥ 0: half of I at ν/(ν + t²) with the parameters ν/2 and ½. */
function upperTail(t: number, freedom: number): number {
  const whole = freedom + t * t
  if (whole === Infinity) return 0
  return incompleteBeta(freedom / whole, (t * t) / whole, freedom / 2, 0.5) / 2
}

/** The t below which T lies with probability p. Newton's method, kept in a bracket. */
export function studentQuantile(p: number, freedom: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN
  if (p === 0 || p === 1) return p === 0 ? -Infinity : Infinity
  if (p === 0.5) return 0
  const tail = Math.min(p, 1 - p)
  let [low, high] = [0, 1]
  while (upperTail(high, freedom) > tail) [low, high] = [high, 2 * high]
  let t = (low + high) / 2
  for (let i = 0; i < MOST_STEPS; i++) {
    const excess = upperTail(t, freedom) - tail
    if (excess > 0) low = t
    else high = t
    const newton = t + excess / density(t, freedom)
    const next = newton > low && newton < high ? newton : (low + high) / 2
    if (Math.abs(next - t) <= 2 ** -51 * t) break
    t = next
  }
  return p < 0.5 ? -t : t
}

/** Student's interval of the mean; null with fewer than two values. */
export function meanInterval(values: readonly number[], level = 0.95): Interval | null {
  const n = values.length
  if (n < 2) return null
  return around(mean(values), standardDeviation(values) / Math.sqrt(n), n - 1, level)
}

/**
 * Welch's interval of mean(a) − mean(b) for samples that do not pair (Welch 1947, The generalization of Student's
 * problem); null with fewer than two values on a side.
 */
export function meanDifferenceInterval(
  a: readonly number[],
  b: readonly number[],
  level = 0.95,
): Interval | null {
  if (a.length < 2 || b.length < 2) return null
  const [u, v] = [standardDeviation(a) ** 2 / a.length, standardDeviation(b) ** 2 / b.length]
  const freedom = u + v === 0 ? 1 : (u + v) ** 2 / (u ** 2 / (a.length - 1) + v ** 2 / (b.length - 1))
  return around(mean(a) - mean(b), Math.sqrt(u + v), freedom, level)
}

function around(centre: number, standardError: number, freedom: number, level: number): Interval {
  const reach = studentQuantile((1 + level) / 2, freedom) * standardError
  return [centre - reach, centre + reach]
}

function density(t: number, freedom: number): number {
  const kernel = -((freedom + 1) / 2) * Math.log1p((t * t) / freedom)
  return Math.exp(kernel - logBeta(freedom / 2, 0.5)) / Math.sqrt(freedom)
}

const MOST_STEPS = 200
