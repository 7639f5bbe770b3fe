/**
 * What is promising: likely among the good, unlikely among the others, and likely to run at all.
 *
 * Bergstra et al. (2011), eq. 5: expected improvement grows with l(x) / g(x).
 * Watanabe & Hutter (2023), c-TPE: Constrained Optimization with Tree-Structured Parzen Estimator, section 4: with
 * failures, the product of two relative density ratios, of good against bad and of what ran against what failed.
 */
import { type Rng, shuffle } from '../rng.js'
import { type Block, estimate } from './estimate.js'
import type { History } from './history.js'
import type { TpeOptions } from './options.js'
import { draw, drawAlong, logDensity, logDensityAlong, type Parzen } from './parzen.js'
import { weighing, weighingByImprovement } from './weights.js'

/** Rows of the history, in the order of their arrival. */
export interface Split {
  readonly good: Int32Array
  readonly bad: Int32Array
  readonly failed: Int32Array
}

export interface Acquisition {
  /** A point that is likely to be good. */
  draw(rng: Rng): Float64Array
  score(at: Float64Array): number
  /** Coordinate ascent: `tries` values for each axis, each kept where it scores higher and is allowed. In place. */
  climb(at: Float64Array, tries: number, rng: Rng, allowed: () => boolean): void
}

export function split(history: History, { gamma }: TpeOptions): Split {
  const { count, succeeded, ranked, steps } = history
  const size = gamma.rule === 'linear' ? succeeded : Math.sqrt(succeeded)
  const goodOnes = Math.min(gamma.most, Math.ceil(gamma.share * size), succeeded)
  const isGood = new Uint8Array(count)
  for (let i = 0; i < goodOnes; i++) isGood[ranked[i]!] = 1

  const good = new Int32Array(goodOnes)
  const bad = new Int32Array(succeeded - goodOnes)
  const failed = new Int32Array(count - succeeded)
  let [g, b, f] = [0, 0, 0]
  for (let row = 0; row < count; row++) {
    if (isGood[row]) good[g++] = row
    else if (Number.isNaN(steps[row]!)) failed[f++] = row
    else bad[b++] = row
  }
  return { good, bad, failed }
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
  const ran = l.observations + g.observations
  const γ = l.observations / Math.max(1, ran)
  const Γ = ran / Math.max(1, ran + infeasible.observations)
  const combine = ([logL, logG, logInfeasible]: readonly number[]) => {
    // What ran is the good and the bad together, and so is its density: it need not be estimated again.
    const logRan = logMix(γ, logL!, logG!)
    const promise = logL! - logRan
    const chance = logInfeasible === undefined ? 0 : logRan - logMix(Γ, logRan, logInfeasible)
    return promise + chance
  }
  return ascent(infeasible.observations > 0 ? [l, g, infeasible] : [l, g], combine)
}

/** The first density is drawn from. */
function ascent(densities: readonly Parzen[], combine: (logs: readonly number[]) => number): Acquisition {
  const good = densities[0]!
  const score = (at: Float64Array) => combine(densities.map((density) => logDensity(density, at)))
  return {
    draw: (rng) => draw(good, rng),
    score,
    climb(at, tries, rng, allowed) {
      let highest = score(at)
      for (const d of shuffle(rng, [...at.keys()])) {
        const along = densities.map((density) => logDensityAlong(density, at, d))
        for (let t = 0; t < tries; t++) {
          const [from, to] = [at[d]!, drawAlong(good, d, rng)]
          const found = combine(along.map((logAt) => logAt(to)))
          if (!(found > highest)) continue
          at[d] = to
          if (allowed()) highest = found
          else at[d] = from
        }
      }
    },
  }
}

/** log of share · e^a + (1 - share) · e^b. */
function logMix(share: number, a: number, b: number): number {
  const [x, y] = [Math.log(share) + a, Math.log1p(-share) + b]
  const high = Math.max(x, y)
  return high === -Infinity ? high : high + Math.log1p(Math.exp(Math.min(x, y) - high))
}
