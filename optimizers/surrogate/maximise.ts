/**
 * Where the acquisition is highest, among what may run and has not run yet. All candidates are evaluated, and the
 * best few are climbed from. A point is snapped to a configuration before it is evaluated.
 */
import type { Acquisition } from './acquisition.js'
import type { Encoding, Point } from './encoding.js'
import type { TrustRegion } from './trust-region.js'

export interface Maximisation {
  readonly encoding: Encoding
  readonly acquisition: Acquisition
  readonly region: TrustRegion
  /** May it run, and is it new? */
  readonly allowed: (point: Point) => boolean
}

export interface Scored {
  readonly point: Point
  readonly score: number
}

/** From how many candidates to climb. */
const CLIMBS = 4

/** Undefined where none of the candidates is allowed. */
export function maximise(
  given: Maximisation,
  candidates: readonly Point[],
  climb: (start: Scored) => Scored,
): Point | undefined {
  const scores = given.acquisition.at(candidates)
  const ranked = [...candidates.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b)
  const starts: Scored[] = []
  for (const i of ranked) {
    if (starts.length === CLIMBS) break
    if (given.allowed(candidates[i]!)) starts.push({ point: candidates[i]!, score: scores[i]! })
  }
  const ends = starts.map(climb)
  return ends.length === 0 ? undefined : ends.reduce((a, b) => (b.score > a.score ? b : a)).point
}

/** The best of these points that is allowed and better than `here`; else `here`. */
export function bestAllowed(given: Maximisation, here: Scored, points: readonly Point[]): Scored {
  const scores = given.acquisition.at(points)
  const higher = [...points.keys()].filter((i) => scores[i]! > here.score)
  higher.sort((a, b) => scores[b]! - scores[a]! || a - b)
  const found = higher.find((i) => given.allowed(points[i]!))
  return found === undefined ? here : { point: points[found]!, score: scores[found]! }
}
