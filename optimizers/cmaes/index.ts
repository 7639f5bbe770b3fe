/**
 * CMA-ES for a search space: a normal distribution over the ordered parameters and probabilities for the choices of the
 * others, both learned. docs/cma-es.md says what it does and why.
 *
 *   symbol or name   meaning                                                          shape, units
 *   n                axes: parameters with an order and more than two values          count
 *   m, `mean`        mean of the distribution                                         n, genes
 *   σ, `sigma`       step size                                                        share of the range
 *   C                covariance matrix, without the step size                         n × n, row by row
 *   B, D             C = B D² Bᵀ: axes in the columns of B, their lengths             n × n and n
 *   p_σ, p_c         evolution paths: `pSigma`, `pC`                                  n
 *   λ, μ             points of a generation, and how many have a positive weight      count
 *   μ_eff, c_m, c_σ, d_σ, c_c, c_1, c_μ                                              constants (constants.ts)
 *   A                diagonal by which the margin widens discrete axes: σ²ACA         n
 *   α                margin: the least probability to leave a cell or a choice        probability
 *   q                probabilities of the choices                                     a row per unordered parameter
 *   gene             a coordinate of the distribution; bounds.ts maps it to [0, 1]    1 = the range
 *   x, c             genotype of a trial: its genes, and its choices                  n; unordered parameters
 *   epoch            how often a run's distribution has changed                       count
 *   block            parameters that are active together: they have all of the above to themselves
 *
 * Reading order: blocks.ts (from a space to blocks), genome.ts (from a block to axes and choices), strategy.ts (points
 * in, generations out), generation.ts, run.ts, update.ts (the equations), categorical.ts, margin.ts, stopping.ts and
 * restarts.ts.
 */

import {
  type Effort,
  type Params,
  paramsKey,
  repair,
  type Space,
  violated,
} from '../../search-spaces/index.js'
import { approximateBytes } from '../approximate-bytes.js'
import type { AskRequest, Json, Observation, Optimizer, OptimizerRun, Proposal } from '../contract.js'
import { seal, unseal } from '../snapshot.js'
import { type Block, drawsOfBlocks, memoOf, observeTrial, openBlocks, paramsOf } from './blocks.js'
import { describeBlocks } from './describe.js'
import type { Verdict } from './generation.js'
import { type CmaesOptions, optionsSchema, readOptions } from './options.js'
import { strategyFromJson, strategyToJson } from './snapshot.js'

export type { CmaesOptions } from './options.js'

interface CmaesState {
  readonly space: Space
  readonly blocks: readonly Block[]
  /** The keys of what ran, where a draw is likely to repeat it; they are added in place. */
  readonly seen?: Set<string>
  readonly observations: number
  readonly failures: number
}

const kind = 'cma-es'
const version = 2

/** So many draws may be refused before the last one is proposed all the same. */
const PATIENCE = 200

export const cmaes = {
  kind,
  version,
  askIsSlow: false,
  abilities: { recommend: false, confirm: false, believe: false },
  optionsSchema,
  options: readOptions,
  open: openRun,
} satisfies Optimizer<CmaesOptions>

export interface CmaesRun extends OptimizerRun {
  /** How many observations complete the present generation of the first block, where none of them fails. */
  missing(): number
}

function openRun(space: Space, options: CmaesOptions, seed: number, snapshot?: Json): CmaesRun {
  const owner = { kind, version, space, seed, options }
  const begun = beginState(space, openBlocks(space, options, seed))
  let state = snapshot === undefined ? begun : stateFrom(begun, unseal(owner, snapshot) as StoredState)
  return {
    ask: (request) => ask(state, request),
    tell(observations) {
      for (const observation of observations) state = withObservation(state, observation)
    },
    snapshot: () => seal(owner, stateToJson(state)),
    describe() {
      const { observations, failures, blocks } = state
      return { kind, observations, failures, ...describeBlocks(blocks) }
    },
    bytes: () => approximateBytes(state),
    missing() {
      const { run, points } = state.blocks[0]!.strategy
      return run.constants.lambda - points.length
    },
  }
}

function beginState(space: Space, blocks: readonly Block[]): CmaesState {
  const seen = mayRepeat(space) && hasNames(blocks) ? new Set<string>() : undefined
  return { space, blocks, ...(seen && { seen }), observations: 0, failures: 0 }
}

type StoredState = {
  readonly observations: number
  readonly failures: number
  readonly strategies: readonly Json[]
  readonly seen?: readonly string[]
}

function stateToJson({ observations, failures, blocks, seen }: CmaesState): Json {
  const strategies = blocks.map(({ strategy }) => strategyToJson(strategy))
  return { observations, failures, strategies, ...(seen && { seen: [...seen] }) }
}

function stateFrom(begun: CmaesState, { strategies, seen, ...counts }: StoredState): CmaesState {
  const blocks = begun.blocks.map(({ genome, strategy }, b) => ({
    genome,
    strategy: strategyFromJson(strategies[b]!, strategy.settings),
  }))
  return { ...begun, ...counts, blocks, ...(seen && { seen: new Set(seen) }) }
}

function ask(state: CmaesState, request: AskRequest): Proposal[] {
  const taken = mayRepeat(state.space) ? new Set(request.pending.map(paramsKey)) : undefined
  const proposals: Proposal[] = []
  for (let k = 0; k < request.count; k++) proposals.push(propose(state, request.number + k, request, taken))
  return proposals
}

/** The first draw that can be repaired, is accepted, and neither ran nor is pending; else the last. */
function propose(
  { space, blocks, seen }: CmaesState,
  number: number,
  { accept = () => true, effort }: AskRequest,
  taken: Set<string> | undefined,
): Proposal {
  const draw = drawsOfBlocks(blocks, number)
  let last: Proposal = { params: space.defaults }
  for (let i = 0; i < PATIENCE; i++) {
    const drawn = draw()
    const params = repaired(space, paramsOf(space, blocks, drawn), effort)
    if (params === null) continue
    last = { params, memo: memoOf(blocks, drawn, params) }
    const isNew = taken === undefined || !(taken.has(paramsKey(params)) || seen?.has(paramsKey(params)))
    if (isNew && accept(params)) break
  }
  taken?.add(paramsKey(last.params))
  return last
}

/** Decoded parameters satisfy everything but the constraints: null where these cannot be satisfied. */
function repaired(space: Space, params: Params, effort: Effort | undefined): Params | null {
  if (violated(space, params) === null) return params
  const result = repair(space, params, effort)
  return result.ok ? result.params : null
}

/** No two draws are the same where every configuration has a continuous parameter. */
function mayRepeat({ searched }: Space): boolean {
  return searched.every(({ levels, when }) => levels < Infinity || when.length > 0)
}

function hasNames(blocks: readonly Block[]): boolean {
  return blocks.some(({ genome }) => genome.domain.named)
}

function withObservation(state: CmaesState, { params, memo, result }: Observation): CmaesState {
  const { outcome } = result
  const failed = outcome !== 'complete' && outcome !== 'pruned'
  state.seen?.add(paramsKey(params))
  return {
    ...state,
    blocks: observeTrial(state.blocks, params, memo, verdictOf(result)),
    observations: state.observations + 1,
    failures: state.failures + (failed ? 1 : 0),
  }
}

function verdictOf(result: Observation['result']): Verdict {
  if (result.outcome === 'complete') return { kind: 'complete', value: result.value }
  if (result.outcome !== 'pruned') return { kind: 'failed' }
  const { value, step } = result
  return { kind: 'pruned', ...(value !== undefined && { value }), ...(step !== undefined && { step }) }
}
