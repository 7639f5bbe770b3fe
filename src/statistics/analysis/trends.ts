/** Trends over an ordered factor, on the seeds that every arm of the trend has finished. */
import { jonckheere } from '../jonckheere.js'
import { pageTrend } from '../page-trend.js'
import { type Grid, loss, type PlannedTrend } from './grid.js'

export interface TrendRow {
  readonly name: string
  readonly arms: PlannedTrend['arms']
  /** Seeds with a finished run of every arm. */
  readonly n: number
  /** Page's L, or Jonckheere's J where the declared test does not pair. */
  readonly statistic: number
  /** Of values that become better with the level; two-sided where the plan is. */
  readonly p: number
}

export function trendRows(grid: Grid): TrendRow[] {
  return (grid.plan.trends ?? []).map((trend) => trendRow(grid, trend))
}

function trendRow({ plan, cellsOf }: Grid, { name, arms }: PlannedTrend): TrendRow {
  const ordered = arms.toSorted((a, b) => a.level - b.level)
  const rows = ordered.map(({ arm }) => cellsOf(arm).map((cell) => -loss(plan, cell)))
  const blocks = plan.seeds
    .map((_, i) => rows.map((row) => row[i]!))
    .filter((block) => block.every(Number.isFinite))
  const n = blocks.length
  if (n === 0 || ordered.length < 2) return { name, arms: ordered, n, statistic: 0, p: 1 }
  const tail = plan.alternative === 'better' ? 'greater' : 'two-sided'
  const levels = ordered.map(({ level }) => level)
  const { statistic, p } =
    plan.test === 'signed-rank' ? pageTrend(blocks, tail, levels) : jonckheere(byLevel(blocks, levels), tail)
  return { name, arms: ordered, n, statistic, p }
}

/** Arms of the same level are one sample. */
function byLevel(blocks: readonly (readonly number[])[], levels: readonly number[]): number[][] {
  return [...new Set(levels)].map((level) =>
    blocks.flatMap((block) => block.filter((_, i) => levels[i] === level)),
  )
}
