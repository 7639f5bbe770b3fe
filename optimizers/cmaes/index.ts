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
 *
 * Reading order: genome.ts (from a space to axes and choices), strategy.ts (points in, generations out), generation.ts,
 * run.ts, update.ts (the equations), categorical.ts, margin.ts, stopping.ts and restarts.ts.
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
import { describeStrategy } from './describe.js'
import type { Genotype } from './domain.js'
import type { Verdict } from './generation.js'
import { type Genome, genomeOf, genotypeOf, paramsOf, startOf } from './genome.js'
import { type CmaesOptions, optionsSchema, readOptions } from './options.js'
import { strategyFromJson, strategyToJson } from './snapshot.js'
import {
  beginStrategy,
  drawsFor,
  type ObservedPoint,
  type Origin,
  observePoint,
  originOf,
  type Settings,
  type Strategy,
} from './strategy.js'

export type { CmaesOptions } from './options.js'

interface CmaesState {
  readonly genome: Genome
  readonly strategy: Strategy
  readonly observations: number
  readonly failures: number
}

/** What a proposal carries: the distribution it was drawn from, and its genotype. */
type Memo = Origin & Genotype

const kind = 'cma-es'
const version = 1

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
  /** How many observations complete the present generation, where none of them fails. */
  missing(): number
}

function openRun(space: Space, options: CmaesOptions, seed: number, snapshot?: Json): CmaesRun {
  const owner = { kind, version, space, seed, options }
  const genome = genomeOf(space, options)
  const settings = settingsOf(genome, options, seed)
  let state: CmaesState =
    snapshot === undefined
      ? { genome, strategy: beginStrategy(settings), observations: 0, failures: 0 }
      : stateFrom(genome, settings, unseal(owner, snapshot) as StoredState)
  return {
    ask: (request) => ask(state, request),
    tell(observations) {
      for (const observation of observations) state = withObservation(state, observation)
    },
    snapshot() {
      const { observations, failures, strategy } = state
      return seal(owner, { observations, failures, strategy: strategyToJson(strategy) })
    },
    describe() {
      const { observations, failures, strategy } = state
      return { kind, observations, failures, ...describeStrategy(genome, strategy) }
    },
    bytes: () => approximateBytes(state),
    missing: () => state.strategy.run.constants.lambda - state.strategy.points.length,
  }
}

function stateFrom(genome: Genome, settings: Settings, { strategy, ...counts }: StoredState): CmaesState {
  return { genome, strategy: strategyFromJson(strategy, settings), ...counts }
}

function ask(state: CmaesState, request: AskRequest): Proposal[] {
  const taken = isDiscrete(state.genome) ? new Set(request.pending.map(paramsKey)) : undefined
  const proposals: Proposal[] = []
  for (let k = 0; k < request.count; k++) proposals.push(propose(state, request.number + k, request, taken))
  return proposals
}

type StoredState = { readonly observations: number; readonly failures: number; readonly strategy: Json }

function settingsOf(genome: Genome, { mean, bounds: _, ...options }: CmaesOptions, seed: number): Settings {
  const start = (run: number) => startOf(genome, mean, seed, run)
  return { ...options, domain: genome.domain, seed, start }
}

/** The first draw that can be repaired, is accepted and is not pending; else the last. */
function propose(
  { genome, strategy }: CmaesState,
  number: number,
  { accept = () => true, effort }: AskRequest,
  taken: Set<string> | undefined,
): Proposal {
  const { run, epoch } = originOf(strategy)
  const draw = drawsFor(strategy, number)
  let last: Proposal = { params: genome.space.defaults }
  for (let i = 0; i < PATIENCE; i++) {
    const genotype = draw()
    const params = repaired(genome.space, paramsOf(genome, genotype), effort)
    if (params === null) continue
    last = { params, memo: { run, epoch, x: genotype.x, c: genotype.c } }
    if (!taken?.has(paramsKey(params)) && accept(params)) break
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

/** With a continuous axis no two draws are the same. */
function isDiscrete({ domain }: Genome): boolean {
  return domain.axes.every(({ cells }) => cells !== undefined)
}

function withObservation(state: CmaesState, observation: Observation): CmaesState {
  const { genome, strategy, observations, failures } = state
  const { outcome } = observation.result
  const failed = outcome !== 'complete' && outcome !== 'pruned'
  return {
    genome,
    strategy: observePoint(strategy, observedPointOf(genome, observation)),
    observations: observations + 1,
    failures: failures + (failed ? 1 : 0),
  }
}

function observedPointOf(genome: Genome, { params, memo, result }: Observation): ObservedPoint {
  const verdict = verdictOf(result)
  if (memo === undefined) return { origin: null, genotype: genotypeOf(genome, params), verdict }
  const { run, epoch, x, c } = memo as unknown as Memo
  return { origin: { run, epoch }, genotype: { x, c }, verdict }
}

function verdictOf(result: Observation['result']): Verdict {
  if (result.outcome === 'complete') return { kind: 'complete', value: result.value }
  if (result.outcome !== 'pruned') return { kind: 'failed' }
  const { value, step } = result
  return { kind: 'pruned', ...(value !== undefined && { value }), ...(step !== undefined && { step }) }
}
