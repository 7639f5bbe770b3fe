/** What a report of a study is made of. */
import type { BehaviourFacts, ProgramFacts } from '../../charts/agent/facts.js'
import type { ProgressStep } from '../../charts/progress.js'
import type { Throughput } from '../../charts/throughput.js'
import type { Params, Value } from '../../search-spaces/types.js'
import type { StudySpec } from '../domain/spec.js'

/** The trials in the order in which they ended, as columns. */
export interface ReportTrials {
  readonly number: number[]
  /** NaN where the trial has no value. */
  readonly value: number[]
  readonly source: string[]
  /** Complete, pruned, or how it failed. */
  readonly outcome: string[]
  readonly seconds: number[]
  /** For each parameter its value in each trial: of a category its place, and NaN where it is not active. */
  readonly params: ReadonlyMap<string, ReportParameter>
}

export interface ReportParameter {
  readonly values: number[]
  readonly categories?: readonly string[]
  readonly log: boolean
}

export interface BestTrial {
  readonly number: number
  readonly value: number
  readonly source: string
  readonly params: Params
}

export interface ReportData {
  readonly name: string
  readonly description?: string
  readonly note?: string
  readonly state: string
  readonly reason?: string
  readonly metric: string
  readonly direction: 'minimize' | 'maximize'
  readonly method: string
  readonly spec: StudySpec
  readonly digest: string
  readonly version: string
  /** The number of the last event that the report knows, and when that was. */
  readonly seq: number
  readonly at: string
  readonly createdAt: string
  readonly noise: number | null
  readonly trials: ReportTrials
  readonly steps: readonly ProgressStep[]
  /** Sources, most trials first. */
  readonly sources: readonly SourceRow[]
  readonly best: readonly BestTrial[]
  readonly recommended?: {
    readonly number?: number
    readonly params: Params
    readonly mean: number
    readonly sd: number
  }
  readonly confirmed: readonly {
    readonly number: number
    readonly runs: number
    readonly mean: number | null
    readonly low: number | null
    readonly high: number | null
  }[]
  readonly failures: readonly { readonly kind: string; readonly count: number; readonly example?: string }[]
  readonly importances: {
    readonly status: 'shown' | 'weak' | 'too_few'
    readonly reason?: string
    readonly r2: number | null
    readonly total: Readonly<Record<string, number>>
    readonly local: Readonly<Record<string, number>>
  }
  readonly advice?: AdviceFacts
  readonly agent?: AgentFacts
  /** How many trials ended per hour while so many ran at a time. */
  readonly throughput: readonly Throughput[]
  readonly prompts: readonly {
    readonly number: number
    readonly model: string
    readonly request: string
    readonly answer: string
  }[]
  /** Of the prompts, with their placeholders. */
  readonly templates: readonly { readonly name: string; readonly text: string }[]
}

/** Of a study whose agent edits programs. */
export interface AgentFacts {
  readonly behaviour: BehaviourFacts
  readonly programs: readonly ReportProgram[]
  /** The best program and the baseline; each of the other best ones and its parent. */
  readonly differences: readonly { readonly label: string; readonly diff: string }[]
}

export interface ReportProgram extends ProgramFacts {
  readonly hash: string
  readonly description: string
  readonly linesChanged: number
}

export interface SourceRow {
  readonly source: string
  readonly trials: number
  readonly complete: number
  readonly pruned: number
  readonly failed: number
  readonly oomRate: number | null
}

export interface AdviceFacts {
  readonly advisor: string
  readonly target: number
  readonly realised: number | null
  readonly turns: number
  readonly taken: number
  readonly fallbacks: Readonly<Record<string, number>>
  readonly calls?: number
  readonly tokens?: number
  readonly dollars?: number
}

export function shownValue(value: Value | undefined): string {
  return value === undefined
    ? '–'
    : typeof value === 'number'
      ? String(Number(value.toPrecision(7)))
      : String(value)
}
