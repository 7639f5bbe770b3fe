/**
 * Where merit is highest, among what may run and did not run yet: many points are looked at, the best few are climbed
 * from, by slopes in what is continuous and value by value in what is not. A point is snapped before it is judged.
 */
import type { Encoding, Point } from './encoding.js'
import { minimise } from './lbfgs.js'
import type { Merit } from './merit.js'
import { filled, neighbours } from './moves.js'
import { type Region, within } from './region.js'
import { snapped } from './snap.js'

export interface Ground {
  readonly encoding: Encoding
  readonly merit: Merit
  readonly region: Region
  /** May it run, and is it new? */
  readonly allowed: (point: Point) => boolean
}

const CLIMBS = 4
const ROUNDS = 4
/** Values beside the present ones that are tried in a round: where there are more, they take turns. */
const BESIDE = 60
const ASCENT = { evaluations: 16, tolerance: 1e-4, firstStep: 0.05 }

/** Undefined where none of the candidates is allowed. */
export function maximise(ground: Ground, candidates: readonly Point[]): Point | undefined {
  const merits = ground.merit.of(candidates)
  const ranked = [...candidates.keys()].sort((a, b) => merits[b]! - merits[a]! || a - b)
  const starts: Standing[] = []
  for (const i of ranked) {
    if (starts.length === CLIMBS) break
    if (ground.allowed(candidates[i]!)) starts.push({ point: candidates[i]!, merit: merits[i]! })
  }
  const ends = starts.map((start) => climb(ground, start))
  return ends.length === 0 ? undefined : ends.reduce((a, b) => (b.merit > a.merit ? b : a)).point
}

interface Standing {
  readonly point: Point
  readonly merit: number
}

function climb(ground: Ground, start: Standing): Standing {
  let here = start
  for (let round = 0; round < ROUNDS; round++) {
    const up = stepped(ground, ascended(ground, here), round)
    if (!(up.merit > here.merit + 1e-6)) return up
    here = up
  }
  return here
}

/** Along the slopes of what is continuous. */
function ascended(ground: Ground, from: Standing): Standing {
  const { encoding, merit, region } = ground
  const moving = [...encoding.columnOf.entries()].filter(
    ([d, column]) => column >= 0 && !Number.isNaN(from.point.unit[d]!),
  )
  if (moving.length === 0) return from
  const columns = from.point.columns.slice()
  const slopes = new Float64Array(columns.length)
  const loss = (x: Float64Array, out: Float64Array) => {
    moving.forEach(([, column], k) => {
      columns[column] = x[k]!
    })
    const value = merit.withSlopes(columns, slopes)
    moving.forEach(([, column], k) => {
      out[k] = -slopes[column]!
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
    const found = better(ground, from, [snapped(encoding, unit)])
    if (found !== from) return found
  }
  return from
}

/** To the best of the values beside those of what is discrete, as long as that is better. */
function stepped(ground: Ground, from: Standing, round: number): Standing {
  const { encoding } = ground
  const all = neighbours(encoding.space, filled(encoding.space, from.point.unit))
  const turns = Math.ceil(all.length / BESIDE)
  const beside = all.filter((_, i) => i % turns === round % turns)
  return better(
    ground,
    from,
    beside.map((unit) => snapped(encoding, within(ground.region, unit))),
  )
}

/** The best of these that is allowed and better than where we are. */
function better(ground: Ground, here: Standing, points: readonly Point[]): Standing {
  const merits = ground.merit.of(points)
  const higher = [...points.keys()].filter((i) => merits[i]! > here.merit)
  higher.sort((a, b) => merits[b]! - merits[a]! || a - b)
  const found = higher.find((i) => ground.allowed(points[i]!))
  return found === undefined ? here : { point: points[found]!, merit: merits[found]! }
}
