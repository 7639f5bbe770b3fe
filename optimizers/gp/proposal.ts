/** One trial's configuration: from the starting design, or where merit is highest; else whatever is left. */
import { violated } from '../../search-spaces/index.js'
import type { Params } from '../../search-spaces/types.js'
import { type Rng, shuffle, stream } from '../rng.js'
import { scramble, sobol } from '../sobol/sequence.js'
import { drawFrom } from './beliefs.js'
import { keyOf, type Point, paramsAt } from './encoding.js'
import type { GpState } from './index.js'
import { maximise } from './maximise.js'
import { type Merit, meritOf } from './merit.js'
import { filled, jittered } from './moves.js'
import { ranked } from './recommend.js'
import { everyPoint } from './small.js'
import { snapped } from './snap.js'
import { startingPoint } from './start.js'

/** Values that a model can be made of. */
const FEWEST = 3
/** Draws of the starting design before it gives up. */
const REDRAWS = 128
/** Points that are looked at: anywhere, and around each of the best observed ones. */
const ANYWHERE = 160
const BELIEVED = 80
const AROUND = { best: 5, each: 60, narrowest: 0.01, widest: 0.3 }

/**
 * Every other trial must promise more than this, in standard deviations of the noise. Without it a search that has come
 * near some optimum goes on to polish it by less than can be measured.
 */
const MARGIN = 1

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
  return options.startup ?? Math.max(8, history.encoding.space.searched.length)
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
  const merit = meritOf(state, pending, number % 2 === 0 ? MARGIN : 0)
  const all = everyPoint(encoding)
  return maximise({ encoding, merit, allowed }, all ?? candidates(state, merit, stream(state.seed, number)))
}

/** Anywhere, around the best (near and far, one parameter or all), and where somebody believes it to be. */
function candidates({ history, prior }: GpState, { worth }: Merit, rng: Rng): Point[] {
  const { encoding, points, told } = history
  const { space } = encoding
  const scrambling = space.searched.map(() => rng.below(2 ** 32))
  const anywhere = Array.from({ length: ANYWHERE }, (_, i) =>
    Float64Array.from(space.searched, (_, d) => (scramble(sobol(i, d), scrambling[d]!) + 0.5) / 2 ** 32),
  )
  const around = ranked(worth)
    .slice(0, AROUND.best)
    .flatMap((i) => {
      const from = filled(space, points[told[i]!]!.unit)
      return Array.from({ length: AROUND.each }, () => {
        const width = AROUND.narrowest * (AROUND.widest / AROUND.narrowest) ** rng.uniform()
        return jittered(space, from, width, rng.uniform(), rng)
      })
    })
  const believed = Array.from({ length: prior ? BELIEVED : 0 }, () => drawFrom(prior!, rng))
  return [...anywhere, ...around, ...believed].map((unit) => snapped(encoding, unit))
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
