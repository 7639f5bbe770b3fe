/**
 * Where the acquisition is highest, among what may run and has not run yet. All candidates are evaluated, and the
 * best few are climbed from: along the gradient in continuous parameters, value by value in discrete ones. A point is
 * snapped to a configuration before it is evaluated.
 */
import { minimise } from '../math/lbfgs.js'
import type { Acquisition } from './acquisition.js'
import type { Encoding, Point } from './encoding.js'
import { inactiveFilled, neighbours } from './moves.js'
import { snapped } from './snap.js'
import { clippedTo, type TrustRegion } from './trust-region.js'

export interface Maximisation {
  readonly encoding: Encoding
  readonly acquisition: Acquisition
  readonly region: TrustRegion
  /** May it run, and is it new? */
  readonly allowed: (point: Point) => boolean
}

/** From how many candidates to climb, and for how many rounds at most. */
const CLIMBS = 4
const ROUNDS = 4
/** Neighbours that a round evaluates: where there are more, rounds take turns. */
const NEIGHBOURS_PER_ROUND = 60
const ASCENT = { evaluations: 16, tolerance: 1e-4, firstStep: 0.05 }
/** A round that gains less ends the climb. */
const LEAST_GAIN = 1e-6

/** Undefined where none of the candidates is allowed. */
export function maximise(given: Maximisation, candidates: readonly Point[]): Point | undefined {
  const scores = given.acquisition.at(candidates)
  const ranked = [...candidates.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b)
  const starts: Scored[] = []
  for (const i of ranked) {
    if (starts.length === CLIMBS) break
    if (given.allowed(candidates[i]!)) starts.push({ point: candidates[i]!, score: scores[i]! })
  }
  const ends = starts.map((start) => climbFrom(given, start))
  return ends.length === 0 ? undefined : ends.reduce((a, b) => (b.score > a.score ? b : a)).point
}

interface Scored {
  readonly point: Point
  readonly score: number
}

function climbFrom(given: Maximisation, start: Scored): Scored {
  let here = start
  for (let round = 0; round < ROUNDS; round++) {
    const up = discreteStep(given, continuousStep(given, here), round)
    if (!(up.score > here.score + LEAST_GAIN)) return up
    here = up
  }
  return here
}

/** Along the gradient, in continuous parameters. */
function continuousStep(given: Maximisation, from: Scored): Scored {
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
function discreteStep(given: Maximisation, from: Scored, round: number): Scored {
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

/** The best of these points that is allowed and better than `here`; else `here`. */
function bestAllowed(given: Maximisation, here: Scored, points: readonly Point[]): Scored {
  const scores = given.acquisition.at(points)
  const higher = [...points.keys()].filter((i) => scores[i]! > here.score)
  higher.sort((a, b) => scores[b]! - scores[a]! || a - b)
  const found = higher.find((i) => given.allowed(points[i]!))
  return found === undefined ? here : { point: points[found]!, score: scores[found]! }
}
