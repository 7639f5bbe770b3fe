/** What gp expects of configurations that somebody else proposes: the acquisition of its own trials. */
import type { Params } from '../../search-spaces/types.js'
import { pointOf } from '../surrogate/encoding.js'
import { acquisitionOf } from './acquisition.js'
import type { GpState } from './state.js'

/** As most trials of its own must, they have to promise more than one standard deviation of the noise. */
const MARGIN = 1

export function score(
  state: GpState,
  candidates: readonly Params[],
  pending: readonly Params[],
): number[] | undefined {
  const { encoding, succeeded } = state.history
  if (succeeded.length === 0) return undefined
  const pointsOf = (all: readonly Params[]) => all.map((params) => pointOf(encoding, params))
  return acquisitionOf(state, pointsOf(pending), MARGIN).at(pointsOf(candidates))
}
