/** A study's search method, read and checked once: every error names its place. */
import type { Space } from '../search-spaces/types.js'
import { type Optimizer, OptionsError } from './contract.js'
import { type PreflightMode, preflightModes } from './feasibility/preflight.js'
import { optimizerKinds, optimizerNamed } from './index.js'

export interface SearchMethod {
  readonly optimizer: { readonly kind: string; readonly [option: string]: unknown }
  /** Left out: `formula` where the space has one, else `learned`. */
  readonly preflight?: PreflightMode
  /**
   * What the optimizer is told of a failed trial. `infeasible`: that it failed. `penalty`: the value 100, as in arXiv 2603.24647,
   * to measure what that costs.
   */
  readonly failures?: FailureTold
  /**
   * Where the first trials come from. `default`: trial 0 is the space's default configuration. `optimizer`: trial 0 is
   * the optimizer's own too. `shared`: like `default`, and the starting design is the one that every optimizer shares
   * at this seed, so that runs with the same seed can be compared pair by pair.
   */
  readonly start?: Start
}

export type FailureTold = (typeof failuresTold)[number]

const failuresTold = ['infeasible', 'penalty'] as const

export type Start = (typeof starts)[number]

const starts = ['default', 'optimizer', 'shared'] as const

export function readMethod(space: Space, method: SearchMethod) {
  const { kind, ...given } = method.optimizer
  const optimizer = optimizerNamed(kind)
  if (!optimizer) {
    const known = optimizerKinds().map((entry) => entry.kind)
    throw new OptionsError(
      'method.optimizer.kind',
      `unknown optimizer '${kind}'; there are ${known.join(', ')}`,
    )
  }
  const options = readOptions(optimizer, given)
  const start = oneOf('method.start', method.start ?? 'default', starts)
  return {
    optimizer,
    options,
    preflight: readPreflight(space, method.preflight),
    failures: oneOf('method.failures', method.failures ?? 'infeasible', failuresTold),
    start,
    /** Trials below this number come from the shared starting design. */
    shared: start === 'shared' ? (optimizer.startingTrials?.(options) ?? 0) : 0,
  }
}

function readOptions(optimizer: Optimizer<unknown>, given: unknown): unknown {
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
