/**
 * The criteria that stop a run.
 *
 * Hansen (2009), Benchmarking a BI-Population CMA-ES on the BBOB-2009 Function Testbed, GECCO; the tolerances are
 * those of pycma 4.
 */
import type { Constants } from './constants.js'
import type { Domain } from './domain.js'
import { type History, medianOf, THINNING } from './history.js'
import type { Run } from './run.js'
import type { Distribution } from './update.js'

export type StopReason =
  | 'tolX'
  | 'tolXUp'
  | 'tolFun'
  | 'tolFunHistory'
  | 'flatFitness'
  | 'stagnation'
  | 'conditionCov'
  | 'noEffectAxis'
  | 'noEffectCoordinate'
  | 'maxGenerations'
  | 'infeasible'

const TOL_X = 1e-11
const TOL_X_UP = 1e3
const TOL_FUN = 1e-11
const TOL_FUN_HISTORY = 1e-12
const CONDITION = 1e14

export function stopReason(run: Run, domain: Domain): StopReason | undefined {
  // Choices alone never stop: their margin keeps all of them in play.
  return run.distribution && (stopOfValues(run) ?? stopOfDistribution(run, run.distribution, domain))
}

function stopOfValues({ history: h, constants: k, regime }: Run): StopReason | undefined {
  const past = Math.max(...h.recent) - Math.min(...h.recent)
  if (h.barren) return 'infeasible'
  if (h.recent.length > 0 && Math.max(h.range, past) < TOL_FUN) return 'tolFun'
  if (h.recent.length > 9 && past < TOL_FUN_HISTORY) return 'tolFunHistory'
  if (h.flat > 1) return 'flatFitness'
  if (isStagnant(h, k)) return 'stagnation'
  if (h.generations >= regime.maxGenerations) return 'maxGenerations'
  return undefined
}

/** Neither the best nor the median values are better than those of the period before. */
function isStagnant({ generations, best, median, record }: History, { n, lambda }: Constants): boolean {
  const patience = Math.floor(100 + (100 * n ** 1.5) / lambda)
  const stretch = Math.floor(Math.max(patience / (2 * THINNING), best.length / 10))
  if (generations <= n * (5 + 100 / lambda) || best.length <= Math.max(100, 2 * stretch)) return false
  if (generations - record.generation <= patience / 2) return false
  return [median, best].every(
    (past) => medianOf(past.slice(0, stretch)) >= medianOf(past.slice(stretch, 2 * stretch)),
  )
}

function stopOfDistribution(
  { sigma0, history }: Run,
  d: Distribution,
  domain: Domain,
): StopReason | undefined {
  const n = d.mean.length
  const { B, D } = d.eigen
  const deviations = Array.from(d.mean, (_, i) => d.sigma * Math.sqrt(d.C[i * n + i]!))
  // A discrete axis keeps its variance by the margin, and a step within a cell changes nothing: they are left out.
  const continuous = domain.axes.flatMap(({ cells }, i) => (cells ? [] : [i]))
  if (deviations.some((s) => s > TOL_X_UP * sigma0)) return 'tolXUp'
  if (D[n - 1]! ** 2 > CONDITION * D[0]! ** 2) return 'conditionCov'
  if (continuous.length === 0) return undefined
  if (continuous.every((i) => deviations[i]! < TOL_X && d.sigma * d.pC[i]! < TOL_X)) return 'tolX'
  if (continuous.some((i) => d.mean[i] === d.mean[i]! + 0.2 * deviations[i]!)) return 'noEffectCoordinate'
  const axis = history.generations % n
  if (d.mean.every((m, i) => m === m + 0.1 * d.sigma * D[axis]! * B[i * n + axis]!)) return 'noEffectAxis'
  return undefined
}
