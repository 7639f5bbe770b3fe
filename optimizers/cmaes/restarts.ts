/**
 * The next run after one has stopped: IPOP doubles the population. BIPOP also has runs with small populations and small
 * steps in between, so that both kinds spend the same number of evaluations.
 *
 * Auger & Hansen (2005), A Restart CMA Evolution Strategy With Increasing Population Size, CEC (IPOP).
 * Hansen (2009), Benchmarking a BI-Population CMA-ES on the BBOB-2009 Function Testbed, GECCO (BIPOP).
 */
import type { Rng } from '../rng.js'

export type RestartPolicy = 'none' | 'ipop' | 'bipop'

/** The settings of one run. */
export interface Regime {
  readonly kind: 'first' | 'large' | 'small'
  readonly lambda: number
  /** A factor on the first run's σ. */
  readonly sigmaFactor: number
  readonly maxGenerations: number
}

/** The cost of a run that has stopped. */
export interface Spent {
  readonly kind: Regime['kind']
  readonly evaluations: number
}

export function firstRegime(n: number, lambda: number): Regime {
  return { kind: 'first', lambda, sigmaFactor: 1, maxGenerations: longest(n, lambda) }
}

export function nextRegime(policy: RestartPolicy, ended: readonly Spent[], first: Regime, rng: Rng): Regime {
  const doublings = ended.filter(({ kind }) => kind === 'large').length
  const large = spent(ended, ['large'])
  if (policy === 'ipop' || spent(ended, ['first', 'small']) >= large) {
    return { ...first, kind: 'large', lambda: first.lambda * 2 ** (doublings + 1) }
  }
  const lambda = Math.floor(first.lambda * (2 ** doublings) ** (rng.uniform() ** 2))
  return {
    kind: 'small',
    lambda,
    sigmaFactor: 0.01 ** rng.uniform(),
    maxGenerations: Math.min(first.maxGenerations, Math.ceil((0.5 * large) / lambda)),
  }
}

function spent(ended: readonly Spent[], kinds: readonly Regime['kind'][]): number {
  return ended.reduce((sum, run) => sum + (kinds.includes(run.kind) ? run.evaluations : 0), 0)
}

function longest(n: number, lambda: number): number {
  return Math.floor(100 + (150 * (n + 3) ** 2) / Math.sqrt(lambda))
}
