/**
 * One trial's configuration: from the starting design, then from the model; where neither gives anything that may
 * run, a random one.
 */
import { violated } from '../../search-spaces/index.js'
import type { Params, Space } from '../../search-spaces/types.js'
import type { AskRequest, Proposal } from '../contract.js'
import { shuffle, stream } from '../rng.js'
import { type Encoding, encodingOf, keyOf, type Point, paramsAt, pointOf } from './encoding.js'
import { everyPoint } from './small-space.js'
import { snapped } from './snap.js'
import { designPoint, startingPoint } from './starting-design.js'
import type { SurrogateState } from './state.js'

export interface PointRequest {
  readonly number: number
  readonly turn: number
  readonly pending: readonly Point[]
  readonly accept: (params: Params) => boolean
}

/** Draws of the starting design before it gives up, and random draws after that. */
const DRAWS = 128

/** One trial after the other, each with the ones before it pending. */
export function proposeEach(
  encoding: Encoding,
  { number, count, turn = number, pending, accept = () => true }: AskRequest,
  propose: (request: PointRequest) => Point,
): Proposal[] {
  const running = pending.map((params) => pointOf(encoding, params))
  return Array.from({ length: count }, (_, k) => {
    const point = propose({ number: number + k, turn: turn + k, pending: running, accept })
    running.push(point)
    return { params: paramsAt(encoding, point) }
  })
}

/** From the starting design or not; `byModel` gives the point of the highest acquisition among those that are allowed. */
export function proposePoint(
  state: SurrogateState,
  isDesigned: boolean,
  request: PointRequest,
  byModel: (allowed: (point: Point) => boolean) => Point | undefined,
): Point {
  const { history } = state
  const { number, pending } = request
  const taken = new Set(pending.map(keyOf))
  const mayRun = (point: Point) => {
    const params = paramsAt(history.encoding, point)
    return violated(history.encoding.space, params) === null && request.accept(params)
  }
  const isNew = (point: Point) => !history.keys.has(keyOf(point)) && !taken.has(keyOf(point))
  const allowed = (point: Point) => isNew(point) && mayRun(point)
  const found = isDesigned ? byDesign(state, number, allowed) : byModel(allowed)
  return found ?? randomPoint(state, request, isNew, mayRun)
}

function byDesign(
  state: SurrogateState,
  number: number,
  allowed: (point: Point) => boolean,
): Point | undefined {
  for (let redraw = 0; redraw < DRAWS; redraw++) {
    const point = snapped(state.history.encoding, startingPoint(state, number, redraw))
    if (allowed(point)) return point
  }
  return undefined
}

/** The configuration of a trial of the starting design, for an optimizer that has another encoding. */
export function designParams(space: Space, seed: number, number: number, redraw: number): Params {
  const encoding = encodingOf(space)
  return paramsAt(encoding, snapped(encoding, designPoint(space, seed, number, redraw)))
}

/** The first draw that is new and may run; else one that may run; else one that is new; else any. */
function randomPoint(
  { history: { encoding }, seed }: SurrogateState,
  { number, pending }: PointRequest,
  isNew: (point: Point) => boolean,
  mayRun: (point: Point) => boolean,
): Point {
  const rng = stream(seed, number, pending.length)
  const all = everyPoint(encoding)
  const drawn = all
    ? shuffle(rng, all)
    : Array.from({ length: DRAWS }, () =>
        snapped(
          encoding,
          Float64Array.from(encoding.space.searched, () => rng.uniform()),
        ),
      )
  const may = drawn.filter(mayRun)
  return may.find(isNew) ?? may[0] ?? drawn.find(isNew) ?? drawn[0]!
}
