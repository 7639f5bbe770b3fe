/** One trial's configuration: from the starting design, or where merit is highest; else whatever is left. */
import { violated } from '../../search-spaces/index.js'
import type { Params } from '../../search-spaces/types.js'
import { shuffle, stream } from '../rng.js'
import { candidates } from './candidates.js'
import { keyOf, type Point, paramsAt } from './encoding.js'
import { maximise } from './maximise.js'
import { meritOf } from './merit.js'
import type { Model } from './model.js'
import { ranked } from './recommend.js'
import { everywhere, type Region, regionAround } from './region.js'
import { scepticOf } from './sceptic.js'
import { everyPoint } from './small.js'
import { snapped } from './snap.js'
import { startingPoint, startSize } from './start.js'
import type { GpState } from './state.js'

/** Values that a model can be made of. */
const FEWEST = 3
/** Draws of the starting design before it gives up. */
const REDRAWS = 128

/**
 * How the trials take turns. Every other one is looked for anywhere, by a sceptic who doubts one parameter after the other;
 * the others near the best. Most must promise to be better by a standard deviation of the noise: with any gain a
 * search polishes the first optimum that it has found by less than can be measured. The fourth polishes.
 */
const TURNS = [
  { far: true, margin: 1 },
  { far: false, margin: 1 },
  { far: true, margin: 1 },
  { far: false, margin: 0 },
] as const

type Accept = (params: Params) => boolean

export function propose(state: GpState, number: number, pending: readonly Point[], accept: Accept): Point {
  const { history } = state
  const { encoding } = history
  const taken = new Set(pending.map(keyOf))
  const mayRun = (point: Point) => {
    const params = paramsAt(encoding, point)
    return violated(encoding.space, params) === null && accept(params)
  }
  const isNew = (point: Point) => !history.keys.has(keyOf(point)) && !taken.has(keyOf(point))
  const allowed = (point: Point) => isNew(point) && mayRun(point)
  const found = isStarting(state)
    ? starting(state, number, allowed)
    : promising(state, number, pending, allowed)
  return found ?? anyAtAll(state, number, pending, isNew, mayRun)
}

/** Where most trials fail, the few that gave a value must do. */
export function isStarting(state: GpState): boolean {
  const { told, results } = state.history
  const startup = startupOf(state)
  return told.length < startup && (told.length < FEWEST || results.length < 2 * startup)
}

export function startupOf({ options, history }: GpState): number {
  return options.startup ?? startSize(history.encoding.space)
}

function starting(state: GpState, number: number, allowed: (point: Point) => boolean): Point | undefined {
  for (let redraw = 0; redraw < REDRAWS; redraw++) {
    const point = snapped(state.history.encoding, startingPoint(state, number, redraw))
    if (allowed(point)) return point
  }
  return undefined
}

function promising(
  state: GpState,
  number: number,
  pending: readonly Point[],
  allowed: (point: Point) => boolean,
): Point | undefined {
  const { encoding } = state.history
  const { space } = encoding
  const { far, margin } = TURNS[number % TURNS.length]!
  const doubted = Math.floor(number / 2) % space.searched.length
  const merit = meritOf(state, pending, margin, far ? scepticOf(state, doubted) : undefined)
  const region = far ? everywhere(space) : nearBest(state, merit.worth)
  const looked = everyPoint(encoding) ?? candidates(state, merit.worth, region, stream(state.seed, number))
  return maximise({ encoding, merit, region, allowed }, looked)
}

function nearBest({ options, history }: GpState, worth: Model): Region {
  const { space } = history.encoding
  const [best] = ranked(worth)
  if (options.trustRegion === null || best === undefined) return everywhere(space)
  return regionAround(space, history.points[history.told[best]!]!.unit, options.trustRegion)
}

/** Something new that may run, at random; else what may run; else what does not even satisfy that, mended. */
function anyAtAll(
  { history: { encoding }, seed }: GpState,
  number: number,
  pending: readonly Point[],
  isNew: (point: Point) => boolean,
  mayRun: (point: Point) => boolean,
): Point {
  const rng = stream(seed, number, pending.length)
  const all = everyPoint(encoding)
  const drawn = all
    ? shuffle(rng, all)
    : Array.from({ length: REDRAWS }, () =>
        snapped(
          encoding,
          Float64Array.from(encoding.space.searched, () => rng.uniform()),
        ),
      )
  const may = drawn.filter(mayRun)
  return may.find(isNew) ?? may[0] ?? drawn.find(isNew) ?? drawn[0]!
}
