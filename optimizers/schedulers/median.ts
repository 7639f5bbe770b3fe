/**
 * Median stopping (Golovin et al. 2017, Vizier §3.2): a trial stops when the best value it has reported so far is
 * worse than the median of what complete trials reported at the same step.
 */
import {
  type Decision,
  type Direction,
  GO,
  isWorse,
  latest,
  type Report,
  type StudyReports,
} from './contract.js'

export interface MedianOptions {
  readonly rule: 'median'
  /** Complete trials that must have reported at the step. */
  readonly startupTrials: number
  /** No trial stops up to this step. */
  readonly warmupSteps: number
}

export interface MedianEvidence {
  /** The best value of the trial's own reports up to the step. */
  readonly own: number
  /**
   * How many complete trials reported at the step, among the latest `MOST_COMPARED`, and the median of these reports.
   */
  readonly others: number
  readonly median: number | null
}

export function isMedianDue({ warmupSteps }: MedianOptions, { step }: Report): boolean {
  return step > warmupSteps
}

export function decideByMedian(
  { startupTrials }: MedianOptions,
  direction: Direction,
  { step }: Report,
  { own, others, median }: MedianEvidence,
): Decision {
  if (others < startupTrials || median === null || !isWorse(own, median, direction)) return GO
  return { decision: 'stop', rule: 'median', step, threshold: median }
}

export function medianEvidence(
  study: StudyReports,
  direction: Direction,
  { number, step }: Report,
): MedianEvidence {
  const ownReports = study.find((trial) => trial.number === number)?.reports ?? []
  const soFar = ownReports.filter((report) => report.step <= step).map(({ value }) => value)
  const complete = study.filter((trial) => trial.number !== number && trial.state === 'complete')
  const atStep = complete.flatMap((trial) => {
    const report = trial.reports.find((one) => one.step === step)
    return report ? [{ number: trial.number, value: report.value }] : []
  })
  const values = latest(atStep).map(({ value }) => value)
  const own = direction === 'minimize' ? Math.min(...soFar) : Math.max(...soFar)
  return { own, others: values.length, median: medianOf(values) }
}

/** Interpolated as SQL's percentile_cont does it. */
function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = 0.5 * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]]
  if (low === undefined || high === undefined) return null
  return low + (middle - Math.floor(middle)) * (high - low)
}
