/**
 * TPE: trials are split into the good ones and the others, a density is estimated for each, and what is proposed is
 * likely under the first and unlikely under the second (Bergstra et al. 2011; Watanabe 2023). Failures are a
 * constraint with a density of their own (c-TPE, Watanabe & Hutter 2023). docs/tpe.md has the decisions.
 */
import { decode, repair, violated } from '../../search-spaces/index.js'
import type { Params, Space } from '../../search-spaces/types.js'
import type { AskRequest, Observation, Optimizer, Proposal } from '../contract.js'
import { seal, unseal } from '../snapshot.js'
import { type Axis, axesOf, coordinates, unitPoint } from './axis.js'
import { describe } from './describe.js'
import { type Block, blocksOf } from './estimate.js'
import { emptyHistory, type History, record } from './history.js'
import { readOptions, type TpeOptions } from './options.js'
import { proposals } from './proposals.js'
import { fromJson, toJson } from './snapshot.js'

export type { TpeOptions } from './options.js'

export interface TpeState {
  readonly space: Space
  readonly options: TpeOptions
  readonly seed: number
  readonly axes: readonly Axis[]
  readonly blocks: readonly Block[]
  readonly history: History
}

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
  return { space, options, seed, axes, blocks: blocksOf(axes, options.multivariate), history }
}

function owner({ space, options, seed }: Pick<TpeState, 'space' | 'options' | 'seed'>) {
  return { kind: KIND, version: VERSION, space, seed, options }
}

function tell(state: TpeState, observations: readonly Observation[]): TpeState {
  for (const observation of observations) record(state.history, observation)
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

/** The first that is acceptable and new; else the first that is acceptable; else the most promising, mended. */
function propose(
  { space, axes, history, ...rest }: TpeState,
  number: number,
  pending: readonly Float64Array[],
  accept: (params: Params) => boolean,
): Params {
  const taken = new Set(history.seen && pending.map((at) => at.join()))
  let repeated: Params | undefined
  let refused: Params | undefined
  for (const at of proposals({ space, axes, history, ...rest }, number, pending)) {
    const params = decode(space, unitPoint(axes, at))
    if (violated(space, params) !== null || !accept(params)) refused ??= params
    else if (history.seen?.has(keyOf(params)) || taken.has(keyOf(params))) repeated ??= params
    else return params
  }
  if (repeated) return repeated
  const repaired = repair(space, refused)
  return repaired.ok ? repaired.params : space.defaults

  function keyOf(params: Params): string {
    return coordinates(axes, params).join()
  }
}
