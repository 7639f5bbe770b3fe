/** What a study's optimizer makes of what was observed: what it would take home, and the beliefs that it holds. */
import { isDeepStrictEqual } from 'node:util'
import type { HeldBeliefs } from '../../optimizers/contract.js'
import { decode, encode, type Params } from '../../search-spaces/index.js'
import { keyOf } from './birth.js'
import { type Live, signOf } from './live.js'

export interface Standing {
  readonly recommended?: {
    /** The first trial that ran it, where that is known. */
    readonly number?: number
    readonly params: Params
    /** What it expects of it, in the objective's units, and how surely. */
    readonly mean: number
    readonly sd: number
  }
  readonly beliefs?: HeldBeliefs
}

export function standingOf(live: Live): Standing {
  const recommended = live.spec.objective.noise === 0 ? bestObserved(live) : byItsReckoning(live)
  const { beliefs } = live.search.describe().optimizer
  return { ...(recommended && { recommended }), ...(beliefs && { beliefs }) }
}

/** Without noise nobody's luck is the best: what a model makes of its neighbours would only blur it. */
function bestObserved({ history: { best } }: Live): Standing['recommended'] {
  const [first] = best
  return first && { number: first.number, params: first.params, mean: first.value!, sd: 0 }
}

function byItsReckoning(live: Live): Standing['recommended'] {
  const best = live.search.recommend()
  const ran = best && (trialOf(live, best.params) ?? { params: best.params })
  return best && ran && { ...ran, mean: signOf(live) * best.mean, sd: best.sd }
}

/**
 * Who ran it, and with which values exactly: an optimizer may hold a number that somebody else brought in with fewer digits than
 * it came with. Undefined where that was long ago and is not among the best.
 */
export function trialOf(
  live: Live,
  params: Params,
): { readonly number: number; readonly params: Params } | undefined {
  const number = live.known.get(keyOf(params))
  if (number !== undefined) return { number, params }
  const place = encode(live.space, params)
  const near = live.history.best.find((seen) => {
    const rounded = encode(live.space, decode(live.space, encode(live.space, seen.params)))
    return isDeepStrictEqual(rounded, place)
  })
  return near && { number: near.number, params: near.params }
}
