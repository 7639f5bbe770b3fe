/**
 * What random and sobol share: both cover the unit cube evenly and learn nothing. In a small discrete space they
 * remember what ran, so that nothing runs twice while something is left.
 */

import { z } from 'zod'
import { decode, paramsKey, violated } from '../search-spaces/index.js'
import type { Params, Space } from '../search-spaces/types.js'
import { approximateBytes } from './approximate-bytes.js'
import type {
  AskRequest,
  Description,
  Json,
  Observation,
  Optimizer,
  OptimizerRun,
  Proposal,
} from './contract.js'
import { readBy } from './options.js'
import { shuffle, stream } from './rng.js'
import { type Owner, seal, unseal } from './snapshot.js'

/** A point of the unit cube for a trial. Where it is refused, `redraw` counts up and gives another point. */
export type Draw = (space: Space, seed: number, number: number, redraw: number) => number[]

interface UniformState {
  readonly space: Space
  readonly seed: number
  readonly observations: number
  readonly failures: number
  readonly small?: SmallSpace
}

/** Every configuration of a discrete space by its key, and the keys of those that ran. */
interface SmallSpace {
  readonly all: ReadonlyMap<string, Params>
  readonly seen: ReadonlySet<string>
}

type Counts = { readonly observations: number; readonly failures: number; readonly seen: readonly string[] }

const NO_OPTIONS = z.strictObject({})
const MAX_REFUSALS = 256
const SMALL = 4096

export function uniformOptimizer(
  kind: string,
  version: number,
  draw: Draw,
): Optimizer<Record<string, never>> {
  return {
    kind,
    version,
    askIsSlow: false,
    abilities: { recommend: false, confirm: false, believe: false },
    optionsSchema: NO_OPTIONS,
    options: (json) => readBy(NO_OPTIONS, json),
    open: (space, _options, seed, snapshot) =>
      openRun({ kind, version, space, seed, options: {} }, draw, snapshot),
  }
}

const NOTHING_YET: Counts = { observations: 0, failures: 0, seen: [] }

function openRun(owner: Owner, draw: Draw, snapshot: Json | undefined): OptimizerRun {
  const { kind, space, seed } = owner
  let state = stateFrom(
    space,
    seed,
    snapshot === undefined ? NOTHING_YET : (unseal(owner, snapshot) as Counts),
  )
  return {
    ask: (request) => ask(draw, state, request),
    tell(observations) {
      state = withObservations(state, observations)
    },
    snapshot() {
      const { observations, failures, small } = state
      return seal(owner, { observations, failures, seen: [...(small?.seen ?? [])] })
    },
    describe: () => describe(kind, state),
    bytes: () => approximateBytes(state),
  }
}

function stateFrom(space: Space, seed: number, { observations, failures, seen }: Counts): UniformState {
  const all = everyConfiguration(space, SMALL)
  return { space, seed, observations, failures, ...(all && { small: { all, seen: new Set(seen) } }) }
}

function ask(draw: Draw, state: UniformState, request: AskRequest): Proposal[] {
  const { space, small } = state
  const accept = (params: Params) => violated(space, params) === null && (request.accept?.(params) ?? true)
  const taken = new Set(small?.seen)
  const take = (params: Params) => small && taken.add(paramsKey(params))
  request.pending.forEach(take)
  return Array.from({ length: request.count }, (_, k) => {
    const params = propose(draw, state, request.number + k, taken, accept)
    take(params)
    return { params }
  })
}

function propose(
  draw: Draw,
  { space, seed, small }: UniformState,
  number: number,
  taken: ReadonlySet<string>,
  accept: (params: Params) => boolean,
): Params {
  const fresh = (params: Params) => !small || !taken.has(paramsKey(params))
  let repeated: Params | undefined
  for (let redraw = 0; redraw < MAX_REFUSALS; redraw++) {
    const params = decode(space, draw(space, seed, number, redraw))
    if (!accept(params)) continue
    if (fresh(params)) return params
    repeated ??= params
  }
  const left = shuffle(stream(seed, number), [...(small?.all.values() ?? [])].filter(fresh))
  return left.find(accept) ?? repeated ?? left[0] ?? decode(space, draw(space, seed, number, 0))
}

function withObservations(state: UniformState, observations: readonly Observation[]): UniformState {
  const { small } = state
  const failed = observations.filter(
    ({ result: { outcome } }) => outcome !== 'complete' && outcome !== 'pruned',
  )
  return {
    ...state,
    observations: state.observations + observations.length,
    failures: state.failures + failed.length,
    ...(small && { small: { ...small, seen: withKeysOf(small.seen, observations) } }),
  }
}

function withKeysOf(seen: ReadonlySet<string>, observations: readonly Observation[]): Set<string> {
  return new Set([...seen, ...observations.map(({ params }) => paramsKey(params))])
}

function describe(kind: string, { space, observations, failures, small }: UniformState): Description {
  const left = small && [...small.all.keys()].filter((key) => !small.seen.has(key)).length
  return {
    kind,
    observations,
    failures,
    parameters: Object.fromEntries(
      space.searched.map((parameter) => [
        parameter.name,
        parameter.numeric
          ? { mean: parameter.fromUnit(0.5), low: parameter.fromUnit(0), high: parameter.fromUnit(1) }
          : { probabilities: evenly(parameter.levels, (i) => String(parameter.level(i))) },
      ]),
    ),
    notes: left === undefined ? [] : [`${left} of ${small?.all.size} configurations have not run yet`],
  }
}

function evenly(levels: number, name: (index: number) => string): Record<string, number> {
  return Object.fromEntries(Array.from({ length: levels }, (_, i) => [name(i), 1 / levels]))
}

/** Undefined where a parameter is continuous, or where there are more than `atMost`. */
function everyConfiguration(space: Space, atMost: number): Map<string, Params> | undefined {
  const count = space.searched.reduce((product, { levels }) => product * levels, 1)
  if (count > atMost) return undefined
  const all = new Map<string, Params>()
  for (let index = 0; index < count; index++) {
    let rest = index
    const point = space.searched.map((parameter) => {
      const level = rest % parameter.levels
      rest = Math.floor(rest / parameter.levels)
      return parameter.cell(level).centre
    })
    const params = decode(space, point)
    if (violated(space, params) === null) all.set(paramsKey(params), params)
  }
  return all
}
