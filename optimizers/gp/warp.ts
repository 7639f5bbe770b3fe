/**
 * Values as the model sees them: centred on their median, with the better half as the unit. What is worse than the
 * median counts by its logarithm, so that a trial that nearly diverged does not flatten the differences that matter;
 * so does what is better by many units.
 */

export interface Warp {
  readonly median: number
  /** Of the better half; 0 where all values are the same. */
  readonly unit: number
  /** Of what comes of them, so that it has mean 0 and variance 1. */
  readonly mean: number
  readonly sd: number
}

/** For values that are taken as they are. */
export const PLAIN: Warp = { median: 0, unit: 1, mean: 0, sd: 1 }

/** Differences below are none: they could not be divided by. */
const TINY = 1e-300
/** Better by more than so many units: the logarithm from here. */
const FAR = 4

export function warpOf(values: readonly number[]): Warp {
  const sorted = Float64Array.from(values).sort()
  const median = quantile(sorted, 0.5)
  const unit = unitOf(sorted, median)
  const plain = { median, unit, mean: 0, sd: 1 }
  const bent = sorted.map((value) => warped(plain, value))
  const mean = bent.reduce((sum, z) => sum + z, 0) / Math.max(1, bent.length)
  const variance = bent.reduce((sum, z) => sum + (z - mean) ** 2, 0) / Math.max(1, bent.length)
  return { median, unit, mean, sd: variance > 0 ? Math.sqrt(variance) : 1 }
}

export function warped({ median, unit, mean, sd }: Warp, value: number): number {
  if (unit === 0) return 0
  // Halves: the difference of two numbers may be larger than any number.
  const z = Math.max(-1e300, Math.min(1e300, (value / 2 - median / 2) / (unit / 2)))
  const bent = z > 0 ? Math.log1p(z) : z < -FAR ? -FAR - Math.log1p(-FAR - z) : z
  return (bent - mean) / sd
}

/** The value that is seen as z. */
export function unwarped({ median, unit, mean, sd }: Warp, z: number): number {
  const bent = z * sd + mean
  const units = bent > 0 ? Math.expm1(bent) : bent < -FAR ? -FAR - Math.expm1(-FAR - bent) : bent
  const value = median + units * unit
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))
}

/** From the median down to the best tenth; where that is nothing, to any other value. */
function unitOf(sorted: Float64Array, median: number): number {
  const spreads = [quantile(sorted, 0.1), sorted[0] ?? median].map((low) => median / 2 - low / 2)
  const above = quantile(sorted, 0.9) / 2 - median / 2
  const spread = [...spreads, above, (sorted.at(-1) ?? median) / 2 - median / 2].find((s) => s > TINY) ?? 0
  return Math.min(Number.MAX_VALUE, 2 * spread)
}

function quantile(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return 0
  const place = q * (sorted.length - 1)
  const low = Math.floor(place)
  const share = place - low
  return (1 - share) * sorted[low]! + share * sorted[Math.min(low + 1, sorted.length - 1)]!
}
