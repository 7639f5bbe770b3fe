/**
 * Which points make a generation, in what order, and with what weight.
 *
 * A point counts for what its result says: complete before pruned before failed. A failure never has a value: it ranks
 * behind all others, and no positive weight, so the mean and the choices never move towards it.
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

export interface Ranked extends Point {
  readonly weight: number
}

/** Equals keep the order in which they were told. */
export function ranked(points: readonly Point[], k: Constants): Ranked[] {
  const order = [...points].sort((a, b) => compare(a.verdict, b.verdict))
  return order.map((point, rank) => ({ ...point, weight: weightOf(point, rank, order.length, k) }))
}

function weightOf(point: Point, rank: number, count: number, { mu, lambda, weights }: Constants): number {
  if (rank < mu) return point.verdict.kind === 'failed' ? 0 : weights[rank]
  const fromEnd = count - rank
  if (fromEnd > lambda - mu || !point.native) return 0
  return weights[lambda - fromEnd]
}

const CLASS = { complete: 0, pruned: 1, failed: 2 } as const

function compare(a: Verdict, b: Verdict): number {
  if (a.kind === 'complete' && b.kind === 'complete') return a.value - b.value
  if (a.kind === 'pruned' && b.kind === 'pruned') return comparePruned(a, b)
  return CLASS[a.kind] - CLASS[b.kind]
}

type Pruned = Extract<Verdict, { kind: 'pruned' }>

/** Who was let run longer was better; then the last value decides. */
function comparePruned(a: Pruned, b: Pruned): number {
  return (b.step ?? 0) - (a.step ?? 0) || (a.value ?? Infinity) - (b.value ?? Infinity) || 0
}
