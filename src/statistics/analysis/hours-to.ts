/**
 * How long it took to reach a level: the share of runs that had reached it by t hours. Runs that never did are kept
 * in.
 */
import { median } from '../describe.js'
import type { CellResult, Grid } from './grid.js'

export interface HoursTo {
  /** The level, in the units of the endpoint. */
  readonly value: number
  readonly what: string
  readonly arms: readonly {
    readonly name: string
    readonly reached: number
    /** Runs that ended, failed ones included. */
    readonly of: number
    /** By when half of the runs had reached it; null where fewer have. */
    readonly medianHours: number | null
    readonly steps: readonly (readonly [hours: number, share: number])[]
  }[]
}

/** Two levels: what half of the baseline's runs found in the end, and what half of the best arm's did. */
export function hoursTo(grid: Grid): HoursTo[] {
  const { baseline } = grid.plan
  const found = grid.plan.arms.flatMap((arm) => medianFound(grid, arm))
  if (found.length === 0) return []
  const better = (a: Level, b: Level) => (isReached(grid, b.value, a.value) ? a : b)
  const best = found.reduce(better)
  const own = found.filter(({ arm }) => arm === baseline && arm !== best.arm)
  return [...own, best].map(({ arm, value }) => ({
    value,
    what: `what half of the runs of ${arm} had found in the end`,
    arms: grid.plan.arms.map((name) => profileOf(grid, name, value)),
  }))
}

interface Level {
  readonly arm: string
  readonly value: number
}

function medianFound(grid: Grid, arm: string): Level[] {
  const last = endedRuns(grid, arm).flatMap(({ steps }) => steps.at(-1)?.[1] ?? [])
  return last.length > 0 ? [{ arm, value: median(last) }] : []
}

function profileOf(grid: Grid, name: string, level: number): HoursTo['arms'][number] {
  const runs = endedRuns(grid, name)
  const hours = runs
    .flatMap(({ steps }) => steps.find(([, value]) => isReached(grid, level, value))?.[0] ?? [])
    .sort((a, b) => a - b)
  const half = hours[Math.ceil(runs.length / 2) - 1]
  return {
    name,
    reached: hours.length,
    of: runs.length,
    medianHours: half ?? null,
    steps: hours.map((at, i) => [at, (i + 1) / runs.length] as const),
  }
}

function endedRuns(grid: Grid, arm: string): CellResult[] {
  return grid.cellsOf(arm).filter(({ state }) => state !== 'missing')
}

function isReached({ plan }: Grid, level: number, value: number): boolean {
  return plan.direction === 'minimize' ? value <= level : value >= level
}
