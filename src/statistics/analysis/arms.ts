/** Each arm by itself, over the runs that finished; the others are counted beside it. */
import { mean, standardDeviation } from '../describe.js'
import { meanInterval } from '../student-t.js'
import { finishedIn, type Grid } from './grid.js'

export interface ArmRow {
  readonly name: string
  /** Finished runs. */
  readonly n: number
  readonly mean: number | null
  readonly sd: number | null
  /** Student's 95 % interval of the mean; null with fewer than two runs. */
  readonly low: number | null
  readonly high: number | null
  readonly missing: number
  readonly failed: number
  readonly added?: true
}

export function armRows(grid: Grid): ArmRow[] {
  const late = new Set(grid.plan.added?.arms)
  return grid.plan.arms.map((name) => {
    const cells = grid.cellsOf(name)
    const values = finishedIn(cells)
    const missing = cells.filter(({ state }) => state === 'missing').length
    const [low, high] = meanInterval(values) ?? [null, null]
    return {
      name,
      n: values.length,
      mean: values.length > 0 ? mean(values) : null,
      sd: values.length > 1 ? standardDeviation(values) : null,
      low,
      high,
      missing,
      failed: cells.length - values.length - missing,
      ...(late.has(name) ? { added: true as const } : {}),
    }
  })
}
