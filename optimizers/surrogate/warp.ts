/**
 * The warp of the objective: a model sees by how much each value is above the best one, linear near the best and by its
 * logarithm far from it, standardised. So a trial that nearly diverged does not flatten the differences that matter,
 * and near the best the objective keeps its shape, of which a smooth kernel learns much from few trials.
 */

export interface Warp {
  readonly best: number
  /** The distance above the best at which the logarithm takes over; 0 where all values are the same. */
  readonly bend: number
  /** Mean and standard deviation of the values before they are standardised. */
  readonly mean: number
  readonly sd: number
}

/** The bend is at this quantile of the first values. */
const NEAR_QUANTILE = 0.75
/** Smaller distances count as none: nothing could be divided by them. */
const SMALLEST_DISTANCE = 1e-300
/** Larger distances, in units of the bend, are cut off. */
const LARGEST_UNITS = 1e300

/** The bend is that of the first values, which lie all over the space: later ones crowd around the best. */
export function warpOf(values: readonly number[], first: number): Warp {
  const sorted = Float64Array.from(values).sort()
  const best = sorted[0] ?? 0
  const bend = bendOf(Float64Array.from(values.slice(0, first)).sort(), sorted)
  const plain = { best, bend, mean: 0, sd: 1 }
  const bent = sorted.map((value) => warpValue(plain, value))
  const mean = bent.reduce((sum, z) => sum + z, 0) / Math.max(1, bent.length)
  const variance = bent.reduce((sum, z) => sum + (z - mean) ** 2, 0) / Math.max(1, bent.length)
  return { best, bend, mean, sd: variance > 0 ? Math.sqrt(variance) : 1 }
}

export function warpValue({ best, bend, mean, sd }: Warp, value: number): number {
  if (bend === 0) return 0
  // Halves: the difference of two numbers may be larger than any number.
  const units = Math.min(LARGEST_UNITS, (value / 2 - best / 2) / (bend / 2))
  return (Math.log1p(units) - mean) / sd
}

/** The derivative of the warp at a value; below the best it is that at the best. */
export function warpSlope({ best, bend, sd }: Warp, value: number): number {
  if (bend === 0) return 0
  const units = Math.max(0, (value / 2 - best / 2) / (bend / 2))
  return 1 / (1 + units) / bend / sd
}

/** The inverse of `warpValue`; below the best the warp is taken for linear. */
export function unwarpValue({ best, bend, mean, sd }: Warp, z: number): number {
  const bent = z * sd + mean
  const value = best + bend * (bent < 0 ? bent : Math.expm1(bent))
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))
}

function bendOf(early: Float64Array, all: Float64Array): number {
  const tops = [quantile(early, NEAR_QUANTILE), early.at(-1) ?? 0, all.at(-1) ?? 0]
  const half =
    tops.map((top) => top / 2 - (all[0] ?? 0) / 2).find((distance) => distance > SMALLEST_DISTANCE) ?? 0
  return Math.min(Number.MAX_VALUE, 2 * half)
}

function quantile(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return 0
  const place = q * (sorted.length - 1)
  const low = Math.floor(place)
  const share = place - low
  return (1 - share) * sorted[low]! + share * sorted[Math.min(low + 1, sorted.length - 1)]!
}
