/**
 * CMA-ES for a search space: a normal distribution over what has an order, probabilities for what has none, both
 * learned. docs/cma-es.md says what it does and why.
 */
import { type Params, paramsKey, repair, type Space, violated } from '../../search-spaces/index.js'
import type { AskRequest, Json, Observation, Optimizer, OptimizerRun, Proposal } from '../contract.js'
import { seal, unseal } from '../snapshot.js'
import { described } from './describe.js'
import type { Genotype } from './domain.js'
import type { Verdict } from './generation.js'
import { type Genome, genomeOf, genotypeOf, paramsOf, startOf } from './genome.js'
import { type CmaesOptions, readOptions } from './options.js'
import { loaded, saved } from './snapshot.js'
import {
  begin,
  drawsFor,
  learn,
  type Origin,
  origin,
  type Settings,
  type Strategy,
  type Told,
} from './strategy.js'

export type { CmaesOptions } from './options.js'

interface CmaesState {
  readonly genome: Genome
  readonly strategy: Strategy
  readonly observations: number
  readonly failures: number
}

/** What a proposal carries: from which distribution it was drawn, and where exactly. */
type Memo = Origin & Genotype

const kind = 'cma-es'
const version = 1

/** Draws that may be refused before the last one is given back all the same. */
const PATIENCE = 200

export const cmaes = {
  kind,
  version,
  askIsSlow: false,
  abilities: { recommend: false, confirm: false, believe: false },
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
      ? { genome, strategy: begin(settings), observations: 0, failures: 0 }
      : stateFrom(genome, settings, unseal(owner, snapshot) as Saved)
  return {
    ask: (request) => ask(state, request),
    tell(observations) {
      for (const observation of observations) state = withObservation(state, observation)
    },
    snapshot() {
      const { observations, failures, strategy } = state
      return seal(owner, { observations, failures, strategy: saved(strategy) })
    },
    describe() {
      const { observations, failures, strategy } = state
      return { kind, observations, failures, ...described(genome, strategy) }
    },
    missing: () => state.strategy.run.constants.lambda - state.strategy.points.length,
  }
}

function stateFrom(genome: Genome, settings: Settings, { strategy, ...counts }: Saved): CmaesState {
  return { genome, strategy: loaded(strategy, settings), ...counts }
}

function ask(state: CmaesState, request: AskRequest): Proposal[] {
  const taken = isDiscrete(state.genome) ? new Set(request.pending.map(paramsKey)) : undefined
  const proposals: Proposal[] = []
  for (let k = 0; k < request.count; k++) proposals.push(propose(state, request.number + k, request, taken))
  return proposals
}

type Saved = { readonly observations: number; readonly failures: number; readonly strategy: Json }

function settingsOf(genome: Genome, { mean, bounds: _, ...options }: CmaesOptions, seed: number): Settings {
  const start = (run: number) => startOf(genome, mean, seed, run)
  return { ...options, domain: genome.domain, seed, start }
}

/** The first draw that is repaired, accepted and not taken already; else the last. */
function propose(
  { genome, strategy }: CmaesState,
  number: number,
  { accept = () => true }: AskRequest,
  taken: Set<string> | undefined,
): Proposal {
  const { run, epoch } = origin(strategy)
  const draw = drawsFor(strategy, number)
  let last: Proposal = { params: genome.space.defaults }
  for (let i = 0; i < PATIENCE; i++) {
    const genotype = draw()
    const params = repaired(genome.space, paramsOf(genome, genotype))
    if (params === null) continue
    last = { params, memo: { run, epoch, x: genotype.x, c: genotype.c } }
    if (!taken?.has(paramsKey(params)) && accept(params)) break
  }
  taken?.add(paramsKey(last.params))
  return last
}

/** What decodes is right but for the constraints. */
function repaired(space: Space, params: Params): Params | null {
  if (violated(space, params) === null) return params
  const result = repair(space, params)
  return result.ok ? result.params : null
}

/** Where some axis is continuous no two draws are the same. */
function isDiscrete({ domain }: Genome): boolean {
  return domain.axes.every(({ cells }) => cells !== undefined)
}

function withObservation(state: CmaesState, observation: Observation): CmaesState {
  const { genome, strategy, observations, failures } = state
  const { outcome } = observation.result
  const failed = outcome !== 'complete' && outcome !== 'pruned'
  return {
    genome,
    strategy: learn(strategy, asTold(genome, observation)),
    observations: observations + 1,
    failures: failures + (failed ? 1 : 0),
  }
}

function asTold(genome: Genome, { params, memo, result }: Observation): Told {
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
