/**
 * Which points make a generation, in what order, and with what weight.
 *
 * Complete before pruned before failed. A failure has no value that it could be ranked by: it ranks behind all others
 * and has no positive weight, so neither the mean nor the choices ever move towards it. A failure that the distribution
 * drew itself keeps its negative weight, which takes variance from its direction (Arnold & Hansen 2012, A (1+1)-CMA-ES
 * for Constrained Optimisation, GECCO). A point from elsewhere never has a negative weight (Hansen 2011).
 */
import type { Constants } from './constants.js'

export type Verdict =
  | { readonly kind: 'complete'; readonly value: number }
  | { readonly kind: 'pruned'; readonly value?: number; readonly step?: number }
  | { readonly kind: 'failed' }

export interface Point {
  readonly x: readonly number[]
  readonly c: readonly (number | null)[]
  /** Drawn from the very distribution that this generation updates. */
  readonly native: boolean
  readonly verdict: Verdict
}

export interface Weighed {
  readonly point: Point
  readonly weight: number
}

/**
 * λ points, μ of them feasible. Failures end early: where many trials run at once they would fill generations by
 * themselves, and leave the mean to the few that did not fail. Beyond PATIENCE · λ points a generation waits no
 * longer.
 */
export function isComplete(points: readonly Point[], { lambda, mu }: Constants): boolean {
  if (points.length < lambda) return false
  const feasible = points.filter(({ verdict }) => verdict.kind !== 'failed').length
  return feasible >= mu || points.length >= PATIENCE * lambda
}

const PATIENCE = 5

/** Best first; equal points keep the order in which they were observed. */
export function rankedWithWeights(points: readonly Point[], k: Constants): Weighed[] {
  return [...points]
    .sort((a, b) => compare(a.verdict, b.verdict))
    .map((point, rank) => ({ point, weight: weightOf(point, rank, points.length, k) }))
}

/** Of more than λ points the best μ and the worst λ − μ have a weight. */
function weightOf(point: Point, rank: number, count: number, { mu, lambda, weights }: Constants): number {
  if (rank < mu) return point.verdict.kind === 'failed' ? 0 : weights[rank]!
  const fromEnd = count - rank
  return point.native && fromEnd <= lambda - mu ? weights[lambda - fromEnd]! : 0
}

const ORDER = { complete: 0, pruned: 1, failed: 2 } as const

function compare(a: Verdict, b: Verdict): number {
  if (a.kind === 'complete' && b.kind === 'complete') return Math.sign(a.value - b.value)
  if (a.kind === 'pruned' && b.kind === 'pruned') return comparePruned(a, b)
  return ORDER[a.kind] - ORDER[b.kind]
}

type Pruned = Extract<Verdict, { kind: 'pruned' }>

/** The trial that ran longer is better, then the one with the lower last value; a trial without a value comes last. */
function comparePruned(a: Pruned, b: Pruned): number {
  const longer = (b.step ?? 0) - (a.step ?? 0)
  if (longer !== 0) return longer
  if (a.value === undefined || b.value === undefined) {
    return Number(a.value === undefined) - Number(b.value === undefined)
  }
  return Math.sign(a.value - b.value)
}
