/**
 * TPE: trials are split into the good ones and the others, a density is estimated for each, and what is proposed is
 * likely under the first and unlikely under the second (Bergstra et al. 2011; Watanabe 2023). Failures are a
 * constraint with a density of their own (c-TPE, Watanabe & Hutter 2023). docs/tpe.md has the decisions.
 */
import { decode, repair, violated } from '../../search-spaces/index.js'
import type { Params, Space } from '../../search-spaces/types.js'
import type { AskRequest, Json, Optimizer, OptimizerRun, Proposal } from '../contract.js'
import { seal, unseal } from '../snapshot.js'
import { axesOf, coordinates, unitPoint } from './axis.js'
import { blocksOf } from './block.js'
import { describe } from './describe.js'
import { emptyHistory, record } from './history.js'
import { readOptions, type TpeOptions } from './options.js'
import { sourceOf } from './proposals.js'
import { fromJson, toJson } from './snapshot.js'
import { settle, splitOf } from './split.js'
import type { TpeState } from './state.js'

export type { TpeOptions } from './options.js'

const KIND = 'tpe'
const VERSION = 1

export const tpe: Optimizer<TpeOptions> = {
  kind: KIND,
  version: VERSION,
  askIsSlow: false,
  abilities: { recommend: false, confirm: false, believe: false },
  options: readOptions,
  open: openRun,
}

function openRun(space: Space, options: TpeOptions, seed: number, snapshot?: Json): OptimizerRun {
  const owner = { kind: KIND, version: VERSION, space, seed, options }
  const axes = axesOf(space)
  const history = snapshot === undefined ? emptyHistory(axes) : fromJson(axes, unseal(owner, snapshot))
  const split = splitOf(history, blocksOf(axes, options.multivariate), options)
  const state: TpeState = { space, options, seed, axes, history, split }
  return {
    ask: (request) => ask(state, request),
    tell(observations) {
      for (const observation of observations) settle(split, history, record(history, observation))
    },
    snapshot: () => seal(owner, toJson(history)),
    describe: () => describe(state),
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

/** The first that is acceptable and new, bettered; else the first that is acceptable; else the first of all, mended. */
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
      source.better(at, (now) => acceptable(paramsAt(now)) && isNew(paramsAt(now)))
      return paramsAt(at)
    }
  }
  if (repeated) return repeated
  const repaired = repair(space, refused)
  return repaired.ok ? repaired.params : space.defaults
}
