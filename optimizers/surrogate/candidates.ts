/** The points at which the acquisition is evaluated first; the best of them are then climbed from (maximise.ts). */
import type { Rng } from '../rng.js'
import { scramble, sobol } from '../sobol/sequence.js'
import { drawFromPrior } from './beliefs.js'
import type { Encoding, Point } from './encoding.js'
import { inactiveFilled, perturbed } from './moves.js'
import { snapped } from './snap.js'
import type { SurrogateState } from './state.js'
import { clippedTo, scaledInto, type TrustRegion } from './trust-region.js'

const SOBOL_POINTS = 160
const FROM_PRIOR = 80
const AROUND = { best: 5, each: 60, narrowest: 0.01, widest: 0.3 }

/**
 * Sobol points all over the region, points around the best (near and far, one parameter or all), and draws from the
 * prior where beliefs were given. `ranked` are the observed points, best first.
 */
export function candidates(
  { history: { encoding }, prior }: SurrogateState,
  ranked: readonly Point[],
  region: TrustRegion,
  rng: Rng,
): Point[] {
  const { space } = encoding
  const believed = prior ? Array.from({ length: FROM_PRIOR }, () => drawFromPrior(prior, rng)) : []
  const points = [
    ...sobolPoints(space.searched.length, rng).map((unit) => scaledInto(region, unit)),
    ...[...aroundBest(encoding, ranked, rng), ...believed].map((unit) => clippedTo(region, unit)),
  ]
  return points.map((unit) => snapped(encoding, unit))
}

function sobolPoints(dimensions: number, rng: Rng): Float64Array[] {
  const scrambling = Array.from({ length: dimensions }, () => rng.below(2 ** 32))
  return Array.from({ length: SOBOL_POINTS }, (_, i) =>
    Float64Array.from(scrambling, (seed, d) => (scramble(sobol(i, d), seed) + 0.5) / 2 ** 32),
  )
}

function aroundBest({ space }: Encoding, ranked: readonly Point[], rng: Rng): Float64Array[] {
  return ranked.slice(0, AROUND.best).flatMap((point) => {
    const from = inactiveFilled(space, point.unit)
    return Array.from({ length: AROUND.each }, () => {
      const width = AROUND.narrowest * (AROUND.widest / AROUND.narrowest) ** rng.uniform()
      return perturbed(space, from, width, rng.uniform(), rng)
    })
  })
}
