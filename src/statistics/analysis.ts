/**
 * The analysis of an experiment, computed from its plan and its cells: arms with intervals, contrasts with verdicts
 * that stay, trends, the measured correlation of seeds, and how long each arm took. It is a pure function of them,
 * so an earlier look is judged again from the same cells each time, with the same result.
 */
import { type AnytimeRow, anytimeRows } from './analysis/anytime.js'
import { type ArmRow, armRows } from './analysis/arms.js'
import { type ContrastRow, contrastRows } from './analysis/contrasts.js'
import { type AnalysisPlan, type CellResult, type Grid, gridOf } from './analysis/grid.js'
import { type HoursTo, hoursTo } from './analysis/hours-to.js'
import { notesOn } from './analysis/notes.js'
import { type CorrelationRow, seedCorrelation } from './analysis/seed-correlation.js'
import { type TrendRow, trendRows } from './analysis/trends.js'
import { lookLevels, type PlanShape } from './plan.js'

export type { AnalysisPlan, AnytimeRow, ArmRow, CellResult, ContrastRow, CorrelationRow, HoursTo, TrendRow }

export interface Analysis {
  readonly looks: {
    /** After how many seeds. */
    readonly planned: readonly number[]
    /** The last planned look that all declared arms have reached. */
    readonly reached: number | null
    /** What each planned look spends of α: the level of its adjusted p-values. */
    readonly alphaSpent: readonly number[]
  }
  readonly arms: readonly ArmRow[]
  readonly contrasts: readonly ContrastRow[]
  readonly trends: readonly TrendRow[]
  readonly correlation: CorrelationRow | null
  readonly anytime: readonly AnytimeRow[]
  readonly hoursTo: readonly HoursTo[]
  readonly notes: readonly string[]
}

export function analyse(plan: AnalysisPlan, cells: readonly CellResult[]): Analysis {
  const grid = gridOf(plan, cells)
  const shape = shapeOf(plan)
  const alphaSpent = lookLevels(shape)
  const reached = lastReached(grid)
  const arms = armRows(grid)
  const contrasts = contrastRows(grid, alphaSpent)
  const correlation = seedCorrelation(grid)
  return {
    looks: { planned: plan.looks, reached, alphaSpent },
    arms,
    contrasts,
    trends: trendRows(grid),
    correlation,
    anytime: anytimeRows(grid),
    hoursTo: hoursTo(grid),
    notes: notesOn({ grid, shape, reached, arms, contrasts, correlation }),
  }
}

/** What was declared: contrasts that were added later change no level. */
function shapeOf({ contrasts, looks, alpha, test, alternative, added }: AnalysisPlan): PlanShape {
  const late = new Set(added?.arms)
  const declared = contrasts.filter(({ arm, baseline }) => !late.has(arm) && !late.has(baseline))
  return { contrasts: declared.length, looks, alpha, test, alternative }
}

function lastReached({ plan, cellsOf }: Grid): number | null {
  const late = new Set(plan.added?.arms)
  const rows = plan.arms.filter((arm) => !late.has(arm)).map((arm) => cellsOf(arm))
  const isReached = (look: number) =>
    rows.every((row) => row.length >= look && row.slice(0, look).every(({ state }) => state !== 'missing'))
  return plan.looks.findLast(isReached) ?? null
}
