/** The rows of `centaur`: one optimizer, alone and with each advisor at each share of its trials. */
import type { SearchMethod } from '../../optimizers/search.js'
import type { ScriptedKind } from '../../src/domain/advisor.js'

export interface Arm {
  /** For --methods, the cache and the JSON. */
  readonly id: string
  readonly advisor: ScriptedKind | null
  readonly ratio: number
  /** The share begins at the ratio, and moves to whoever betters the incumbent beyond noise. */
  readonly adaptive?: true
}

export const leader: SearchMethod = { optimizer: { kind: 'cma-es' } }
export const warmup = 10

export const advisors: readonly ScriptedKind[] = ['expert', 'copy', 'jitter', 'random']
export const ratios = [0.1, 0.3, 0.5, 0.8, 1] as const

/** Of one configuration measured again, as published for the real card: typically 0.0003 to 0.0004. */
export const noise = 0.0004

export const alone: Arm = { id: 'alone', advisor: null, ratio: 0 }

export const arms: readonly Arm[] = [
  alone,
  ...advisors.flatMap((advisor) => [
    ...ratios.map((ratio) => ({ id: `${advisor}-${ratio}`, advisor, ratio })),
    { id: `${advisor}-adaptive`, advisor, ratio: 0.3, adaptive: true } as const,
  ]),
]
