/** The points that are looked at before any is climbed from. */
import type { Rng } from '../rng.js'
import { scramble, sobol } from '../sobol/sequence.js'
import { drawFrom } from './beliefs.js'
import type { Point } from './encoding.js'
import type { Model } from './model.js'
import { filled, jittered } from './moves.js'
import { ranked } from './recommend.js'
import { type Region, scaledInto, within } from './region.js'
import { snapped } from './snap.js'
import type { GpState } from './state.js'

const ANYWHERE = 160
const BELIEVED = 80
const AROUND = { best: 5, each: 60, narrowest: 0.01, widest: 0.3 }

/** All over the region, around the best (near and far, one parameter or all), and where somebody believes it to be. */
export function candidates(state: GpState, worth: Model, region: Region, rng: Rng): Point[] {
  const { history, prior } = state
  const { space } = history.encoding
  const believed = Array.from({ length: prior ? BELIEVED : 0 }, () => drawFrom(prior!, rng))
  const points = [
    ...evenly(space.searched.length, rng).map((unit) => scaledInto(region, unit)),
    ...[...aroundBest(state, worth, rng), ...believed].map((unit) => within(region, unit)),
  ]
  return points.map((unit) => snapped(history.encoding, unit))
}

function evenly(dimensions: number, rng: Rng): Float64Array[] {
  const scrambling = Array.from({ length: dimensions }, () => rng.below(2 ** 32))
  return Array.from({ length: ANYWHERE }, (_, i) =>
    Float64Array.from(scrambling, (seed, d) => (scramble(sobol(i, d), seed) + 0.5) / 2 ** 32),
  )
}

function aroundBest(
  { history: { encoding, points, told } }: GpState,
  worth: Model,
  rng: Rng,
): Float64Array[] {
  const best = ranked(worth).slice(0, AROUND.best)
  return best.flatMap((i) => {
    const from = filled(encoding.space, points[told[i]!]!.unit)
    return Array.from({ length: AROUND.each }, () => {
      const width = AROUND.narrowest * (AROUND.widest / AROUND.narrowest) ** rng.uniform()
      return jittered(encoding.space, from, width, rng.uniform(), rng)
    })
  })
}
