/** A normal cut to the unit interval, its centre inside. */
import { normalCdf, normalQuantile } from '../math/normal.js'
import type { Rng } from '../rng.js'

/** Φ of it is lost beside a half. */
const FAR = -8.5

/** −log of the least mass inside: with its centre there, and no wider than the interval, it is at least Φ(1) − ½. */
export const SLACK = -Math.log(normalCdf(1) - 0.5)

export function massInside(centre: number, width: number): number {
  return 1 - lowerTail(-centre / width) - lowerTail((centre - 1) / width)
}

/** By inversion: with the centre inside, no end lies so far out that the middle would lose its digits. */
export function drawTruncated(rng: Rng, centre: number, width: number): number {
  const below = lowerTail(-centre / width)
  const above = lowerTail((centre - 1) / width)
  const unit = centre + width * normalQuantile(below + rng.uniform() * (1 - below - above))
  return unit < 0 ? 0 : unit > 1 ? 1 : unit
}

function lowerTail(x: number): number {
  return x < FAR ? 0 : normalCdf(x)
}
