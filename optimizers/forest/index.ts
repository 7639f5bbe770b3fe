/**
 * Sequential model-based optimization with a random forest: SMAC (Hutter, Hoos & Leyton-Brown 2011). docs/smac.md says
 * what it does and why, and what differs from SMAC3.
 *
 * Reading order: surrogate/ first (encoding.ts, history.ts, targets.ts); then table.ts, split.ts, tree.ts, forest.ts,
 * models.ts, acquisition.ts, local-search.ts, proposal.ts.
 */
import type { Params, Space } from '../../search-spaces/types.js'
import { approximateBytes } from '../approximate-bytes.js'
import type { Json, Optimizer, OptimizerRun } from '../contract.js'
import { seal, unseal } from '../snapshot.js'
import { encodingOf, pointOf } from '../surrogate/encoding.js'
import {
  emptyHistory,
  type History,
  historyFromJson,
  historyToJson,
  recordObservation,
  type StoredHistory,
} from '../surrogate/history.js'
import { proposeEach } from '../surrogate/proposal.js'
import { acquisitionOf } from './acquisition.js'
import { describe } from './describe.js'
import { openModels } from './models.js'
import { optionsSchema, readOptions, type SmacOptions } from './options.js'
import { propose } from './proposal.js'
import type { SmacState } from './state.js'

export type { SmacOptions } from './options.js'

const KIND = 'smac'
const VERSION = 1

export const smac = {
  kind: KIND,
  version: VERSION,
  askIsSlow: true,
  abilities: { recommend: false, confirm: false, believe: false, score: true },
  optionsSchema,
  options: readOptions,
  open(space: Space, options: SmacOptions, seed: number, snapshot?: Json): OptimizerRun {
    const owner = { kind: KIND, version: VERSION, space, seed, options }
    const encoding = encodingOf(space)
    const history =
      snapshot === undefined
        ? emptyHistory(encoding)
        : historyFromJson(encoding, (unseal(owner, snapshot) as unknown as Snapshot).history)
    const state = smacState(options, seed, history)
    return {
      ask: (request) => proposeEach(encoding, request, (one) => propose(state, one)),
      tell(observations) {
        for (const observation of observations) recordObservation(history, observation)
      },
      snapshot: () => seal(owner, { history: historyToJson(history) }),
      describe: () => describe(state),
      score(candidates, pending) {
        if (history.succeeded.length === 0) return undefined
        const pointsOf = (all: readonly Params[]) => all.map((params) => pointOf(encoding, params))
        return acquisitionOf(state, pointsOf(pending)).at(pointsOf(candidates))
      },
      bytes: () => approximateBytes(history) + state.models.bytes(),
    }
  },
} satisfies Optimizer<SmacOptions>

interface Snapshot {
  readonly history: StoredHistory
}

export function smacState(options: SmacOptions, seed: number, history: History): SmacState {
  return { options, seed, history, models: openModels(history, options, seed) }
}
