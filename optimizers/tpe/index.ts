/**
 * TPE: trials are split into the good ones and the others, a density is estimated for each, and what is proposed is
 * likely under the first and unlikely under the second (Bergstra et al. 2011; Watanabe 2023). Failures are a
 * constraint with a density of their own (c-TPE, Watanabe & Hutter 2023). docs/tpe.md has the decisions.
 */
import { decode, repair, violated } from '../../search-spaces/index.js'
import type { Params, Space } from '../../search-spaces/types.js'
import type { AskRequest, Observation, Optimizer, Proposal } from '../contract.js'
import { seal, unseal } from '../snapshot.js'
import { axesOf, coordinates, unitPoint } from './axis.js'
import { blocksOf } from './block.js'
import { describe } from './describe.js'
import { emptyHistory, type History, record } from './history.js'
import { readOptions, type TpeOptions } from './options.js'
import { sourceOf } from './proposals.js'
import { fromJson, toJson } from './snapshot.js'
import { settle, splitOf } from './split.js'
import type { TpeState } from './state.js'

export type { TpeOptions } from './options.js'

const KIND = 'tpe'
const VERSION = 1

export const tpe: Optimizer<TpeOptions, TpeState> = {
  kind: KIND,
  version: VERSION,
  options: readOptions,
  init: (space, options, seed) => open(space, options, seed, emptyHistory(axesOf(space))),
  ask,
  tell,
  snapshot: (state) => seal(owner(state), toJson(state.history)),
  restore: (space, options, seed, snapshot) =>
    open(space, options, seed, fromJson(axesOf(space), unseal(owner({ space, options, seed }), snapshot))),
  describe,
}

function open(space: Space, options: TpeOptions, seed: number, history: History): TpeState {
  const { axes } = history
  const split = splitOf(history, blocksOf(axes, options.multivariate), options)
  return { space, options, seed, axes, history, split }
}

function owner({ space, options, seed }: Pick<TpeState, 'space' | 'options' | 'seed'>) {
  return { kind: KIND, version: VERSION, space, seed, options }
}

function tell(state: TpeState, observations: readonly Observation[]): TpeState {
  const { history, split } = state
  for (const observation of observations) settle(split, history, record(history, observation))
  return state
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
