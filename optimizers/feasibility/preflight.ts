/** The preflight: what a configuration is expected to need, how likely it is to fail, and whether to refuse it. */
import { expectedMemory } from '../../search-spaces/index.js'
import type { Params, Space } from '../../search-spaces/types.js'
import type { Json, Observation } from '../contract.js'
import { seal, unseal } from '../snapshot.js'

export const preflightModes = ['off', 'formula', 'learned'] as const
export type PreflightMode = (typeof preflightModes)[number]

export interface Feasibility {
  readonly expectedGb?: number
  readonly limitGb?: number
  readonly failureChance: number
}

export interface Preflight {
  readonly mode: PreflightMode
  readonly space: Space
}

export interface PreflightDescription {
  readonly mode: PreflightMode
}

const VERSION = 1
const REFUSED_ABOVE = 0.5

export function openPreflight(space: Space, mode: PreflightMode): Preflight {
  return { mode, space }
}

/** Undefined where the preflight is off. */
export function judge({ mode, space }: Preflight, params: Params): Feasibility | undefined {
  if (mode !== 'formula') return undefined
  const expectedGb = expectedMemory(space, params)
  const limitGb = space.spec.memory?.limitGb
  if (expectedGb === undefined || limitGb === undefined) return undefined
  return { expectedGb, limitGb, failureChance: expectedGb > limitGb ? 1 : 0 }
}

export function refuses(feasibility: Feasibility | undefined): boolean {
  return feasibility !== undefined && feasibility.failureChance > REFUSED_ABOVE
}

export function learn(
  preflight: Preflight,
  _observation: Observation & { readonly peakMemoryMb?: number },
): Preflight {
  return preflight
}

export function snapshotPreflight(preflight: Preflight): Json {
  return seal(owner(preflight.space, preflight.mode), {})
}

export function restorePreflight(space: Space, mode: PreflightMode, snapshot: Json): Preflight {
  unseal(owner(space, mode), snapshot)
  return openPreflight(space, mode)
}

export function describePreflight({ mode }: Preflight): PreflightDescription {
  return { mode }
}

function owner(space: Space, mode: PreflightMode) {
  return { kind: `preflight ${mode}`, version: VERSION, space, seed: 0, options: {} }
}
