/** What the service answers, as the page reads it. The words are those of the API's reference (/docs). */
import type { AnalysisFacts } from '../../charts/experiment/facts.js'

export type Value = number | string | boolean
export type Params = Readonly<Record<string, Value>>
export type StudyState = 'active' | 'paused' | 'finished'
export type Direction = 'minimize' | 'maximize'

export interface ParameterSpec {
  readonly type: 'float' | 'int' | 'categorical' | 'ordinal' | 'bool' | 'fixed'
  readonly low?: number
  readonly high?: number
  readonly log?: boolean
  readonly values?: readonly Value[]
  readonly choices?: readonly Value[]
  readonly [more: string]: unknown
}

export interface SpaceSpec {
  readonly parameters: Readonly<Record<string, ParameterSpec>>
  readonly [more: string]: unknown
}

export interface Method {
  readonly optimizer?: { readonly kind: string; readonly [option: string]: unknown }
  readonly agent?: { readonly model: string; readonly [option: string]: unknown }
  readonly advisor?: { readonly kind: string; readonly model?: string; readonly [option: string]: unknown }
  readonly preflight?: string
  readonly chosen?: string
}

export interface Budget {
  readonly trials?: number
  readonly trainSeconds?: number
  readonly trialSeconds?: number
  readonly wallSeconds?: number
  readonly llmCalls?: number
  readonly llmTokens?: number
  readonly llmUsd?: number
}

export interface Study {
  readonly id: string
  readonly name: string
  readonly description?: string
  readonly note?: string
  readonly tags?: readonly string[]
  readonly space: string | SpaceSpec
  readonly objective: { readonly metric: string; readonly direction: Direction; readonly noise?: number }
  readonly method: string | Method
  readonly trainer?: string
  readonly parallel: number
  readonly budget: Budget
  readonly seed: number
  readonly pruning?: { readonly rule: string; readonly [more: string]: unknown }
  readonly state: StudyState
  readonly reason?: string
  readonly trials: Readonly<Record<string, number>>
  readonly best?: { readonly number: number; readonly value: number }
  readonly createdAt: string
  readonly updatedAt: string
}

export interface Tally {
  readonly trials: number
  readonly complete: number
  readonly pruned: number
  readonly failed: Readonly<Record<string, number>>
  readonly oomRate: number | null
}

export interface AdviceSummary {
  readonly kind: string
  readonly model?: string
  readonly as: 'override' | 'prior' | 'both'
  readonly policy: string
  readonly target: number
  readonly realised: number | null
  readonly turns: number
  readonly taken: number
  readonly fallbacks: Readonly<Record<string, number>>
  readonly fallbackRate: number | null
  readonly duplicateRate: number | null
  readonly calls?: number
  readonly tokens?: { readonly total: number; readonly input: number; readonly output: number }
  readonly dollars?: number
  readonly unpriced?: number
  readonly limit?: string
  readonly warnings: readonly string[]
  readonly beliefs?: { readonly held?: Beliefs; readonly asked: number; readonly given: number }
}

export interface Beliefs {
  readonly parameters: Readonly<
    Record<string, { readonly centre: Value; readonly spread?: number; readonly confidence: number }>
  >
}

export interface Summary {
  readonly study: string
  readonly state: StudyState
  readonly reason?: string
  readonly trials: Readonly<Record<string, number>>
  readonly failures: Readonly<Record<string, number>>
  readonly sources: Readonly<Record<string, Tally>>
  readonly budget: Budget & {
    readonly trialsUsed: number
    readonly trainSecondsUsed: number
    readonly trainSecondsReserved: number
  }
  readonly oomRate: { readonly all: number | null; readonly last50: number | null }
  readonly preflightRefusals: number
  readonly lostAttempts: number
  readonly repaired: number
  readonly duplicates: number
  readonly duplicateRate: number | null
  readonly imported: number
  readonly advisor?: AdviceSummary
  readonly incumbent?: { readonly number: number; readonly value: number }
  readonly recommended?: {
    readonly number?: number
    readonly params: Params
    readonly mean: number
    readonly sd: number
  }
  readonly confirmed?: readonly {
    readonly number: number
    readonly observed: number
    readonly runs: number
    readonly mean: number | null
    readonly low: number | null
    readonly high: number | null
  }[]
}

export interface Step {
  readonly number: number
  readonly value: number
  readonly trials: number
  readonly trainSeconds: number
  readonly wallSeconds: number
  readonly dollars: number
  readonly withinNoise: boolean | null
}

export interface Progress {
  readonly study: string
  readonly seq: number
  readonly metric: string
  readonly direction: Direction
  readonly noise: number | null
  /** What the study has spent by now: where the lines end. */
  readonly now: Pick<Step, 'trials' | 'trainSeconds' | 'wallSeconds' | 'dollars'>
  readonly series: readonly {
    readonly source: string | null
    readonly trials: number
    readonly steps: readonly Step[]
    readonly thinned?: boolean
  }[]
}

