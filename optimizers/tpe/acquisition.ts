/**
 * What is promising: likely among the good, unlikely among the others and among what failed.
 *
 * Bergstra et al. (2011), eq. 5: expected improvement grows with l(x) / g(x).
 * Watanabe & Hutter (2023), c-TPE: Constrained Optimization with Tree-Structured Parzen Estimator, section 4: with
 * failures, the product of two relative density ratios, l / (γ·l + (1 − γ)·g) and p / (Γ·p + (1 − Γ)·f), where f is the
 * density of what failed and p that of what ran. What ran is the good and the bad together, p = γ·l + (1 − γ)·g, so
 * the product is l / (Γ·γ·l + Γ·(1 − γ)·g + (1 − Γ)·f): l beside the density of all trials. It grows with l / h, h the
 * density of all that are not good, and that is the score, for it does not round to the same number wherever l is large.
 */
import { type Rng, shuffle } from '../rng.js'
import { densityOf, densityWith } from './estimate.js'
import type { History } from './history.js'
import type { TpeOptions } from './options.js'
import { along, drawAlong, leastLogDensity, logDensity, type Parzen } from './parzen.js'
import type { Parts } from './split.js'
import { weighing, weighingByImprovement } from './weights.js'

/** The density l of the good, and h = share · g + (1 − share) · f of the others. */
export interface Acquisition {
  readonly l: Parzen
  readonly g: Parzen
  readonly f: Parzen
  readonly logShares: readonly [number, number]
}

/** What is pending counts as bad (a constant liar), so that nothing is proposed beside it. */
export function acquisition(
  history: History,
  goodOnes: number,
  { good, bad, failed }: Parts,
  pending: readonly Float64Array[],
  options: TpeOptions,
): Acquisition {
  const even = weighing(options)
  const l = densityOf(history, good, options, weighingByImprovement(history, goodOnes, options))
  const g = densityWith(history, bad, pending, options, even)
  const f = densityOf(history, failed, options, even)
  const share = f.observations === 0 ? 1 : g.observations / (g.observations + f.observations)
  return { l, g, f, logShares: [Math.log(share), Math.log1p(-share)] }
}

/** log of l / h. */
export function score(model: Acquisition, at: Float64Array): number {
  return logDensity(model.l, at) - logOthers(model, logDensity(model.g, at), logDensity(model.f, at))
}

/** The score is no higher, and this costs less. */
export function mostScore(model: Acquisition, at: Float64Array): number {
  return (
    logDensity(model.l, at) - logOthers(model, leastLogDensity(model.g, at), leastLogDensity(model.f, at))
  )
}

function logOthers({ logShares }: Acquisition, logG: number, logF: number): number {
  const [a, b] = [logShares[0] + logG, logShares[1] + logF]
  const high = Math.max(a, b)
  return high === -Infinity ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high))
}

/** Coordinate ascent: `tries` values for each axis, each kept where it scores higher and is allowed. In place. */
export function climb(
  model: Acquisition,
  at: Float64Array,
  tries: number,
  rng: Rng,
  allowed: () => boolean,
): void {
  const { l, g, f } = model
  let highest = score(model, at)
  for (const d of shuffle(rng, [...at.keys()])) {
    const [onL, onG, onF] = [along(l, at, d), along(g, at, d), along(f, at, d)]
    for (let t = 0; t < tries; t++) {
      const [from, to] = [at[d]!, drawAlong(l, d, rng)]
      if (to === from) continue
      const log = onL.log(to)
      if (!(log - logOthers(model, onG.least(to), onF.least(to)) > highest)) continue
      const found = log - logOthers(model, onG.log(to), onF.log(to))
      if (!(found > highest)) continue
      at[d] = to
      if (allowed()) highest = found
      else at[d] = from
    }
  }
}
