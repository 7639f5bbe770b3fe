/**
 * Which of a few points to measure once more. A measurement of one of them moves the posterior means of all; the most
 * informative one is that after which the least of the means is expected to be lowest: the knowledge gradient of
 * Frazier, Powell & Dayanik (2009), eq. 2.4.
 */
import { normalQuantile } from '../math/normal.js'

/** Quantiles of a standard normal that stand for the outcomes of a measurement. */
const OUTCOMES = Array.from({ length: 31 }, (_, i) => normalQuantile((i + 0.5) / 31))

/**
 * Indices of the points to measure, one after the other; the same one may come again. `covariance` is the posterior
 * covariance of the points, and is changed in place; `noise` is the noise variance of a measurement.
 */
export function mostInformative(
  means: readonly number[],
  covariance: readonly Float64Array[],
  noise: number,
  count: number,
): number[] {
  return Array.from({ length: count }, () => {
    const i = nextToMeasure(means, covariance, noise)
    conditionOn(covariance, i, noise)
    return i
  })
}

function nextToMeasure(means: readonly number[], covariance: readonly Float64Array[], noise: number): number {
  const gains = covariance.map((row, i) => {
    const sd = Math.sqrt(row[i]! + noise)
    const least = OUTCOMES.map((z) => Math.min(...means.map((mean, j) => mean + (z * row[j]!) / sd)))
    return -least.reduce((sum, one) => sum + one, 0)
  })
  return gains.indexOf(Math.max(...gains))
}

/** The covariance once point i was measured. The means stay: the measurement is taken to show what is expected. */
function conditionOn(covariance: readonly Float64Array[], i: number, noise: number): void {
  const row = covariance[i]!.slice()
  const scale = row[i]! + noise
  for (const [a, other] of covariance.entries()) {
    for (let b = 0; b < other.length; b++) other[b]! -= (row[a]! * row[b]!) / scale
  }
}
