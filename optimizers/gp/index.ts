/**
 * A Gaussian process of what configurations are worth, and the one that promises to improve most on the best: fewest
 * trials where each costs much. docs/gp.md says what it does and why.
 */
import type { Space } from '../../search-spaces/types.js'
import type { AskRequest, Json, Observation, Optimizer, Proposal } from '../contract.js'
import { seal, unseal } from '../snapshot.js'
import { type Prior, priorOf } from './beliefs.js'
import { whichToConfirm } from './confirm.js'
import { describe } from './describe.js'
import { encodingOf, paramsAt, pointOf } from './encoding.js'
import { emptyHistory, fromJson, record, type Stored, toJson } from './history.js'
import { type GpOptions, readOptions } from './options.js'
import { propose } from './proposal.js'
import { recommend } from './recommend.js'
import type { GpState } from './state.js'

export type { GpOptions } from './options.js'
export type { GpState } from './state.js'

const KIND = 'gp'
const VERSION = 1

export const gp: Optimizer<GpOptions, GpState> = {
  kind: KIND,
  version: VERSION,
  options: readOptions,
  init: (space, options, seed) => ({ options, seed, history: emptyHistory(encodingOf(space)) }),
  ask,
  tell,
  snapshot: ({ options, seed, history, prior }) =>
    seal(owner(history.encoding.space, options, seed), {
      history: toJson(history),
      prior: prior ? { beliefs: prior.beliefs as unknown as Json, since: prior.since } : null,
    }),
  restore(space, options, seed, snapshot) {
    const { history, prior } = unseal(owner(space, options, seed), snapshot) as unknown as Saved
    return {
      options,
      seed,
      history: fromJson(encodingOf(space), history),
      ...(prior && { prior: priorOf(space, prior.beliefs, prior.since) }),
    }
  },
  describe,
  recommend,
  whichToConfirm,
  believe: (state, beliefs) => ({
    ...state,
    prior: priorOf(state.history.encoding.space, beliefs, state.history.results.length),
  }),
}

interface Saved {
  readonly history: Stored
  readonly prior: Pick<Prior, 'beliefs' | 'since'> | null
}

function owner(space: Space, options: GpOptions, seed: number) {
  return { kind: KIND, version: VERSION, space, seed, options }
}

function tell(state: GpState, observations: readonly Observation[]): GpState {
  for (const observation of observations) record(state.history, observation)
  return state
}

function ask(state: GpState, { number, count, pending, accept = () => true }: AskRequest): Proposal[] {
  const { encoding } = state.history
  const running = pending.map((params) => pointOf(encoding, params))
  return Array.from({ length: count }, (_, k) => {
    const point = propose(state, number + k, running, accept)
    running.push(point)
    return { params: paramsAt(encoding, point) }
  })
}
