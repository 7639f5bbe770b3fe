/** A normal truncated to the unit interval, with its centre inside. */
import { normalCdf, normalQuantile } from '../math/normal.js'
import type { Rng } from '../rng.js'

/** Below it Φ is negligible beside ½. */
const FAR = -8.5

/** −log of the least mass inside, Φ(1) − ½: that of a normal as wide as the interval with its centre at an end. */
export const SLACK = -Math.log(normalCdf(1) - 0.5)

export function massInside(centre: number, width: number): number {
  return 1 - lowerTail(-centre / width) - lowerTail((centre - 1) / width)
}

/** By inversion, which loses no digits because the centre is inside. */
export function drawTruncated(rng: Rng, centre: number, width: number): number {
  const below = lowerTail(-centre / width)
  const above = lowerTail((centre - 1) / width)
  const unit = centre + width * normalQuantile(below + rng.uniform() * (1 - below - above))
  return unit < 0 ? 0 : unit > 1 ? 1 : unit
}

function lowerTail(x: number): number {
  return x < FAR ? 0 : normalCdf(x)
}
