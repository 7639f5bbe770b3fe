/**
 * Climbs an acquisition without a gradient: from a point to the best of a few random changes, as long as that is
 * better. A forest is flat between its splits, so steps of all widths are tried.
 */
import type { Rng } from '../rng.js'
import { bestAllowed, type Maximisation, type Scored } from '../surrogate/maximise.js'
import { inactiveFilled, perturbed } from '../surrogate/moves.js'
import { snapped } from '../surrogate/snap.js'
import { clippedTo } from '../surrogate/trust-region.js'

const ROUNDS = 10
/** Points that a round evaluates: half of them differ in one parameter, the others in some. */
const STEPS = 40
const WIDTHS = { narrowest: 0.003, widest: 0.3 }

export function localSearch(given: Maximisation, start: Scored, rng: Rng): Scored {
  let here = start
  for (let round = 0; round < ROUNDS; round++) {
    const up = bestAllowed(given, here, beside(given, here, rng))
    if (up === here) return here
    here = up
  }
  return here
}

function beside({ encoding, region }: Maximisation, { point }: Scored, rng: Rng) {
  const { space } = encoding
  const from = inactiveFilled(space, point.unit)
  return Array.from({ length: STEPS }, (_, i) => {
    const width = WIDTHS.narrowest * (WIDTHS.widest / WIDTHS.narrowest) ** rng.uniform()
    const chance = i % 2 === 0 ? 0 : rng.uniform()
    return snapped(encoding, clippedTo(region, perturbed(space, from, width, chance, rng)))
  })
}
