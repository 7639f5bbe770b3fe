/**
 * When a run has nothing more to give.
 *
 * Hansen (2009), Benchmarking a BI-Population CMA-ES on the BBOB-2009 Function Testbed, GECCO; the tolerances are
 * those of pycma 4.
 */
import type { Constants } from './constants.js'
import type { Domain } from './domain.js'
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

/** What the criteria look back at: values of feasible points only. */
export interface History {
  readonly generations: number
  /** Best values of the last generations, latest first. */
  readonly recent: readonly number[]
  /** Best and median values of every fifth generation, latest first. */
  readonly best: readonly number[]
  readonly median: readonly number[]
  /** The generation that found the best value of the run, and the value. */
  readonly record: { readonly generation: number; readonly value: number | null }
  /** Max − min of the latest generation. */
  readonly range: number
  /** For how many generations in a row three quarters of the values were one and the same. */
  readonly flat: number
  /** The latest generation had no feasible point. */
  readonly barren: boolean
}

export const noHistory: History = {
  generations: 0,
  recent: [],
  best: [],
  median: [],
  record: { generation: 0, value: null },
  range: Number.MAX_VALUE,
  flat: 0,
  barren: false,
}

const LONGEST = 4000
const THINNING = 5

/** `values` ascend; `parents` had a positive weight, pruned points among them. */
export function lengthened(h: History, values: readonly number[], parents: number, k: Constants): History {
  const generations = h.generations + 1
  const barren = parents === 0
  if (values.length === 0) return { ...h, generations, barren, flat: 0 }
  const [best] = values
  const kept = generations % THINNING === 0
  const isRecord = h.record.value === null || best < h.record.value
  const isFlat = values.length >= k.mu && best === values[Math.floor(0.75 * values.length)]
  return {
    generations,
    recent: [best, ...h.recent].slice(0, 10 + Math.ceil((30 * k.n) / k.lambda)),
    best: kept ? [best, ...h.best].slice(0, LONGEST) : h.best,
    median: kept ? [medianOf(values), ...h.median].slice(0, LONGEST) : h.median,
    record: isRecord ? { generation: generations, value: best } : h.record,
    range: Math.min(values[values.length - 1] - best, Number.MAX_VALUE),
    flat: isFlat ? h.flat + 1 : 0,
    barren,
  }
}

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

/** Neither best nor median are better than they were in the stretch of time before. */
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
  const deviations = Array.from(d.mean, (_, i) => d.sigma * Math.sqrt(d.C[i * n + i]))
  // A discrete axis is held open by its margin, and cells make a small step a step of nothing.
  const continuous = domain.axes.flatMap(({ cells }, i) => (cells ? [] : [i]))
  if (deviations.some((s) => s > TOL_X_UP * sigma0)) return 'tolXUp'
  if (D[n - 1] ** 2 > CONDITION * D[0] ** 2) return 'conditionCov'
  if (continuous.length === 0) return undefined
  if (continuous.every((i) => deviations[i] < TOL_X && d.sigma * d.pC[i] < TOL_X)) return 'tolX'
  if (continuous.some((i) => d.mean[i] === d.mean[i] + 0.2 * deviations[i])) return 'noEffectCoordinate'
  const axis = history.generations % n
  if (d.mean.every((m, i) => m === m + 0.1 * d.sigma * D[axis] * B[i * n + axis])) return 'noEffectAxis'
  return undefined
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
