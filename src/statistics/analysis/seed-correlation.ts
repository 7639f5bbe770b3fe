/** The measured correlation of arms over seeds: whether the pairs of this experiment pair. */
import { correlationInterval, pearson } from '../correlation.js'
import { mean } from '../describe.js'
import { type Grid, loss } from './grid.js'

export interface CorrelationRow {
  /** Pairs of arms. */
  readonly pairs: number
  /** The mean of Pearson's correlation over them. */
  readonly mean: number
  readonly low: number
  readonly high: number
}

/** Fewer shared seeds have no interval. */
const FEWEST = 4

/** Null where no two arms share four finished seeds. */
export function seedCorrelation({ plan, cellsOf }: Grid): CorrelationRow | null {
  const rows = plan.arms.map((arm) => cellsOf(arm).map((cell) => loss(plan, cell)))
  const found = rows.flatMap((own, i) => rows.slice(i + 1).flatMap((other) => correlate(own, other)))
  if (found.length === 0) return null
  const arms = Math.floor((1 + Math.sqrt(1 + 8 * found.length)) / 2)
  const seeds = Math.floor(mean(found.map((one) => one.seeds)))
  const r = mean(found.map((one) => one.r))
  const [low, high] = correlationInterval(r, seeds, arms)!
  return { pairs: found.length, mean: r, low, high }
}

function correlate(own: readonly number[], other: readonly number[]): { r: number; seeds: number }[] {
  const shared = own.flatMap((value, i) => (value + other[i]! < Infinity ? [i] : []))
  if (shared.length < FEWEST) return []
  const of = (values: readonly number[]) => shared.map((i) => values[i]!)
  const r = pearson(of(own), of(other))
  return Number.isNaN(r) ? [] : [{ r, seeds: shared.length }]
}
