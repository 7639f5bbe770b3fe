/**
 * Asynchronous successive halving (Li et al. 2020, ASHA): rungs are at minStep · factorᵏ. At its first report on or
 * past a rung, a trial goes on only if it is among the best 1/factor of those that have reached the rung so far.
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

export interface HalvingOptions {
  readonly rule: 'halving'
  /** The first rung. */
  readonly minStep: number
  /** Each rung keeps one trial in so many, and is so many times higher. */
  readonly factor: number
}

/** The first report of each trial on or past the rung and below the next, of the latest `MOST_COMPARED` trials. */
export type HalvingEvidence = readonly Report[]

/** The highest rung up to a step; null below the first. */
export function rungAt({ minStep, factor }: HalvingOptions, step: number): number | null {
  if (step < minStep) return null
  let rung = minStep
  while (rung * factor <= step) rung *= factor
  return rung
}

export function decideByHalving(
  { factor }: HalvingOptions,
  direction: Direction,
  { number, step }: Report,
  arrived: HalvingEvidence,
): Decision {
  const own = arrived.find((report) => report.number === number)
  if (own === undefined || own.step !== step) return GO // it was judged at its first report of this rung
  const threshold = halvingThreshold(factor, direction, arrived)
  return threshold !== undefined && isWorse(own.value, threshold, direction)
    ? { decision: 'stop', rule: 'halving', step, threshold }
    : GO
}

/** The worst value that is kept; undefined where there are too few to compare with. */
export function halvingThreshold(
  factor: number,
  direction: Direction,
  arrived: HalvingEvidence,
): number | undefined {
  const kept = Math.floor(arrived.length / factor)
  if (kept < 1) return undefined
  const sign = direction === 'minimize' ? 1 : -1
  return sign * arrived.map((report) => sign * report.value).sort((a, b) => a - b)[kept - 1]!
}

export function halvingEvidence(
  study: StudyReports,
  { factor }: HalvingOptions,
  rung: number,
): HalvingEvidence {
  const arrived = study.flatMap(({ number, reports }) => {
    const first = reports.find(({ step }) => step >= rung && step < rung * factor)
    return first ? [{ number, step: first.step, value: first.value }] : []
  })
  return latest(arrived)
}
