/**
 * A Gaussian process of what configurations are worth, and the one that promises to improve most on the best: fewest
 * trials where each costs much. docs/gp.md says what it does and why.
 */
import type { Space } from '../../search-spaces/types.js'
import type { AskRequest, Json, Optimizer, OptimizerRun, Proposal } from '../contract.js'
import { seal, unseal } from '../snapshot.js'
import { type Prior, priorOf } from '../surrogate/beliefs.js'
import { encodingOf, paramsAt, pointOf } from '../surrogate/encoding.js'
import {
  emptyHistory,
  type History,
  historyFromJson,
  historyToJson,
  recordObservation,
  type StoredHistory,
} from '../surrogate/history.js'
import { whichToConfirm } from './confirm.js'
import { describe } from './describe.js'
import { openModels } from './model.js'
import { type GpOptions, readOptions } from './options.js'
import { propose } from './proposal.js'
import { recommend } from './recommend.js'
import type { GpState } from './state.js'

export type { GpOptions } from './options.js'

const KIND = 'gp'
const VERSION = 1

export const gp = {
  kind: KIND,
  version: VERSION,
  askIsSlow: true,
  abilities: { recommend: true, confirm: true, believe: true },
  options: readOptions,
  open(space: Space, options: GpOptions, seed: number, snapshot?: Json): GpRun {
    if (snapshot === undefined) return runOf(space, gpState(options, seed, emptyHistory(encodingOf(space))))
    const stored = unseal(ownerOf(space, options, seed), snapshot) as unknown as Snapshot
    const history = historyFromJson(encodingOf(space), stored.history)
    const prior = stored.prior ? priorOf(space, stored.prior.beliefs, stored.prior.since) : undefined
    return runOf(space, gpState(options, seed, history, prior))
  },
} satisfies Optimizer<GpOptions>

export type GpRun = Required<OptimizerRun>

interface Snapshot {
  readonly history: StoredHistory
  readonly prior: Pick<Prior, 'beliefs' | 'since'> | null
}

export function gpState(options: GpOptions, seed: number, history: History, prior?: Prior): GpState {
  return { options, seed, history, models: openModels(history), ...(prior && { prior }) }
}

function runOf(space: Space, opened: GpState): GpRun {
  let state = opened
  const { options, seed, history } = opened
  return {
    ask: (request) => ask(state, request),
    tell(observations) {
      for (const observation of observations) recordObservation(history, observation)
    },
    snapshot() {
      const { prior } = state
      return seal(ownerOf(space, options, seed), {
        history: historyToJson(history),
        prior: prior ? { beliefs: prior.beliefs as unknown as Json, since: prior.since } : null,
      })
    },
    describe: () => describe(state),
    recommend: () => recommend(state),
    whichToConfirm: (count) => whichToConfirm(state, count),
    believe(beliefs) {
      state = { ...state, prior: priorOf(space, beliefs, history.results.length) }
    },
  }
}

function ownerOf(space: Space, options: GpOptions, seed: number) {
  return { kind: KIND, version: VERSION, space, seed, options }
}

function ask(state: GpState, { number, count, pending, accept = () => true }: AskRequest): Proposal[] {
  const { encoding } = state.history
  const running = pending.map((params) => pointOf(encoding, params))
  return Array.from({ length: count }, (_, k) => {
    const point = propose(state, { number: number + k, pending: running, accept })
    running.push(point)
    return { params: paramsAt(encoding, point) }
  })
}
