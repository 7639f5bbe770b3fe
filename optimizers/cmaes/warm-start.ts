/**
 * A start from earlier trials: until the first trial that the distribution drew itself is observed, the trials of
 * others decide where it begins.
 *
 * Nomura, Watanabe, Akimoto, Ozaki & Onishi (2021), Warm Starting CMA-ES for Hyperparameter Optimization, AAAI: the
 * best tenth of earlier trials tells where good ones are.
 */
import type { ForeignGenotype, Start } from './domain.js'

export interface Prior {
  /** How many feasible trials there were; and the best of them, best first. */
  readonly count: number
  readonly best: readonly (ForeignGenotype & { readonly value: number })[]
}

const SHARE = 0.1
const MOST = 20

export const noPrior: Prior = { count: 0, best: [] }

export function withEarlierTrial({ count, best }: Prior, trial: Prior['best'][number]): Prior {
  const sorted = [...best, trial].sort((a, b) => Math.sign(a.value - b.value))
  return { count: count + 1, best: sorted.slice(0, MOST) }
}

/** Undefined while there are too few to choose from: then they take part in the first generation like other points. */
export function warmStart({ count, best }: Prior, start: Start): Start | undefined {
  const chosen = best.slice(0, Math.floor(SHARE * count))
  if (chosen.length === 0) return undefined
  const weights = chosen.map((_, i) => Math.log(chosen.length + 1) - Math.log(i + 1))
  const total = weights.reduce((sum, w) => sum + w, 0)
  return {
    mean: start.mean.map((usual, j) =>
      chosen.reduce(
        (sum, { x }, i) => sum + (weights[i]! / total) * (Number.isNaN(x[j]!) ? usual : x[j]!),
        0,
      ),
    ),
    q: start.q.map((usual, j) =>
      usual.map((p, k) =>
        chosen.reduce((sum, { c }, i) => sum + (0.5 * weights[i]! * (c[j] === k ? 1 : 0)) / total, 0.5 * p),
      ),
    ),
  }
}
