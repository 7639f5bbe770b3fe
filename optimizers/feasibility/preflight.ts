/**
 * The preflight: the memory that a configuration is expected to need, its probability of failure, and whether to
 * refuse it.
 */
import { expectedMemory } from '../../search-spaces/index.js'
import type { Params, Space } from '../../search-spaces/types.js'
import type { Json, Observation } from '../contract.js'
import { seal, unseal } from '../snapshot.js'
import {
  describeMemory,
  type Forecast,
  forecast,
  learnMemory,
  type MemoryDescription,
  type MemoryModel,
  openMemoryModel,
  restoreMemory,
  snapshotMemory,
} from './memory-model.js'

export const preflightModes = ['off', 'formula', 'learned'] as const
export type PreflightMode = (typeof preflightModes)[number]

export type Feasibility = Forecast

export interface Preflight {
  readonly mode: PreflightMode
  readonly space: Space
  /** Present in mode `learned`. */
  readonly model?: MemoryModel
}

export interface PreflightDescription {
  readonly mode: PreflightMode
  readonly limitGb?: number
  readonly learned?: MemoryDescription
}

/** 2: sizes are expected to raise memory. */
const VERSION = 2

/**
 * A configuration with a higher probability of failure is refused. A failure costs a tenth of a success and is
 * learned from, while nothing is learned from a refusal, so the limit need not be small.
 */
export const REFUSED_ABOVE = 0.25

export function openPreflight(space: Space, mode: PreflightMode): Preflight {
  return mode === 'learned'
    ? { mode, space, model: openMemoryModel(space, space.spec.memory?.limitGb) }
    : { mode, space }
}

/** Undefined where it is off, or knows nothing. */
export function judge({ mode, space, model }: Preflight, params: Params): Feasibility | undefined {
  if (model) return forecast(model, params)
  const expected = mode === 'formula' ? expectedMemory(space, params) : null
  if (expected === null) return undefined
  return {
    expectedGb: expected.gb,
    limitGb: expected.limitGb,
    failureChance: expected.gb > expected.limitGb ? 1 : 0,
  }
}

export function refuses(feasibility: Feasibility | undefined): boolean {
  return feasibility !== undefined && feasibility.failureChance > REFUSED_ABOVE
}

/** Crashed and invalid trials may have stopped before they needed their memory: nothing is learned from them. */
export function learn(
  preflight: Preflight,
  { params, result, peakMemoryMb }: Observation & { readonly peakMemoryMb?: number },
): Preflight {
  const { model } = preflight
  if (!model || result.outcome === 'crashed' || result.outcome === 'invalid') return preflight
  const peakGb = peakMemoryMb !== undefined && peakMemoryMb > 0 ? { peakGb: peakMemoryMb / 1024 } : {}
  return {
    ...preflight,
    model: learnMemory(model, { params, outOfMemory: result.outcome === 'oom', ...peakGb }),
  }
}

export function snapshotPreflight({ space, mode, model }: Preflight): Json {
  return seal(owner(space, mode), model ? snapshotMemory(model) : null)
}

export function restorePreflight(space: Space, mode: PreflightMode, snapshot: Json): Preflight {
  const state = unseal(owner(space, mode), snapshot)
  const opened = openPreflight(space, mode)
  return opened.model ? { ...opened, model: restoreMemory(opened.model, state) } : opened
}

export function describePreflight({ space, mode, model }: Preflight): PreflightDescription {
  const limitGb = mode === 'off' ? undefined : space.spec.memory?.limitGb
  return {
    mode,
    ...(limitGb !== undefined && { limitGb }),
    ...(model && { learned: describeMemory(model) }),
  }
}

function owner(space: Space, mode: PreflightMode) {
  return { kind: `preflight ${mode}`, version: VERSION, space, seed: 0, options: {} }
}
