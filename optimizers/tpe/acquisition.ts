/**
 * What is promising: likely among the good, unlikely among the others, and likely to run at all.
 *
 * Bergstra et al. (2011), eq. 5: expected improvement grows with l(x) / g(x).
 * Watanabe & Hutter (2023), c-TPE: Constrained Optimization with Tree-Structured Parzen Estimator, section 4: with
 * failures, the product of two relative density ratios, of good against bad and of what ran against what failed.
 */
import { type Block, estimate } from './estimate.js'
import type { History } from './history.js'
import type { TpeOptions } from './options.js'
import { logDensity, type Parzen } from './parzen.js'
import { weighing, weighingByImprovement } from './weights.js'

/** Rows of the history, in the order of their arrival. */
export interface Split {
  readonly good: Int32Array
  readonly bad: Int32Array
  readonly failed: Int32Array
}

export interface Acquisition {
  readonly good: Parzen
  score(at: Float64Array): number
}

export function split(history: History, { gamma }: TpeOptions): Split {
  const { count, succeeded, ranked, steps } = history
  const size = gamma.rule === 'linear' ? succeeded : Math.sqrt(succeeded)
  const isGood = new Uint8Array(count)
  for (let i = 0; i < Math.min(gamma.most, Math.ceil(gamma.share * size), succeeded); i++)
    isGood[ranked[i]!] = 1
  const rows = Int32Array.from({ length: count }, (_, row) => row)
  const failed = (row: number) => Number.isNaN(steps[row]!)
  return {
    good: rows.filter((row) => isGood[row] === 1),
    bad: rows.filter((row) => isGood[row] === 0 && !failed(row)),
    failed: rows.filter(failed),
  }
}

/** What is pending counts as bad (a constant liar), so that nothing is proposed beside it. */
export function acquisition(
  history: History,
  block: Block,
  { good, bad, failed }: Split,
  pending: readonly Float64Array[],
  options: TpeOptions,
): Acquisition {
  const even = weighing(options)
  const l = estimate(history, block, good, [], options, weighingByImprovement(history, good.length, options))
  const g = estimate(history, block, bad, pending, options, even)
  const infeasible = estimate(history, block, failed, [], options, even)
  const ran = l.size + g.size
  const γ = l.size / Math.max(1, ran)
  const Γ = ran / Math.max(1, ran + infeasible.size)
  const logs = new Float64Array(1 + Math.max(l.size, g.size, infeasible.size))

  const score = (at: Float64Array) => {
    const logL = logDensity(l, at, logs)
    // What ran is the good and the bad together, and so is its density: it need not be estimated again.
    const logRan = logMix(γ, logL, logDensity(g, at, logs))
    const promise = logL - logRan
    if (infeasible.size === 0) return promise
    const chance = logRan - logMix(Γ, logRan, logDensity(infeasible, at, logs))
    return promise + chance
  }
  return { good: l, score }
}

/** log of share · e^a + (1 - share) · e^b. */
function logMix(share: number, a: number, b: number): number {
  const [x, y] = [Math.log(share) + a, Math.log1p(-share) + b]
  const high = Math.max(x, y)
  return high === -Infinity ? high : high + Math.log1p(Math.exp(Math.min(x, y) - high))
}
