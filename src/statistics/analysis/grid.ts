/**
 * The plan of an experiment and its cells, arms × seeds, put in order: every planned cell is there, ended or not.
 */
import type { Alternative, PairTest } from '../plan.js'

export interface AnalysisPlan {
  readonly arms: readonly string[]
  /** Null: nothing is compared. */
  readonly baseline: string | null
  readonly contrasts: readonly Contrast[]
  /** In the declared order; additions at the end. */
  readonly seeds: readonly number[]
  /** After how many seeds verdicts fall, ascending. */
  readonly looks: readonly number[]
  readonly alpha: number
  /** Declared before the data. */
  readonly test: PairTest
  readonly alternative: Alternative
  readonly direction: 'minimize' | 'maximize'
  /** Arms that differ in an ordered factor, such as the share of an advisor. */
  readonly trends?: readonly PlannedTrend[]
  /** What was added after the start. */
  readonly added?: { readonly arms: readonly string[]; readonly seeds: readonly number[] }
}

export interface Contrast {
  readonly arm: string
  readonly baseline: string
}

export interface PlannedTrend {
  readonly name: string
  readonly arms: readonly { readonly arm: string; readonly level: number }[]
}

export interface CellResult {
  readonly arm: string
  readonly seed: number
  readonly state: 'finished' | 'missing' | 'failed'
  /** Null unless finished. */
  readonly endpoint: number | null
  /** The best so far, after so many hours. */
  readonly steps: readonly (readonly [hours: number, value: number])[]
  /** How long it trained; at least until its last step. */
  readonly hours?: number
}

export interface Grid {
  readonly plan: AnalysisPlan
  /** The cells of an arm, in the order of the seeds. */
  cellsOf(arm: string): readonly CellResult[]
}

export function gridOf(plan: AnalysisPlan, cells: readonly CellResult[]): Grid {
  const found = new Map<string, Map<number, CellResult>>()
  for (const cell of cells) {
    const own = found.get(cell.arm) ?? new Map<number, CellResult>()
    found.set(cell.arm, own.set(cell.seed, cell))
  }
  const missing = (arm: string, seed: number): CellResult => ({
    arm,
    seed,
    state: 'missing',
    endpoint: null,
    steps: [],
  })
  const known = new Map<string, readonly CellResult[]>()
  return {
    plan,
    cellsOf(arm) {
      const row = known.get(arm) ?? plan.seeds.map((seed) => found.get(arm)?.get(seed) ?? missing(arm, seed))
      known.set(arm, row)
      return row
    },
  }
}

/**
 * The endpoint with its sign turned where greater is better, so that smaller is better. Infinity without a finished
 * run.
 */
export function loss({ direction }: AnalysisPlan, { state, endpoint }: CellResult): number {
  if (state === 'failed' || endpoint === null) return Infinity
  return direction === 'minimize' ? endpoint : -endpoint
}

export function finishedIn(cells: readonly CellResult[]): number[] {
  return cells.flatMap(({ state, endpoint }) => (state === 'finished' && endpoint !== null ? [endpoint] : []))
}

/** The two arms of a contrast on one seed: smaller is better, Infinity where the run failed. */
export type Pair = readonly [own: number, other: number]

/** In the order of the seeds; undefined where one of the two has not ended. */
export function pairsOf(grid: Grid, { arm, baseline }: Contrast): (Pair | undefined)[] {
  const others = grid.cellsOf(baseline)
  return grid.cellsOf(arm).map((own, i) => {
    const other = others[i]!
    if (own.state === 'missing' || other.state === 'missing') return undefined
    return [loss(grid.plan, own), loss(grid.plan, other)]
  })
}

export function isFinished(pair: Pair | undefined): pair is Pair {
  return pair !== undefined && pair[0] < Infinity && pair[1] < Infinity
}
