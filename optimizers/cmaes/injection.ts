/**
 * Points that the present distribution did not draw: of an advisor or a user, or of the distribution some generations
 * ago.
 *
 * Hansen (2011), Injecting External Solutions Into CMA-ES, arXiv:1110.4181: too long a step is shortened to the
 * length c_y, which a step of the distribution itself seldom exceeds. Such points get no negative weight
 * (generation.ts): that a far point is bad says nothing about its direction.
 */
import { type Eigen, norm, type Vector, whiten } from './eigen.js'

/** y, or as much of it as has the Mahalanobis length c_y = √n + 2n/(n + 2). */
export function clippedStep(y: Vector, eigen: Eigen): Vector {
  const n = y.length
  const longest = Math.sqrt(n) + (2 * n) / (n + 2)
  const factor = longest / norm(whiten(eigen, y))
  return factor < 1 ? y.map((value) => value * factor) : y
}
