/** The best observed value so far of each arm over its hours of training: mean and spread over the runs that finished. */
import { mean, standardDeviation } from '../describe.js'
import type { CellResult, Grid } from './grid.js'

export interface AnytimeRow {
  readonly arm: string
  /** The runs of every point: it begins where the last of them has its first value. */
  readonly n: number
  /** The standard deviation over the runs is null where there is one. */
  readonly points: readonly (readonly [hours: number, mean: number, sd: number | null])[]
}

const POINTS = 80

export function anytimeRows({ plan, cellsOf }: Grid): AnytimeRow[] {
  return plan.arms.map((arm) => {
    const runs = cellsOf(arm).filter(({ state, steps }) => state === 'finished' && steps.length > 0)
    return { arm, n: runs.length, points: runs.length === 0 ? [] : hoursOf(runs).map(at(runs)) }
  })
}

/** Closer together at the beginning, where most improvements are. A run that is over keeps its best value. */
function hoursOf(runs: readonly CellResult[]): number[] {
  const begin = Math.max(...runs.map(({ steps }) => steps[0]![0]))
  const end = Math.max(...runs.map(({ steps, hours = 0 }) => Math.max(hours, steps.at(-1)![0])))
  if (end <= begin) return [begin]
  return Array.from({ length: POINTS }, (_, i) => begin + (end - begin) * (i / (POINTS - 1)) ** 2)
}

function at(runs: readonly CellResult[]) {
  return (hours: number) => {
    const values = runs.map(({ steps }) => steps.findLast(([when]) => when <= hours)![1])
    return [hours, mean(values), values.length > 1 ? standardDeviation(values) : null] as const
  }
}