export interface OverviewStudy {
  readonly id: string
  readonly name: string
  readonly seq: number
  readonly state: StudyState
  readonly reason?: string
  readonly description?: string
  readonly note?: string
  readonly tags: readonly string[]
  readonly metric: string
  readonly direction: Direction
  readonly optimizer: string
  readonly advisor?: string
  readonly trainer?: string
  readonly trials: Readonly<Record<string, number>>
  readonly best?: { readonly number: number; readonly value: number; readonly noise: number | null }
  readonly spark: readonly (readonly [trials: number, value: number])[]
  readonly budget: Budget & {
    readonly trialsUsed: number
    readonly trainSecondsUsed: number
    readonly used: number | null
  }
  readonly oomRate: { readonly all: number | null; readonly last50: number | null }
  readonly dollars: number
  readonly llmCalls: number
  readonly workers: number
  readonly createdAt: string
  readonly updatedAt: string
}

export type WireColumn =
  | { readonly type: 'number' | 'time'; readonly values: readonly (number | null)[] }
  | {
      readonly type: 'category'
      readonly categories: readonly Value[]
      readonly codes: readonly number[]
      readonly ordered?: true
    }

export interface Columns {
  readonly study: string
  readonly id: string
  readonly seq: number
  readonly count: number
  readonly columns: Readonly<Record<string, WireColumn>>
  readonly nextCursor?: string
}

export interface Proposal {
  readonly source: string
  readonly requested?: string
  readonly reason?: string
  readonly note?: string
  readonly optimizerParams?: Params
  readonly confirms?: number
  readonly refused?: number
  readonly duplicateOf?: number
  readonly origin?: { readonly study: string; readonly number: number }
  readonly repairs?: readonly Repair[]
  readonly [more: string]: unknown
}

export interface Repair {
  readonly parameter: string
  readonly from: Value | null
  readonly to: Value | null
  readonly rule: string
  readonly because?: string
}

export interface Trial {
  readonly number: number
  readonly state: string
  readonly failure?: string
  readonly params: Params
  readonly value?: number
  readonly proposal: Proposal
  readonly attempt: number
  readonly worker?: string
  readonly metrics?: Readonly<Record<string, Value>>
  readonly trainSeconds?: number
  readonly peakMemoryMb?: number
  readonly tokensPerSecond?: number
  readonly message?: string
  readonly foreseen?: {
    readonly step: number
    readonly forecast?: { readonly mean: number; readonly sd: number }
  }
  readonly note?: string
  readonly tags?: readonly string[]
  readonly createdAt: string
  readonly settledAt?: string
}

export interface TrialDetail extends Trial {
  readonly attempts: readonly {
    readonly attempt: number
    readonly worker: string
    readonly state: string
    readonly leasedAt: string
    readonly endedAt?: string
  }[]
  readonly reports: readonly { readonly step: number; readonly value: number }[]
}

export interface LlmCall {
  readonly number: number
  readonly call: number
  readonly purpose: 'configuration' | 'beliefs'
  readonly provider: string
  readonly model: string
  readonly prompt: string
  readonly request: unknown
  readonly answer: string | null
  readonly thinking: string | null
  readonly outcome: string
  readonly message: string | null
  readonly tokens: {
    readonly input: number
    readonly cacheRead: number
    readonly cacheWrite: number
    readonly output: number
  }
  readonly dollars: number | null
  readonly latencyMs: number
  readonly at: string
}

export interface Inquiry {
  readonly number: number
  readonly ended: number
  readonly source: string
  readonly state: string
  readonly beliefs: Beliefs | null
  readonly note: string | null
  readonly reason: string | null
  readonly at: string
}

export interface Importances {
  readonly seq: number
  readonly status: 'shown' | 'weak' | 'too_few'
  readonly reason?: string
  readonly trials: number
  readonly of: number
  readonly sampled: boolean
  readonly r2: number | null
  readonly total: Readonly<Record<string, number>>
  readonly local: Readonly<Record<string, number>>
  readonly recommended?: { readonly number: number; readonly params: Params }
}

interface Expected {
  readonly mean: number
  readonly sd: number
}

export interface AdviceExpectations {
  readonly status: 'shown' | 'weak' | 'too_few'
  readonly reason?: string
  readonly advised: readonly {
    readonly number: number
    readonly source: string
    readonly value: number | null
    readonly advice: Expected
    readonly own: Expected
  }[]
}

export interface ProgramEntry {
  readonly hash: string
  readonly parent: string | null
  readonly number: number
  readonly description: string
  readonly category: string
  readonly linesChanged: number
  readonly status: 'pending' | 'kept' | 'discarded' | 'crashed'
  readonly because: string | null
  readonly value: number | null
}

