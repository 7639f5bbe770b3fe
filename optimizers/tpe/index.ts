/**
 * TPE, the tree-structured Parzen estimator: trials are split into good and bad ones, a density is estimated for
 * each, and what is proposed is likely under the first and unlikely under the second (Bergstra et al. 2011; Watanabe
 * 2023). Failed trials are a constraint with a density of their own (c-TPE, Watanabe & Hutter 2023). docs/tpe.md says
 * why it is as it is.
 *
 *   symbol or name   meaning                                                            shape, units
 *   n                observations; `succeeded` of them did not fail                     count
 *   γ, `goodOnes`    how many trials are good: the first of `history.ranked`            count
 *   l, g, f          densities of the good, the bad and the failed trials               Parzen estimators
 *   h                density of all that are not good: share · g + (1 − share) · f
 *   axis             a searched parameter; `d` is its index in its block                d = 0 … axes − 1
 *   block            axes that are active together, with one density over all of them
 *   `at`             a point: unit coordinates, and indices of levels if discrete       axes; NaN if not active
 *   kernel           one observation's share of a density, the prior's is the last      size + 1
 *   `centres`        centres of the kernels on an axis                                  unit interval, or level
 *   `bandwidths`     widths of the kernels on an axis                                   share of the range
 *   `leak`           of a categorical kernel, what every level gets beside its own      share
 *   `row`            an observation's index in the columns of the history               0 … n − 1
 *
 * Reading order: history.ts and split.ts (which trials are good), sample.ts and estimate.ts (from trials to kernels),
 * parzen.ts (the density of a block, over single.ts or product.ts), acquisition.ts, proposals.ts.
 */

import { decode, repair, violated } from '../../search-spaces/index.js'
import type { Params, Space } from '../../search-spaces/types.js'
import { approximateBytes } from '../approximate-bytes.js'
import type { AskRequest, Json, Optimizer, OptimizerRun, Proposal } from '../contract.js'
import { seal, unseal } from '../snapshot.js'
import { axesOf, coordinates, unitPoint } from './axis.js'
import { blocksOf } from './block.js'
import { describe } from './describe.js'
import { emptyHistory, recordObservation } from './history.js'
import { optionsSchema, readOptions, type TpeOptions } from './options.js'
import { sourceOf } from './proposals.js'
import { historyFromJson, historyToJson } from './snapshot.js'
import { addLatestToSplit, splitOf } from './split.js'
import type { TpeState } from './state.js'

export type { TpeOptions } from './options.js'

const KIND = 'tpe'
const VERSION = 1

export const tpe: Optimizer<TpeOptions> = {
  kind: KIND,
  version: VERSION,
  askIsSlow: false,
  abilities: { recommend: false, confirm: false, believe: false },
  optionsSchema,
  options: readOptions,
  startingTrials: ({ startup }) => startup,
  open: openRun,
}

function openRun(space: Space, options: TpeOptions, seed: number, snapshot?: Json): OptimizerRun {
  const owner = { kind: KIND, version: VERSION, space, seed, options }
  const axes = axesOf(space)
  const history = snapshot === undefined ? emptyHistory(axes) : historyFromJson(axes, unseal(owner, snapshot))
  const split = splitOf(history, blocksOf(axes, options.multivariate), options)
  const state: TpeState = { space, options, seed, axes, history, split }
  return {
    ask: (request) => ask(state, request),
    tell(observations) {
      for (const observation of observations)
        addLatestToSplit(split, history, recordObservation(history, observation))
    },
    snapshot: () => seal(owner, historyToJson(history)),
    describe: () => describe(state),
    bytes: () => approximateBytes(state),
  }
}

function ask(state: TpeState, request: AskRequest): Proposal[] {
  const pending = request.pending.map((params) => coordinates(state.axes, params))
  return Array.from({ length: request.count }, (_, k) => {
    const params = propose(state, request.number + k, pending, request.accept ?? (() => true))
    pending.push(coordinates(state.axes, params))
    return { params }
  })
}

/**
 * The first point that is acceptable and new, improved; else the first acceptable one; else the first of all,
 * repaired.
 */
function propose(
  state: TpeState,
  number: number,
  pending: readonly Float64Array[],
  accept: (params: Params) => boolean,
): Params {
  const { space, axes, history } = state
  const taken = new Set(history.seen && pending.map((at) => at.join()))
  const paramsAt = (at: Float64Array) => decode(space, unitPoint(axes, at))
  const acceptable = (params: Params) => violated(space, params) === null && accept(params)
  const isNew = (params: Params) => {
    const key = history.seen && coordinates(axes, params).join()
    return key === null || !(history.seen!.has(key) || taken.has(key))
  }

  let repeated: Params | undefined
  let refused: Params | undefined
  const source = sourceOf(state, number, pending)
  for (const at of source.points()) {
    const params = paramsAt(at)
    if (!acceptable(params)) refused ??= params
    else if (!isNew(params)) repeated ??= params
    else {
      source.improve(at, (now) => acceptable(paramsAt(now)) && isNew(paramsAt(now)))
      return paramsAt(at)
    }
  }
  if (repeated) return repeated
  const repaired = repair(space, refused)
  return repaired.ok ? repaired.params : space.defaults
}
