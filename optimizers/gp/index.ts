/**
 * Bayesian optimization with a Gaussian process: a model of the objective, and the configuration with the highest
 * expected improvement. It needs the fewest trials, for studies whose trials cost much. docs/gp.md says what it does
 * and why.
 *
 *   symbol or name     meaning                                                           shape, units
 *   n                  observations of a model                                           count
 *   D                  inputs: searched parameters and derived quantities                count
 *   `unit`             a point of the unit cube, NaN where a parameter is not active     one per searched parameter
 *   `columns`          a point as a kernel sees it (surrogate/encoding.ts)               one or two per input
 *   y, `values`        warped, standardised values; smaller is better                    n, units of their sd
 *   K                  kernel matrix of the observations, without noise                  n × n
 *   ℓ, `lengthScales`  length scale per input, as logarithms                             D, share of the range
 *   `signal`           variance of the kernel, a logarithm in Hyperparameters            units of y²
 *   σ², `noise`        noise variance, a logarithm in Hyperparameters                    units of y²
 *   `noiseVariances`   noise of single observations beside σ²: that of forecasts         n, units of y²
 *   w, `weights`       weight of each earlier study's objective, a logarithm             units of their sd and of ours
 *   L, `triangle`      Cholesky factor of K + σ²I + diag(noiseVariances)                 n × n, packed by rows
 *   α, `alpha`         (K + σ²I + diag(noiseVariances))⁻¹ y                              n
 *   μ, v               posterior mean and variance at a point                            units of y and y²
 *   π, β               prior density of beliefs, and its first weight                    relative to uniform; count
 *
 * Reading order: surrogate/ first (encoding.ts, history.ts, targets.ts); then kernel.ts, model.ts and posterior.ts,
 * fit.ts with likelihood.ts and priors.ts, earlier.ts with posterior-among.ts, acquisition.ts, ascent.ts, short-scale-model.ts, proposal.ts; last
 * recommend.ts and confirm.ts.
 */
import type { Space } from '../../search-spaces/types.js'
import { approximateBytes } from '../approximate-bytes.js'
import type { EarlierStudy, Json, Optimizer, OptimizerRun } from '../contract.js'
import { seal, unseal } from '../snapshot.js'
import { type Prior, priorOf } from '../surrogate/beliefs.js'
import { encodingOf } from '../surrogate/encoding.js'
import {
  emptyHistory,
  type History,
  historyFromJson,
  historyToJson,
  recordObservation,
  type StoredHistory,
} from '../surrogate/history.js'
import { proposeEach } from '../surrogate/proposal.js'
import { whichToConfirm } from './confirm.js'
import { describe } from './describe.js'
import { agreeingWith, type Earlier, earlierOf, usedOf } from './earlier.js'
import { openModels } from './model.js'
import { type GpOptions, optionsSchema, readOptions } from './options.js'
import { propose } from './proposal.js'
import { recommend } from './recommend.js'
import { score } from './score.js'
import type { GpState } from './state.js'

export type { GpOptions } from './options.js'

const KIND = 'gp'
const VERSION = 2

export const gp = {
  kind: KIND,
  version: VERSION,
  askIsSlow: true,
  abilities: { recommend: true, confirm: true, believe: true, score: true, carry: true },
  optionsSchema,
  options: readOptions,
  usedOf,
  open(
    space: Space,
    options: GpOptions,
    seed: number,
    snapshot?: Json,
    studies: readonly EarlierStudy[] = [],
  ): GpRun {
    const encoding = encodingOf(space)
    const earlier = earlierOf(encoding, studies)
    if (snapshot === undefined)
      return runOf(space, gpState(options, seed, emptyHistory(encoding), undefined, earlier))
    const stored = unseal(ownerOf(space, options, seed), snapshot) as unknown as Snapshot
    const history = historyFromJson(encoding, stored.history)
    const prior = stored.prior ? priorOf(space, stored.prior.beliefs, stored.prior.since) : undefined
    return runOf(space, gpState(options, seed, history, prior, earlier))
  },
} satisfies Optimizer<GpOptions>

export type GpRun = Required<OptimizerRun>

interface Snapshot {
  readonly history: StoredHistory
  readonly prior: Pick<Prior, 'beliefs' | 'since'> | null
}

export function gpState(
  options: GpOptions,
  seed: number,
  history: History,
  prior?: Prior,
  earlier: readonly Earlier[] = [],
): GpState {
  const agreeing = agreeingWith(history, earlier)
  const models = openModels(history, agreeing)
  return { options, seed, history, models, earlier, agreeing, ...(prior && { prior }) }
}

function runOf(space: Space, opened: GpState): GpRun {
  let state = opened
  const { options, seed, history } = opened
  return {
    ask: (request) => proposeEach(history.encoding, request, (one) => propose(state, one)),
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
    bytes: () => approximateBytes([history, state.prior]) + state.models.bytes(),
    score: (candidates, pending) => score(state, candidates, pending),
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
