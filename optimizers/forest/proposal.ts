/** One trial's configuration where the model is asked: where the acquisition is highest, or now and then a random one. */
import { stream } from '../rng.js'
import { candidates } from '../surrogate/candidates.js'
import { type Point, startSize } from '../surrogate/encoding.js'
import { maximise } from '../surrogate/maximise.js'
import { type PointRequest, proposePoint } from '../surrogate/proposal.js'
import { everyPoint } from '../surrogate/small-space.js'
import { isStarting } from '../surrogate/starting-design.js'
import { wholeSpace } from '../surrogate/trust-region.js'
import { acquisitionOf } from './acquisition.js'
import { localSearch } from './local-search.js'
import type { Model } from './models.js'
import type { SmacState } from './state.js'

export function propose(state: SmacState, request: PointRequest): Point {
  const random = isInterleaved(request.turn, state.options.interleave)
  const byDesign = isStarting(state.history, startupOf(state))
  return proposePoint(state, byDesign, request, (allowed) =>
    random ? undefined : bestByModel(state, request, allowed),
  )
}

export function startupOf({ options, history }: SmacState): number {
  return options.startup ?? startSize(history.encoding)
}

/** Of any n trials of the optimizer in a row, n times the share are at random, to within one. */
function isInterleaved(turn: number, share: number): boolean {
  return Math.floor((turn + 1) * share) > Math.floor(turn * share)
}

function bestByModel(
  state: SmacState,
  { number, pending }: PointRequest,
  allowed: (point: Point) => boolean,
): Point | undefined {
  const { history, models, seed } = state
  const { encoding } = history
  const rng = stream(seed, number)
  const region = wholeSpace(encoding.space)
  const given = { encoding, acquisition: acquisitionOf(state, pending), region, allowed }
  const ranked = () => rankedByMean(models.value()).map((i) => history.points[history.succeeded[i]!]!)
  const evaluated = everyPoint(encoding) ?? candidates(state, ranked(), region, rng)
  return maximise(given, evaluated, (start) => localSearch(given, start, rng))
}

/** The model's observations, by mean, least first. */
export function rankedByMean({ observed }: Model): number[] {
  return [...observed.keys()].sort((a, b) => observed[a]!.mean - observed[b]!.mean || a - b)
}
