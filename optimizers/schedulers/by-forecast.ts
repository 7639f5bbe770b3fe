/**
 * Stopping by forecast: a trial stops when it is unlikely to end among the best tenth of those that ended. The
 * threshold is not the very best value, which is the luckiest one: a trial that nearly reaches it should be measured
 * well.
 */
import type { Forecast } from '../contract.js'
import { type Decision, type Direction, GO, latest, type Report, type StudyReports } from './contract.js'
import { chanceBelow, type Finished, forecast } from './forecast.js'

export interface ForecastOptions {
  readonly rule: 'forecast'
  /** A trial stops when its probability to reach the threshold is below this. */
  readonly chance: number
  /** Trials that must have reported at the step and gone on. */
  readonly startupTrials: number
  /** No trial stops up to this step. */
  readonly warmupSteps: number
}

export interface ForecastEvidence {
  /** Of the trial, at this report. */
  readonly forecast: Forecast | undefined
  /** The last value of the best tenth; undefined where the trial is about to end, or the best tenth were all pruned. */
  readonly threshold: number | undefined
}

/** The share of the trials that ended which counts as good. */
export const GOOD_SHARE = 0.1

export function isForecastDue({ warmupSteps }: ForecastOptions, { step }: Report): boolean {
  return step > warmupSteps
}

/** Undefined where fewer than `least` trials that reported at this step went on. */
export function forecastFrom(
  finished: readonly Finished[],
  { value }: Report,
  least: number,
): Forecast | undefined {
  return finished.length < least ? undefined : forecast(finished, value)
}

export function decideByForecast(
  { chance }: ForecastOptions,
  direction: Direction,
  { step }: Report,
  { forecast, threshold }: ForecastEvidence,
): Decision {
  if (forecast === undefined || threshold === undefined) return GO
  const below = chanceBelow(forecast, threshold)
  const own = direction === 'minimize' ? below : 1 - below
  return own < chance ? { decision: 'stop', rule: 'forecast', step, threshold, chance: own } : GO
}

/**
 * Other trials that reported at the step and went on: to their end, or to a later step at which their final value was
 * forecast. Latest first.
 */
export function finishedFrom(study: StudyReports, { number, step }: Report): Finished[] {
  const found = study.flatMap((trial) => {
    const report = trial.reports.find((one) => one.step === step)
    const { forecast, step: last = 0 } = trial.foreseen ?? {}
    const wentOn = trial.state === 'complete' || (forecast !== undefined && last > step)
    const final = forecast?.mean ?? trial.value
    if (trial.number === number || !report || !wentOn || final === undefined) return []
    return [{ number: trial.number, reported: report.value, final, sd: forecast?.sd ?? 0 }]
  })
  return latest(found).map(({ number: _, ...finished }) => finished)
}

/**
 * The last value of the best tenth of the latest trials that ended. Pruned trials count as ended, and as none of the
 * best. Undefined where no trial has reported at a later step: then the trial is about to end, and stopping it saves
 * nothing.
 */
export function thresholdFrom(study: StudyReports, direction: Direction, step: number): number | undefined {
  if (!study.some(({ reports }) => reports.some((report) => report.step > step))) return undefined
  const ended = latest(study.filter(({ state }) => state === 'complete' || state === 'pruned'))
  const sign = direction === 'minimize' ? 1 : -1
  const values = ended.flatMap(({ state, value }) =>
    state === 'complete' && value !== undefined ? [value] : [],
  )
  values.sort((a, b) => sign * (a - b))
  return values[Math.max(0, Math.ceil(GOOD_SHARE * ended.length) - 1)]
}
