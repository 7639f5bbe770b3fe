/**
 * Decides whether one more trial may begin. A turn asks before it begins a trial, so caps hold under any number of
 * workers.
 */
import { totalTokens } from './advice.js'
import type { Counters } from './counters.js'
import type { Budget } from './spec.js'

export type Allowance =
  | { readonly may: true; readonly reserveSeconds: number }
  /** `spent`: the budget is used up. `reserved`: running trials hold the rest, and may give some of it back. */
  | { readonly may: false; readonly why: 'spent' | 'reserved'; readonly message: string }

/** `isNew`: the trial is not counted yet. A queued or requeued trial already has its place in the budget. */
export function allowance(budget: Budget, counters: Counters, isNew: boolean): Allowance {
  if (isNew && !hasPlace(budget, counters)) {
    return {
      may: false,
      why: 'spent',
      message: `All ${budget.trials} trials of the budget have been given out`,
    }
  }
  return secondsAllowance(budget, counters)
}

/** Whether `trials` leaves a place for one more trial. */
export function hasPlace({ trials = Infinity }: Budget, { budgeted }: Counters): boolean {
  return budgeted < trials
}

function secondsAllowance(budget: Budget, counters: Counters): Allowance {
  const need = budget.trialSeconds ?? counters.longestSeconds
  const { trainSeconds: total } = budget
  if (total === undefined) return { may: true, reserveSeconds: need }
  const { trainSeconds: used, reservedSeconds: held } = counters
  if (used + held + need <= total && used + held < total) return { may: true, reserveSeconds: need }
  const parts = [`${roundToTenth(used)} of ${total} train seconds are used`]
  if (held > 0) parts.push(`${roundToTenth(held)} are held by running trials`)
  if (used + held < total) parts.push(`a trial may need ${roundToTenth(need)}`)
  const message = parts.join(', ')
  return { may: false, why: held > 0 ? 'reserved' : 'spent', message }
}

/** Why the study has ended: no trial runs and none may begin. Null while it has not. */
export function whySpent(budget: Budget, counters: Counters): string | null {
  if (counters.states.running > 0 || counters.states.proposing > 0) return null
  const allowed = allowance(budget, counters, counters.states.ready === 0)
  return allowed.may ? null : allowed.message
}

/** Why a study ended whose time by the clock is over; undefined where that is not limited. */
export function wallSecondsOver({ wallSeconds }: Budget): string | undefined {
  return wallSeconds === undefined ? undefined : `The ${wallSeconds} wall seconds of the budget are over`
}

/**
 * Whether a language model may be called `more` times, in addition to the open calls: null if so, else the limit that
 * forbids it. An open call is estimated to cost as much as the most expensive call so far.
 */
export function llmLimit(budget: Budget, { advice, states }: Counters, more: number): string | null {
  const { llmCalls, llmTokens, llmUsd } = budget
  const open = states.proposing + (advice.inquiries.open === null ? 0 : 1) + more
  if (llmCalls !== undefined && advice.calls + open > llmCalls) {
    return `${advice.calls} of ${llmCalls} calls of the language model are made`
  }
  const tokens = totalTokens(advice.tokens)
  if (llmTokens !== undefined && exceedsLimit(tokens, open * advice.dearest.tokens, llmTokens)) {
    return `${tokens} of ${llmTokens} tokens are used, and a call may take ${advice.dearest.tokens}`
  }
  if (llmUsd !== undefined && advice.unpriced) {
    return `${advice.unpriced} calls were of a model without a price: what they cost cannot be held to ${llmUsd} dollars`
  }
  if (llmUsd !== undefined && exceedsLimit(advice.dollars, open * advice.dearest.dollars, llmUsd)) {
    return `${advice.dollars.toFixed(4)} of ${llmUsd} dollars are spent, and a call may cost ${advice.dearest.dollars.toFixed(4)}`
  }
  return null
}

function exceedsLimit(used: number, expected: number, limit: number): boolean {
  return used >= limit || used + expected > limit
}

function roundToTenth(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