export interface ProgramDiff {
  readonly from: string | null
  readonly to: string
  readonly diff: string
}

interface Estimate {
  readonly value: number | null
  readonly interval: readonly [number, number] | null
}

interface Share extends Estimate {
  readonly of: number
  readonly count: number
}

export interface AgentBehaviour {
  readonly n: number
  readonly categories: Readonly<Record<string, number>>
  readonly breadth: number
  readonly entropyBits: Estimate
  readonly success: Share
  readonly keepRate: Share
  readonly crashRate: Share
  readonly skipRate: Share
  readonly pivots: Share
  readonly repeats: { readonly programs: Share; readonly patches: Share; readonly descriptions: Share }
  readonly dryStreaks: readonly number[]
  readonly meanDryStreak: Estimate
}

export interface CanaryRun {
  readonly at: string
  readonly devices: string
  readonly speed: number
  readonly drift: number
}

export interface SurfaceAxis {
  readonly name: string
  readonly values: readonly Value[]
  readonly log: boolean
}

export interface Surface {
  readonly status: 'shown' | 'weak' | 'too_few'
  readonly reason?: string
  readonly r2: number | null
  readonly at: Params
  readonly number?: number
  readonly x: SurfaceAxis
  readonly y?: SurfaceAxis
  readonly mean: readonly number[]
  readonly sd: readonly number[]
}

export type CellState = 'waiting' | 'running' | 'measuring' | 'finished' | 'failed' | 'stopped'

export interface Cell {
  readonly arm: string
  readonly seed: number
  readonly study: string
  readonly state: CellState
  readonly reason?: string
  readonly added?: boolean
  readonly endpoint?: number
  readonly best?: number
  readonly trials: number
  readonly trainSeconds: number
  readonly endpointSeconds?: number
  readonly dollars: number
  readonly oomRate: number | null
  readonly llmCalls?: number
  readonly advised?: number | null
  readonly endedAt?: string
}

export interface ExperimentSummary {
  readonly id: string
  readonly name: string
  readonly description?: string
  readonly state: string
  readonly reason?: string
  readonly digest: string
  readonly arms: readonly string[]
  readonly seeds: number
  readonly progress: ExperimentProgress
  readonly createdAt: string
  readonly updatedAt: string
}

export interface ExperimentProgress {
  readonly cells: number
  readonly running: number
  readonly finished: number
  readonly failed: number
  readonly share: number
  readonly etaSeconds?: number
}

export interface Experiment extends Omit<ExperimentSummary, 'arms' | 'seeds'> {
  readonly arms: readonly {
    readonly name: string
    readonly description?: string
    readonly method: string | Method
    readonly model?: string
    readonly added?: boolean
  }[]
  readonly seeds: readonly number[]
  readonly baseline: string | null
  readonly endpoint: { readonly of: string; readonly repetitions?: number }
  readonly looks: readonly number[]
  readonly alpha: number
  readonly test: string
  readonly alternative: string
  readonly additions: readonly {
    readonly at: string
    readonly arms: readonly string[]
    readonly seeds: readonly number[]
  }[]
  readonly cells: readonly Cell[]
  readonly plan: PlanOutlook
}

export interface PlanOutlook {
  readonly canShow: boolean
  readonly leastP?: number
  readonly leastAdjusted?: number
  readonly seedsNeeded?: number
  readonly power?: readonly { readonly effect: number; readonly power: number; readonly seeds: number }[]
  readonly summary: string
  readonly warnings: readonly string[]
}

/** What POST /experiments answers with dryRun. */
export interface DryRun {
  readonly arms: readonly string[]
  readonly seeds: readonly number[]
  readonly plan: PlanOutlook
  readonly estimate: {
    readonly cells: number
    readonly trials: number | null
    readonly gpuHours: number | null
    readonly dollars: number | null
    readonly wallHours: number | null
    readonly notes: readonly string[]
  }
}

export interface Analysis extends AnalysisFacts {
  readonly looks: {
    readonly planned: readonly number[]
    readonly reached: number | null
    readonly alphaSpent: readonly number[]
  }
  readonly correlation: {
    readonly pairs: number
    readonly mean: number | null
    readonly low: number | null
    readonly high: number | null
  } | null
  readonly notes: readonly string[]
}

export interface BehaviourEstimate {
  readonly value: number | null
  readonly interval: readonly [number, number] | null
}

export interface ExperimentBehaviour {
  readonly arms: readonly {
    readonly arm: string
    readonly figures: Readonly<Record<string, BehaviourEstimate>>
  }[]
  readonly hypotheses: readonly {
    readonly figure: string
    readonly arm: string
    readonly baseline: string
    readonly alternative: string
    readonly pairs: number
    readonly difference: number | null
    readonly p: number | null
    readonly adjusted: number | null
  }[]
}
