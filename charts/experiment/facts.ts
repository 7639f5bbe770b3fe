/** What the figures of an experiment are drawn from: parts of what the API answers about it. */
import type { Chart } from '../xy.js'

export interface ExperimentFacts {
  readonly name: string
  readonly arms: readonly { readonly name: string; readonly added?: boolean; readonly model?: string }[]
  readonly seeds: readonly number[]
  readonly baseline: string | null
  readonly cells: readonly CellFacts[]
}

export interface CellFacts {
  readonly arm: string
  readonly seed: number
  readonly state: string
  readonly endpoint?: number
  readonly best?: number
  readonly trials: number
  readonly trainSeconds: number
  readonly endpointSeconds?: number
  readonly dollars: number
  readonly oomRate: number | null
  readonly llmCalls?: number
  readonly endedAt?: string
}

export interface ArmFacts {
  readonly name: string
  readonly n: number
  readonly mean: number | null
  readonly sd: number | null
  readonly low: number | null
  readonly high: number | null
  readonly missing: number
  readonly failed: number
  readonly added?: boolean
}

export interface ContrastFacts {
  readonly arm: string
  readonly baseline: string
  readonly n: number
  readonly difference: number | null
  readonly low: number | null
  readonly high: number | null
  readonly p: number | null
  readonly adjusted: number | null
  readonly eValue: number | null
  readonly improvement: number | null
  readonly verdict: string
  readonly final: boolean
  readonly added?: boolean
}

export interface TrendFacts {
  readonly name: string
  readonly arms: readonly { readonly arm: string; readonly level: number }[]
  readonly n: number
  readonly p: number | null
}

export interface LevelFacts {
  readonly value: number
  readonly what: string
  readonly arms: readonly {
    readonly name: string
    readonly reached: number
    readonly of: number
    readonly medianHours: number | null
    readonly steps: readonly (readonly number[])[]
  }[]
}

export interface AnalysisFacts {
  readonly metric: string
  readonly direction: 'minimize' | 'maximize'
  readonly arms: readonly ArmFacts[]
  readonly contrasts: readonly ContrastFacts[]
  readonly trends: readonly TrendFacts[]
  readonly anytime: readonly {
    readonly arm: string
    readonly n: number
    readonly points: readonly (readonly (number | null)[])[]
  }[]
  readonly hoursTo: readonly LevelFacts[]
}

/** A figure of an experiment: the same on its page and in its report. */
export interface ExperimentFigure {
  /** In the address of its file. */
  readonly name: string
  readonly title: string
  /** What it answers, and what one must know to read it. */
  readonly question: string
  /** `hidden`: labels of the legend that are left out. */
  build(width: number, hidden?: ReadonlySet<string>): Chart
  csv(): (string | number | null)[][]
  /** Whether labels of its legend can be hidden. */
  readonly canHide?: boolean
}
