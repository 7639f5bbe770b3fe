/** The rows of `advice`: gp alone, and with an advisor that has a say in other ways than on a fixed share of the trials. */
import type { SearchMethod } from '../../optimizers/search.js'
import type { ScriptedKind } from '../../src/domain/advisor.js'

export interface Arm {
  /** For --methods, the cache and the JSON. */
  readonly id: string
  readonly says: string
  readonly advisor?: { readonly kind: ScriptedKind; readonly [option: string]: unknown }
}

export const leader: SearchMethod = { optimizer: { kind: 'gp' }, preflight: 'formula' }

export const alone: Arm = { id: 'alone', says: 'no advisor' }

/** As one more candidate of the acquisition: on every trial, where the model expects at least as much of it. */
const candidate = { ratio: 1, warmup: 10, promise: 1 }

export const arms: readonly Arm[] = [
  alone,
  { id: 'expert-share', says: '30 % of the trials', advisor: { kind: 'expert', ratio: 0.3 } },
  { id: 'jitter-share', says: 'the same by small random steps', advisor: { kind: 'jitter', ratio: 0.3 } },
  { id: 'random-share', says: 'the same at random', advisor: { kind: 'random', ratio: 0.3 } },
  {
    id: 'expert-first',
    says: 'every other one of the first 16 trials',
    advisor: { kind: 'expert', ratio: 0.5, warmup: 1, until: 16 },
  },
  {
    id: 'expert-judged',
    says: '30 %, where the model expects as much of it',
    advisor: { kind: 'expert', ratio: 0.3, promise: 1 },
  },
  {
    id: 'expert-half',
    says: '30 %, where the model expects half of it',
    advisor: { kind: 'expert', ratio: 0.3, promise: 0.5 },
  },
  {
    id: 'expert-candidate',
    says: 'every trial, where the model expects as much of it',
    advisor: { kind: 'expert', ...candidate },
  },
  {
    id: 'jitter-candidate',
    says: 'the same by small random steps',
    advisor: { kind: 'jitter', ...candidate },
  },
  { id: 'random-candidate', says: 'the same at random', advisor: { kind: 'random', ...candidate } },
  { id: 'expert-prior', says: 'beliefs, and no trial', advisor: { kind: 'expert', as: 'prior' } },
]
