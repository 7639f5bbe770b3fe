/**
 * What a study holds: an optimizer's run, and the preflight that refuses what would fail before it costs anything.
 *
 *   openSearch → propose → (the trial runs) → observe → propose → …
 *
 * A search owns its state. `observe` and `believe` change it; every other method reads it. So a search equals the
 * fold of its ordered observations and beliefs, and its snapshot equals the replay.
 *
 * Arguments and results of every method are plain data that can be cloned, so that a search can live in another
 * thread: it is made there from the space's spec (`readSpace`), the method, the seed and a snapshot.
 */
import { repair } from '../search-spaces/index.js'
import type { Params, Repaired, Space } from '../search-spaces/types.js'
import { approximateBytes } from './approximate-bytes.js'
import {
  type AskRequest,
  type Beliefs,
  type Description,
  type EarlierStudy,
  type Json,
  type Observation,
  type OptimizerTraits,
  OptionsError,
  type Recommendation,
} from './contract.js'
import {
  describePreflight,
  type Feasibility,
  judge,
  learn,
  openPreflight,
  type PreflightDescription,
  refuses,
  restorePreflight,
  snapshotPreflight,
} from './feasibility/preflight.js'
import { readMethod, type SearchMethod } from './method.js'
import { type Proposed, proposeOne } from './proposal.js'

export type { Proposed, SearchMethod }

export interface Search {
  readonly space: Space
  readonly seed: number
  readonly optimizer: OptimizerTraits
  /**
   * The next `count` trials, numbered from `number`. Each is proposed by itself, with the ones before it pending: the
   * same trials come out whether they are asked for together or one by one.
   */
  propose(request: ProposeRequest): Proposed[]
  /** Observations count in this order. */
  observe(observations: readonly SearchObservation[]): void
  /**
   * From now on with what somebody believes of where the optimum lies. Beliefs count in the order of observations.
   * Throws OptionsError that names what is wrong, also where the optimizer takes no beliefs.
   */
  believe(beliefs: Beliefs): void
  /**
   * Repair and preflight for a configuration that the optimizer did not propose. The caller decides whether it runs.
   */
  inspect(params: Params): Inspected
  /** The optimizer's `score` of the contract; undefined where it has none. */
  score(candidates: readonly Params[], pending: readonly Params[]): number[] | undefined
  /** What the optimizer would choose in the end; undefined where it does not say, or where nothing has a value yet. */
  recommend(): Recommendation | undefined
  /** What should run again to learn which of the best is best, most informative first; empty where it does not say. */
  toConfirm(count: number): Params[]
  snapshot(): Json
  describe(): SearchDescription
  /** About how much memory the search takes. */
  bytes(): number
}

export type ProposeRequest = Pick<AskRequest, 'number' | 'count' | 'turn' | 'pending'>

/** The contract's observation, and what the trial measured beside its value. Smaller values are better: the
 *  caller negates a maximised metric. */
export interface SearchObservation extends Observation {
  readonly peakMemoryMb?: number
}

/** A configuration of somebody else's (an advisor, a user), judged as the optimizer's own proposals are. */
export type Inspected =
  | (Extract<Repaired, { ok: true }> & { readonly feasibility?: Feasibility; readonly refused: boolean })
  | Extract<Repaired, { ok: false }>

export interface SearchDescription {
  readonly optimizer: Description
  readonly preflight: PreflightDescription
}

interface SearchSnapshot {
  readonly optimizer?: Json
  readonly preflight?: Json
}

/**
 * A search from nothing, or from where the one that wrote the snapshot was. Throws OptionsError for a wrong method, and
 * SnapshotError where the snapshot is of another optimizer, version, space, seed, options or preflight.
 */
export function openSearch(
  space: Space,
  method: SearchMethod,
  seed: number,
  snapshot?: Json,
  earlier: readonly EarlierStudy[] = [],
): Search {
  const { optimizer, options, preflight: mode, failures, start, shared } = readMethod(space, method)
  const { kind, version, askIsSlow, abilities } = optimizer
  const stored = snapshot === undefined ? undefined : ((snapshot ?? {}) as SearchSnapshot)
  const run = optimizer.open(space, options, seed, stored && (stored.optimizer ?? null), earlier)
  let preflight = stored
    ? restorePreflight(space, mode, stored.preflight ?? null)
    : openPreflight(space, mode)

  return {
    space,
    seed,
    optimizer: { kind, version, askIsSlow, abilities },

    propose({ number, count, turn = number, pending }) {
      const sources = { space, seed, kind, run, preflight, start, shared }
      const proposed: Proposed[] = []
      for (let k = 0; k < count; k++) {
        const before = proposed.map(({ params }) => params)
        const request = { number: number + k, turn: turn + k, pending: [...pending, ...before] }
        proposed.push(proposeOne(sources, request))
      }
      return proposed
    },

    observe(observations) {
      run.tell(failures === 'penalty' ? observations.map(withPenalty) : observations)
      preflight = observations.reduce(learn, preflight)
    },

    believe(beliefs) {
      if (!run.believe) throw new OptionsError('beliefs', `${kind} takes no beliefs`)
      run.believe(beliefs)
    },

    inspect(params) {
      const repaired = repair(space, params)
      if (!repaired.ok) return repaired
      const feasibility = judge(preflight, repaired.params)
      return { ...repaired, ...(feasibility && { feasibility }), refused: refuses(feasibility) }
    },

    score: (candidates, pending) => run.score?.(candidates, pending),
    recommend: () => run.recommend?.(),
    toConfirm: (count) => run.whichToConfirm?.(count) ?? [],
    snapshot: () => ({ optimizer: run.snapshot(), preflight: snapshotPreflight(preflight) }),
    describe: () => ({ optimizer: run.describe(), preflight: describePreflight(preflight) }),
    bytes: () => run.bytes() + approximateBytes(preflight),
  }
}

/** What the published study tells an optimizer of a failed trial, whatever the objective's scale. */
const PENALTY = 100

function withPenalty(observation: SearchObservation): SearchObservation {
  const { outcome } = observation.result
  if (outcome === 'complete' || outcome === 'pruned') return observation
  return { ...observation, result: { outcome: 'complete', value: PENALTY } }
}
