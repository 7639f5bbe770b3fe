/**
 * Values as the model sees them: by how much each is above the best, linear for what is near and by its logarithm for
 * what is far. A trial that nearly diverged does not flatten the differences that matter, and what surrounds the best
 * keeps its shape: a bowl stays a bowl, of which a smooth kernel learns much from few trials.
 */

export interface Warp {
  readonly best: number
  /** How far above the best the logarithm takes over; 0 where all values are the same. */
  readonly bend: number
  /** Of what comes of them, so that it has mean 0 and variance 1. */
  readonly mean: number
  readonly sd: number
}

/** The share of the first values that count as near. */
const NEAR = 0.75
/** Differences below are none: they could not be divided by. */
const TINY = 1e-300
/** No value is seen further out. */
const FAR = 1e300

/** The scale is that of the first trials, all over the space: later ones crowd around the best. */
export function warpOf(values: readonly number[], first: number): Warp {
  const sorted = Float64Array.from(values).sort()
  const best = sorted[0] ?? 0
  const bend = bendOf(Float64Array.from(values.slice(0, first)).sort(), sorted)
  const plain = { best, bend, mean: 0, sd: 1 }
  const bent = sorted.map((value) => warped(plain, value))
  const mean = bent.reduce((sum, z) => sum + z, 0) / Math.max(1, bent.length)
  const variance = bent.reduce((sum, z) => sum + (z - mean) ** 2, 0) / Math.max(1, bent.length)
  return { best, bend, mean, sd: variance > 0 ? Math.sqrt(variance) : 1 }
}

export function warped({ best, bend, mean, sd }: Warp, value: number): number {
  if (bend === 0) return 0
  // Halves: the difference of two numbers may be larger than any number.
  const units = Math.min(FAR, (value / 2 - best / 2) / (bend / 2))
  return (Math.log1p(units) - mean) / sd
}

/** How much of what is seen there goes into a unit of the values; nothing is seen to be better than the best. */
export function steepness({ best, bend, sd }: Warp, value: number): number {
  if (bend === 0) return 0
  const units = Math.max(0, (value / 2 - best / 2) / (bend / 2))
  return 1 / (1 + units) / bend / sd
}

/** The value that is seen as z; below the best, as far as the line goes on. */
export function unwarped({ best, bend, mean, sd }: Warp, z: number): number {
  const bent = z * sd + mean
  const value = best + bend * (bent < 0 ? bent : Math.expm1(bent))
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))
}

function bendOf(early: Float64Array, all: Float64Array): number {
  const tops = [quantile(early, NEAR), early.at(-1) ?? 0, all.at(-1) ?? 0]
  const half = tops.map((top) => top / 2 - (all[0] ?? 0) / 2).find((distance) => distance > TINY) ?? 0
  return Math.min(Number.MAX_VALUE, 2 * half)
}

function quantile(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return 0
  const place = q * (sorted.length - 1)
  const low = Math.floor(place)
  const share = place - low
  return (1 - share) * sorted[low]! + share * sorted[Math.min(low + 1, sorted.length - 1)]!
}
