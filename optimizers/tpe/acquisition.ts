/**
 * The acquisition: high where good trials are likely, and bad and failed ones are not.
 *
 * Bergstra et al. (2011), eq. 5: expected improvement grows with l(x) / g(x).
 * Watanabe & Hutter (2023), c-TPE: Constrained Optimization with Tree-Structured Parzen Estimator, section 4: with
 * failures, the product of two relative density ratios, l / (γ·l + (1 − γ)·g) and p / (Γ·p + (1 − Γ)·f), where f is the
 * density of the failed trials and p that of the others. These are the good and the bad ones, p = γ·l + (1 − γ)·g, so
 * the product is l / (Γ·γ·l + Γ·(1 − γ)·g + (1 − Γ)·f): l over the density of all trials. It grows with l / h, h the
 * density of all trials that are not good. log l − log h is the score: unlike the product it still differs where l is
 * large.
 */
import { type Rng, shuffle } from '../rng.js'
import { logPrior } from './axis.js'
import { densityOf, densityWith } from './estimate.js'
import type { History } from './history.js'
import type { TpeOptions } from './options.js'
import {
  drawCoordinate,
  drawPoint,
  leastByYoungest,
  leastLogDensity,
  logDensity,
  logDensityAlong,
  type Parzen,
} from './parzen.js'
import type { Parts } from './split.js'
import { weightsByImprovement, weightsByOption } from './weights.js'

/** The density l of the good, and h = share · g + (1 − share) · f of the others. */
export interface Acquisition {
  readonly l: Parzen
  readonly g: Parzen
  readonly f: Parzen
  readonly logShares: readonly [number, number]
}

/** Pending trials count as bad (a constant liar), so that nothing is proposed beside them. */
export function acquisitionOf(
  history: History,
  goodOnes: number,
  { good, bad, failed }: Parts,
  pending: readonly Float64Array[],
  options: TpeOptions,
): Acquisition {
  const even = weightsByOption(options)
  const l = densityOf(history, good, options, weightsByImprovement(history, goodOnes, options))
  const g = densityWith(history, bad, pending, options, even)
  const f = densityOf(history, failed, options, even)
  const share = f.observations === 0 ? 1 : g.observations / (g.observations + f.observations)
  return { l, g, f, logShares: [Math.log(share), Math.log1p(-share)] }
}

/** A drawn point, and an upper bound of its score, which `refineScore` lowers stage by stage to the exact one. */
export interface Candidate {
  readonly at: Float64Array
  readonly prior: number
  readonly logL: number
  score: number
  stage: 'prior' | 'young' | 'exact'
}

export function drawCandidate(model: Acquisition, rng: Rng): Candidate {
  const at = drawPoint(model.l, rng)
  const prior = logPrior(model.l.axes, at, at.length)
  const logL = logDensity(model.l, at, prior)
  return { at, prior, logL, score: logL - leastLogOthers(model, prior), stage: 'prior' }
}

/** The latest trials lie where candidates are drawn now: with these kernels alone most candidates can be ruled out. */
const YOUNG = 64

/** Lowers the bound by one stage. */
export function refineScore(model: Acquisition, candidate: Candidate): void {
  const { at, prior, logL, stage } = candidate
  const { g, f } = model
  if (stage === 'prior' && at.length > 1) {
    const [logG, logF] = [leastByYoungest(g, at, prior, YOUNG), leastByYoungest(f, at, prior, YOUNG)]
    candidate.score = logL - logOthers(model, logG, logF)
    candidate.stage = 'young'
    return
  }
  candidate.score = logL - logOthers(model, logDensity(g, at, prior), logDensity(f, at, prior))
  candidate.stage = 'exact'
}

function leastLogOthers(model: Acquisition, prior: number): number {
  return logOthers(model, leastLogDensity(model.g, prior), leastLogDensity(model.f, prior))
}

function logOthers({ logShares }: Acquisition, logG: number, logF: number): number {
  const [a, b] = [logShares[0] + logG, logShares[1] + logF]
  const high = Math.max(a, b)
  return high === -Infinity ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high))
}

/** Rounds of the coordinate ascent; it ends sooner where a round does not move the point. */
const ROUNDS = 3

/**
 * Tries `tries` values on each axis in turn, and keeps each that scores higher and is allowed. Changes `at` in place.
 */
export function climbFrom(
  model: Acquisition,
  at: Float64Array,
  tries: number,
  rng: Rng,
  allowed: () => boolean,
): void {
  const { l, g, f } = model
  const prior = logPrior(l.axes, at, at.length)
  let score = logDensity(l, at, prior) - logOthers(model, logDensity(g, at, prior), logDensity(f, at, prior))
  for (let round = 0; round < ROUNDS; round++) {
    const before = score
    for (const d of shuffle(rng, [...at.keys()])) {
      score = climbAlong(
        model,
        at,
        d,
        score,
        Array.from({ length: tries }, () => drawCoordinate(l, d, rng)),
        allowed,
      )
    }
    if (score === before) return
  }
}

/** Gives the score of the point after the moves along one axis. */
function climbAlong(
  model: Acquisition,
  at: Float64Array,
  d: number,
  score: number,
  tries: readonly number[],
  allowed: () => boolean,
): number {
  const { l, g, f } = model
  const rest = logPrior(l.axes, at, d)
  const [onL, onG, onF] = [
    logDensityAlong(l, at, d, rest),
    logDensityAlong(g, at, d, rest),
    logDensityAlong(f, at, d, rest),
  ]
  let highest = score
  for (const to of tries) {
    const from = at[d]!
    if (to === from) continue
    const prior = rest + l.axes[d]!.logPrior(to)
    const logL = onL(to, prior)
    if (!(logL - leastLogOthers(model, prior) > highest)) continue
    const found = logL - logOthers(model, onG(to, prior), onF(to, prior))
    if (!(found > highest)) continue
    at[d] = to
    if (allowed()) highest = found
    else at[d] = from
  }
  return highest
}
