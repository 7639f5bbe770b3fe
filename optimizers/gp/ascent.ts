/**
 * Climbs an acquisition that has a gradient: along the gradient in continuous parameters, value by value in discrete
 * ones.
 */
import { minimise } from '../math/lbfgs.js'
import type { SmoothAcquisition } from '../surrogate/acquisition.js'
import { bestAllowed, type Maximisation, type Scored } from '../surrogate/maximise.js'
import { inactiveFilled, neighbours } from '../surrogate/moves.js'
import { snapped } from '../surrogate/snap.js'
import { clippedTo } from '../surrogate/trust-region.js'

export interface Ascent extends Maximisation {
  readonly acquisition: SmoothAcquisition
}

/** How many rounds at most. */
const ROUNDS = 4
/** Neighbours that a round evaluates: where there are more, rounds take turns. */
const NEIGHBOURS_PER_ROUND = 60
const ASCENT = { evaluations: 16, tolerance: 1e-4, firstStep: 0.05 }
/** A round that gains less ends the climb. */
const LEAST_GAIN = 1e-6

export function climbFrom(given: Ascent, start: Scored): Scored {
  let here = start
  for (let round = 0; round < ROUNDS; round++) {
    const up = discreteStep(given, continuousStep(given, here), round)
    if (!(up.score > here.score + LEAST_GAIN)) return up
    here = up
  }
  return here
}

/** Along the gradient, in continuous parameters. */
function continuousStep(given: Ascent, from: Scored): Scored {
  const { encoding, acquisition, region } = given
  const moving = [...encoding.columnOf.entries()].filter(
    ([d, column]) => column >= 0 && !Number.isNaN(from.point.unit[d]!),
  )
  if (moving.length === 0) return from
  const columns = from.point.columns.slice()
  const gradient = new Float64Array(columns.length)
  const loss = (x: Float64Array, out: Float64Array) => {
    moving.forEach(([, column], k) => {
      columns[column] = x[k]!
    })
    const value = acquisition.withGradient(columns, gradient)
    moving.forEach(([, column], k) => {
      out[k] = -gradient[column]!
    })
    return -value
  }
  const ofMoving = (values: Float64Array) => Float64Array.from(moving, ([d]) => values[d]!)
  const bounds = [ofMoving(region.low), ofMoving(region.high)] as const
  const top = minimise(loss, ofMoving(from.point.unit), bounds, ASCENT)
  const unit = from.point.unit.slice()
  for (let part = 1; part > 0.1; part /= 2) {
    moving.forEach(([d], k) => {
      unit[d] = from.point.unit[d]! + part * (top.x[k]! - from.point.unit[d]!)
    })
    const found = bestAllowed(given, from, [snapped(encoding, unit)])
    if (found !== from) return found
  }
  return from
}

/** To the best neighbour in discrete parameters, where that is better. */
function discreteStep(given: Ascent, from: Scored, round: number): Scored {
  const { encoding } = given
  const all = neighbours(encoding.space, inactiveFilled(encoding.space, from.point.unit))
  const turns = Math.ceil(all.length / NEIGHBOURS_PER_ROUND)
  const beside = all.filter((_, i) => i % turns === round % turns)
  return bestAllowed(
    given,
    from,
    beside.map((unit) => snapped(encoding, clippedTo(given.region, unit))),
  )
}
