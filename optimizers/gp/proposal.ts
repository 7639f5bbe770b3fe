/** One trial's configuration where the model is asked: where the acquisition is highest. */
import { stream } from '../rng.js'
import { liesAnywhere, type Progress, STALL_TRIALS } from '../stall.js'
import { candidates } from '../surrogate/candidates.js'
import { keyOf, type Point, startSize } from '../surrogate/encoding.js'
import type { History } from '../surrogate/history.js'
import { maximise } from '../surrogate/maximise.js'
import { type PointRequest, proposePoint } from '../surrogate/proposal.js'
import { everyPoint } from '../surrogate/small-space.js'
import { isSpreading, isStarting } from '../surrogate/starting-design.js'
import { type TrustRegion, trustRegionAround, wholeSpace } from '../surrogate/trust-region.js'
import { acquisitionOf } from './acquisition.js'
import { climbFrom } from './ascent.js'
import { bestOf } from './earlier.js'
import type { Model } from './model.js'
import { rankedByMean } from './posterior.js'
import { shortScaleModel } from './short-scale-model.js'
import type { GpState } from './state.js'

/**
 * The optimizer's trials take turns. Every other one is looked for in the whole space, by a model that gives one
 * parameter after the other a short length scale; the others in the trust region around the best. Three in four must
 * promise an improvement of more than one standard deviation of the noise: with any improvement at all, a search
 * refines the first optimum it has found by less than can be measured. Only the fourth refines it. While the best value
 * is a plateau, those near it lie anywhere instead. With `leavesValleys` the first of them lies anywhere once the search
 * has stalled (stall.ts).
 */
const TURNS = [
  { everywhere: true, margin: 1 },
  { everywhere: false, margin: 1 },
  { everywhere: true, margin: 1 },
  { everywhere: false, margin: 0 },
] as const

export function propose(state: GpState, request: PointRequest): Point {
  const { history, options } = state
  const spreads = options.startup === null && isSpreading(history, request.number)
  const byDesign = spreads || isStarting(history, startupOf(state))
  const isNear = !TURNS[request.turn % TURNS.length]!.everywhere
  const anywhere =
    (isNear && isOnPlateau(history)) ||
    (options.leavesValleys && liesAnywhere(request.turn, progressOf(history)))
  const carries = byDesign && request.number % CARRIED === 1 && state.agreeing().length > 0
  return proposePoint(state, byDesign && !carries, request, (allowed) => {
    if (carries) return bestOf(history.encoding, state.agreeing(), allowed)
    return anywhere ? undefined : bestByModel(state, request, allowed)
  })
}

/** While it starts, one trial in so many is the best of an earlier study. */
const CARRIED = 2
/** With an earlier study that agrees, the model is asked from so many values on. */
const CARRIED_STARTUP = 8

export function startupOf({ options, history, agreeing }: GpState): number {
  if (options.startup !== null) return options.startup
  const plain = startSize(history.encoding)
  return agreeing().length > 0 ? Math.min(CARRIED_STARTUP, plain) : plain
}

/** So many configurations that share the best value exactly have nothing better near them. */
const PLATEAU = 4

/** A configuration that ran again with the same value counts once. */
function isOnPlateau(history: History): boolean {
  const { points, results } = history
  const best = valuesOf(history).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const sharing = points.filter((_, i) => {
    const result = results[i]!
    return result.kind === 'complete' && result.value === best
  })
  return sharing.length >= PLATEAU && new Set(sharing.map(keyOf)).size >= PLATEAU
}

function valuesOf({ results }: History): number[] {
  return results.flatMap((result) => (result.kind === 'complete' ? [result.value] : []))
}

function progressOf(history: History): Progress | undefined {
  const values = valuesOf(history)
  if (values.length <= STALL_TRIALS) return undefined
  const sorted = Float64Array.from(values).sort()
  return {
    best: sorted[0]!,
    before: values.slice(0, -STALL_TRIALS).reduce((a, b) => Math.min(a, b)),
    median: sorted[sorted.length >> 1]!,
  }
}

function bestByModel(
  state: GpState,
  { number, turn, pending }: PointRequest,
  allowed: (point: Point) => boolean,
): Point | undefined {
  const { encoding } = state.history
  const { space } = encoding
  const { everywhere, margin } = TURNS[turn % TURNS.length]!
  const shortened = Math.floor(turn / 2) % space.searched.length
  const model = everywhere ? shortScaleModel(state, shortened) : undefined
  const acquisition = acquisitionOf(state, pending, margin, model)
  const ranked = () => pointsByMean(state, acquisition.model)
  const region = everywhere ? wholeSpace(space) : regionAroundBest(state, ranked()[0])
  const evaluated = everyPoint(encoding) ?? candidates(state, ranked(), region, stream(state.seed, number))
  const given = { encoding, acquisition, region, allowed }
  return maximise(given, evaluated, (start) => climbFrom(given, start))
}

/** The observed points by posterior mean, best first. */
function pointsByMean({ history: { points, succeeded } }: GpState, model: Model): Point[] {
  return rankedByMean(model).map((i) => points[succeeded[i]!]!)
}

function regionAroundBest({ options, history }: GpState, best: Point | undefined): TrustRegion {
  const { space } = history.encoding
  if (options.trustRegion === null || best === undefined) return wholeSpace(space)
  return trustRegionAround(space, best.unit, options.trustRegion)
}
