/**
 * What a study holds: an optimizer, and the preflight that refuses what would fail before it costs anything.
 *
 *   open → propose → (it runs) → observe → propose → …
 *
 * `propose` reads and never changes the search; only `observe` moves it. So a search equals the fold of its ordered
 * observations, and its snapshot equals the replay.
 */
import { repair } from '../search-spaces/index.js'
import type { Params, Repair, Repaired, Space } from '../search-spaces/types.js'
import {
  type Beliefs,
  type Description,
  type Json,
  type Observation,
  type Optimizer,
  OptionsError,
  type Recommendation,
} from './contract.js'
import {
  describePreflight,
  type Feasibility,
  judge,
  learn,
  openPreflight,
  type Preflight,
  type PreflightDescription,
  refuses,
  restorePreflight,
  snapshotPreflight,
} from './feasibility/preflight.js'
import { readMethod, type SearchMethod, type Start } from './method.js'
import { proposeOne } from './proposal.js'

export type { SearchMethod }

export interface Search {
  readonly space: Space
  readonly seed: number
  readonly optimizer: Optimizer<unknown, unknown>
  readonly options: unknown
  readonly state: unknown
  readonly preflight: Preflight
  readonly start: Start
}

export interface Proposed {
  readonly number: number
  /** What is to run: the repaired point is the point. */
  readonly params: Params
  /** Hand it back with the observation iff these very params ran. */
  readonly memo?: Json
  /** The optimizer's kind, or `default` (trial 0), or `random` where the optimizer found nothing acceptable. */
  readonly source: string
  /** Why it is not from where it would be expected. */
  readonly reason?: string
  readonly repairs: readonly Repair[]
  /** What the preflight expects; absent where it is off. */
  readonly feasibility?: Feasibility
  /** How many draws the preflight refused before this one. */
  readonly refused: number
}

/** The contract's observation, and what the trial measured beside its value. Smaller values are better: the
 *  caller negates a maximised metric. */
export interface SearchObservation extends Observation {
  readonly peakMemoryMb?: number
}

/** A configuration of somebody else's (an advisor, a user), seen as the optimizer's own proposals are. */
export type Inspected =
  | (Extract<Repaired, { ok: true }> & { readonly feasibility?: Feasibility; readonly refused: boolean })
  | Extract<Repaired, { ok: false }>

export interface SearchDescription {
  readonly optimizer: Description
  readonly preflight: PreflightDescription
}

export function openSearch(space: Space, method: SearchMethod, seed: number): Search {
  const { optimizer, options, preflight, start } = readMethod(space, method)
  return {
    space,
    seed,
    optimizer,
    options,
    state: optimizer.init(space, options, seed),
    preflight: openPreflight(space, preflight),
    start,
  }
}

/**
 * The next `count` trials, numbered from `number`. Each is proposed by itself, with the ones before it pending: the
 * same trials come out whether they are asked for together or one by one.
 */
export function propose(
  search: Search,
  { number, count, pending }: { number: number; count: number; pending: readonly Params[] },
): Proposed[] {
  const proposed: Proposed[] = []
  for (let k = 0; k < count; k++) {
    proposed.push(proposeOne(search, number + k, [...pending, ...proposed.map(({ params }) => params)]))
  }
  return proposed
}

/** Takes the search over: use what it returns. Observations count in this order. */
export function observe(search: Search, observations: readonly SearchObservation[]): Search {
  return {
    ...search,
    state: search.optimizer.tell(search.state, observations),
    preflight: observations.reduce(learn, search.preflight),
  }
}

/**
 * With what somebody believes of where the optimum lies. It moves the search as an observation does, and counts in the
 * same order. Throws OptionsError that names what is wrong, also where the optimizer has no use for beliefs.
 */
export function believeSearch(search: Search, beliefs: Beliefs): Search {
  const { optimizer, state } = search
  if (!optimizer.believe) throw new OptionsError('beliefs', `${optimizer.kind} takes no beliefs`)
  return { ...search, state: optimizer.believe(state, beliefs) }
}

/** What the optimizer would take home; undefined where it does not say, or where nothing has a value yet. */
export function recommendFrom({ optimizer, state }: Search): Recommendation | undefined {
  return optimizer.recommend?.(state)
}

/** What is worth running again to learn which of the best is best, most telling first; nothing where it does not say. */
export function toConfirm({ optimizer, state }: Search, count: number): Params[] {
  return optimizer.whichToConfirm?.(state, count) ?? []
}

/** Repair and preflight for a configuration that the optimizer did not propose. It is for the caller to refuse. */
export function inspect(search: Search, params: Params): Inspected {
  const repaired = repair(search.space, params)
  if (!repaired.ok) return repaired
  const feasibility = judge(search.preflight, repaired.params)
  return { ...repaired, ...(feasibility && { feasibility }), refused: refuses(feasibility) }
}

export function snapshotSearch(search: Search): Json {
  return {
    optimizer: search.optimizer.snapshot(search.state),
    preflight: snapshotPreflight(search.preflight),
  }
}

/** Throws SnapshotError where the snapshot is of another optimizer, version, space, seed, options or preflight. */
export function restoreSearch(space: Space, method: SearchMethod, seed: number, snapshot: Json): Search {
  const { optimizer, options, preflight, start } = readMethod(space, method)
  const parts = snapshot as { readonly optimizer?: Json; readonly preflight?: Json } | null
  return {
    space,
    seed,
    optimizer,
    options,
    state: optimizer.restore(space, options, seed, parts?.optimizer ?? null),
    preflight: restorePreflight(space, preflight, parts?.preflight ?? null),
    start,
  }
}

export function describeSearch(search: Search): SearchDescription {
  return {
    optimizer: search.optimizer.describe(search.state),
    preflight: describePreflight(search.preflight),
  }
}
