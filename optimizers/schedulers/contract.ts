/**
 * What a scheduler is: a rule that decides, at a report of a running trial, whether the trial goes on.
 *
 * A rule is a pure function of its options, the report, and what it needs to know of the other trials (its evidence). A
 * service may read the evidence from a database; `evidence` functions take it from the reports of a whole study
 * instead, so that decisions can be replayed (replay.ts). Both must agree: the functions say what a query has to
 * give.
 */
import type { Forecast } from '../contract.js'

export type Direction = 'minimize' | 'maximize'

/** What a trial said of itself on its way. */
export interface Report {
  readonly number: number
  readonly step: number
  readonly value: number
}

/**
 * `stop` names the rule, the step, and the value that the trial would have had to reach: by that step, or
 * (`forecast`) in the end. A rule that gives a trial a larger budget would add a decision `promote`.
 */
export type Decision = Go | StopByComparison | StopByForecast | StopNotFinite

export interface Go {
  readonly decision: 'go'
}

export interface StopByComparison {
  readonly decision: 'stop'
  readonly rule: 'median' | 'halving'
  readonly step: number
  readonly threshold: number
}

export interface StopByForecast {
  readonly decision: 'stop'
  readonly rule: 'forecast'
  readonly step: number
  readonly threshold: number
  /** The probability that the trial would have reached the threshold. */
  readonly chance: number
}

/** A report that is no finite number stops a trial under every rule. */
export interface StopNotFinite {
  readonly decision: 'stop'
  readonly rule: 'not_finite'
  readonly step: number
}

export const GO: Go = { decision: 'go' }

/** Rules compare with so many of the latest trials, so that a report stays cheap in a long study. */
export const MOST_COMPARED = 1000

/** The reports of a study, and how its trials ended. */
export type StudyReports = readonly TrialReports[]

export interface TrialReports {
  readonly number: number
  readonly state: 'running' | 'complete' | 'pruned' | 'failed'
  /** By step, ascending. */
  readonly reports: readonly { readonly step: number; readonly value: number }[]
  /** What it ended with, if complete. */
  readonly value?: number
  /** If pruned: its last step, and what it would have ended with, as it was forecast then. */
  readonly foreseen?: { readonly step: number; readonly forecast?: Forecast }
}

export function isWorse(value: number, than: number, direction: Direction): boolean {
  return direction === 'minimize' ? value > than : value < than
}

/** The latest `MOST_COMPARED` of some trials, latest first. */
export function latest<T extends { readonly number: number }>(trials: readonly T[]): T[] {
  return [...trials].sort((a, b) => b.number - a.number).slice(0, MOST_COMPARED)
}
