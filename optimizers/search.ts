/**
 * What a study holds: an optimizer, and the preflight that refuses what would fail before it costs anything.
 *
 *   open → propose → (it runs) → observe → propose → …
 *
 * `propose` reads and never changes the search; only `observe` moves it. So a search equals the fold of its ordered
 * observations, and its snapshot equals the replay.
 */
import { draw, repair, violated } from '../search-spaces/index.js'
import type { Params, Repair, Repaired, Space } from '../search-spaces/types.js'
import { type Description, type Json, type Observation, type Optimizer, OptionsError } from './contract.js'
import {
  describePreflight,
  type Feasibility,
  judge,
  learn,
  openPreflight,
  type Preflight,
  type PreflightDescription,
  type PreflightMode,
  preflightModes,
  refuses,
  restorePreflight,
  snapshotPreflight,
} from './feasibility/preflight.js'
import { optimizerKinds, optimizerNamed } from './index.js'
import { stream } from './rng.js'

export interface SearchMethod {
  readonly optimizer: { readonly kind: string; readonly [option: string]: unknown }
  /** Left out: `formula` where the space has one, else `learned`. */
  readonly preflight?: PreflightMode
  /** Where trial 0 comes from: the space's default configuration (so it is unless said), or the optimizer. */
  readonly start?: 'default' | 'optimizer'
}

export interface Search {
  readonly space: Space
  readonly seed: number
  readonly optimizer: Optimizer<unknown, unknown>
  readonly options: unknown
  readonly state: unknown
  readonly preflight: Preflight
  readonly start: 'default' | 'optimizer'
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

/** Random draws in search of a feasible configuration, once the optimizer has given up. */
const FALLBACK_DRAWS = 1000
const FALLBACK_STREAM = 0xfa11

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

function proposeOne(search: Search, number: number, pending: readonly Params[]): Proposed {
  const gate = openGate(search)
  if (number === 0 && search.start === 'default' && gate.accept(search.space.defaults)) {
    return gate.admit(number, 'default', { ok: true, params: search.space.defaults, repairs: [] })
  }
  const { optimizer, state, space } = search
  const [proposal] = optimizer.ask(state, { number, count: 1, pending, accept: gate.accept })
  const repaired = repair(space, proposal!.params)
  if (!repaired.ok || !gate.accept(repaired.params)) return fallback(search, number, gate, repaired)
  const unchanged = repaired.repairs.length === 0 && proposal!.memo !== undefined
  return { ...gate.admit(number, optimizer.kind, repaired), ...(unchanged && { memo: proposal!.memo }) }
}

/** Any feasible configuration, found at random; else the least bad of all, which its feasibility shows. */
function fallback(search: Search, number: number, gate: Gate, own: Repaired): Proposed {
  const rng = stream(search.seed, number, FALLBACK_STREAM)
  let least = own
  for (let tried = 0; tried < FALLBACK_DRAWS; tried++) {
    const repaired = repair(search.space, draw(search.space, rng.uniform))
    if (!repaired.ok) continue
    if (gate.accept(repaired.params)) {
      const reason = 'the preflight refused all that the optimizer drew'
      return { ...gate.admit(number, 'random', repaired), reason }
    }
    if (gate.chance(repaired) < gate.chance(least)) least = repaired
  }
  const best = least.ok ? least : { ok: true as const, params: search.space.defaults, repairs: [] }
  const source = least === own ? search.optimizer.kind : least.ok ? 'random' : 'default'
  return { ...gate.admit(number, source, best), reason: 'nothing feasible was found: this is the least bad' }
}

/** The preflight of one trial: it says what is acceptable, and counts what it refused. */
interface Gate {
  accept(params: Params): boolean
  chance(repaired: Repaired): number
  admit(number: number, source: string, repaired: Extract<Repaired, { ok: true }>): Proposed
}

function openGate({ space, preflight }: Search): Gate {
  let refused = 0
  return {
    accept(params) {
      if (violated(space, params) !== null) return false
      if (!refuses(judge(preflight, params))) return true
      refused++
      return false
    },
    chance: (repaired) => (repaired.ok ? (judge(preflight, repaired.params)?.failureChance ?? 0) : Infinity),
    admit(number, source, { params, repairs }) {
      const feasibility = judge(preflight, params)
      return { number, params, source, repairs, ...(feasibility && { feasibility }), refused }
    },
  }
}

function readMethod(space: Space, method: SearchMethod) {
  const { kind, ...given } = method.optimizer
  const optimizer = optimizerNamed(kind)
  if (!optimizer) {
    const known = optimizerKinds().map((entry) => entry.kind)
    throw new OptionsError(
      'method.optimizer.kind',
      `unknown optimizer '${kind}'; there are ${known.join(', ')}`,
    )
  }
  return {
    optimizer,
    options: readOptions(optimizer, given),
    preflight: readPreflight(space, method.preflight),
    start: oneOf('method.start', method.start ?? 'default', ['default', 'optimizer'] as const),
  }
}

function readOptions(optimizer: Optimizer<unknown, unknown>, given: unknown): unknown {
  try {
    return optimizer.options(given)
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error
    throw new OptionsError(['method.optimizer', error.path].filter(Boolean).join('.'), error.message)
  }
}

function readPreflight(space: Space, mode: PreflightMode | undefined): PreflightMode {
  const formula = space.spec.memory !== undefined
  const chosen = oneOf('method.preflight', mode ?? (formula ? 'formula' : 'learned'), preflightModes)
  if (chosen === 'formula' && !formula) {
    throw new OptionsError('method.preflight', 'this space has no formula: give it memory.gb, or use learned')
  }
  return chosen
}

function oneOf<T extends string>(path: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) {
    throw new OptionsError(path, `'${value}' is none of ${allowed.join(', ')}`)
  }
  return value
}
