/**
 * The monotone hull of the memory model. A quadratic bends back beyond its vertex, and would predict that a larger
 * batch needs less memory. So where the data show that a coordinate raises memory, a configuration is predicted to
 * need as much as the most that any smaller value of the coordinate is predicted to need.
 */
import type { Features } from './features.js'

/** A moved coordinate may move the vertex of another by their product: two rounds suffice. */
const ROUNDS = 2

/** The point between the small end and z, along each coordinate with a known sign, at which w·φ is largest. */
export function hull(
  features: Features,
  w: ArrayLike<number>,
  signs: readonly number[],
  z: readonly number[],
): number[] {
  const at = [...z]
  if (features.products.length === 0) return at
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, sign] of signs.entries()) {
      if (sign === 0 || !features.coordinates[i]!.size) continue
      const { slope, bend } = along(features, w, i, at)
      const small = -sign
      const vertex = -slope / (2 * bend)
      const inside = bend !== 0 && (vertex - small) * (vertex - z[i]!) < 0
      at[i] = highest((x) => slope * x + bend * x * x, inside ? [z[i]!, small, vertex] : [z[i]!, small])
    }
  }
  return at
}

/** w·φ as a function of coordinate i alone: slope·z + bend·z² + what does not depend on it. */
function along(features: Features, w: ArrayLike<number>, i: number, z: readonly number[]) {
  let slope = w[i]!
  let bend = 0
  for (const [k, [a, b]] of features.products.entries()) {
    const weight = w[features.coordinates.length + k]!
    if (a === i && b === i) bend += weight
    else if (a === i) slope += weight * z[b]!
    else if (b === i) slope += weight * z[a]!
  }
  return { slope, bend }
}

function highest(f: (x: number) => number, candidates: readonly number[]): number {
  return candidates.reduce((best, x) => (f(x) > f(best) ? x : best))
}
