/**
 * The counters behind the summary. Every transition updates them, so a summary never scans the trials. The functions
 * are pure: the same transitions in the same order give the same counters. The tests compare them with a recount of the
 * tables.
 */
import { type AdviceCounters, type Fallback, NO_ADVICE, type Tokens, totalTokens } from './advice.js'
import type { Failure, TrialState } from './enums.js'

export interface SourceTally {
  readonly trials: number
  readonly complete: number
  readonly pruned: number
  readonly failed: Partial<Record<Failure, number>>
}

export interface WarmStart {
  readonly study: string
  readonly trials: number
  readonly leftOut: number
  /** Left out: its trials were imported. */
  readonly as?: 'model'
}

export interface Counters {
  readonly states: Readonly<Record<TrialState, number>>
  readonly failures: Partial<Record<Failure, number>>
  readonly sources: Readonly<Record<string, SourceTally>>
  /** Trials that count towards the budget: all that were asked for and not cancelled. */
  readonly budgeted: number
  readonly trainSeconds: number
  readonly reservedSeconds: number
  /** The most train seconds that one trial was charged: the reservation for the next trial. */
  readonly longestSeconds: number
  readonly lostAttempts: number
  readonly duplicates: number
  readonly repaired: number
  readonly preflightRefusals: number
  readonly imported: number
  /** What earlier studies gave at creation: trials that were imported, as part of `imported`, or what a model learns from. */
  readonly warmStart?: readonly WarmStart[]
  /** Trials that the optimizer or the advisor proposed. The advisor's share is a share of these. */
  readonly proposed: number
  /** Trials that did not run because their advisor failed, but keep their place in the budget (`onFailure: skip`). */
  readonly skipped: number
  readonly advice: AdviceCounters
  /** One letter for each of the last 50 settled trials: c(omplete), p(runed), o(om), f(ailed otherwise). */
  readonly recent: string
}

export const NO_TRIALS: Counters = {
  states: { proposing: 0, ready: 0, running: 0, complete: 0, failed: 0, pruned: 0, cancelled: 0 },
  failures: {},
  sources: {},
  budgeted: 0,
  trainSeconds: 0,
  reservedSeconds: 0,
  longestSeconds: 0,
  lostAttempts: 0,
  duplicates: 0,
  repaired: 0,
  preflightRefusals: 0,
  imported: 0,
  proposed: 0,
  skipped: 0,
  advice: NO_ADVICE,
  recent: '',
}

const RECENT_TRIALS = 50

export function countTransition(counters: Counters, from: TrialState | null, to: TrialState): Counters {
  const states = { ...counters.states }
  if (from !== null) states[from]--
  states[to]++
  return { ...counters, states }
}

export function countOutcome(
  counters: Counters,
  source: string,
  end: TrialState,
  failure: Failure | null,
): Counters {
  const tally = counters.sources[source] ?? NO_TALLY
  const ended =
    failure === null
      ? { ...tally, [end]: tally[end as 'complete' | 'pruned'] + 1 }
      : withFailure(tally, failure, 1)
  return {
    ...counters,
    failures: failure === null ? counters.failures : addTo(counters.failures, failure, 1),
    sources: { ...counters.sources, [source]: ended },
    recent: (counters.recent + outcomeLetter(end, failure)).slice(-RECENT_TRIALS),
  }
}

/** Takes back the failure of a trial that was counted as lost and is told late. */
export function uncountLost(counters: Counters, source: string): Counters {
  const tally = counters.sources[source] ?? NO_TALLY
  return {
    ...counters,
    failures: addTo(counters.failures, 'lost', -1),
    sources: { ...counters.sources, [source]: withFailure(tally, 'lost', -1) },
  }
}

export function countProposal(counters: Counters, source: string): Counters {
  const tally = counters.sources[source] ?? NO_TALLY
  return { ...counters, sources: { ...counters.sources, [source]: { ...tally, trials: tally.trials + 1 } } }
}

/** Counts the result of an advisor's turn: its configuration is taken, or the reason why not. */
export function countAdvice(
  counters: Counters,
  result: { readonly taken: 1; readonly repeats: 0 | 1 } | { readonly fallback: Fallback },
): Counters {
  const { advice } = counters
  const { fallbacks } = advice
  const moved =
    'fallback' in result
      ? { fallbacks: { ...fallbacks, [result.fallback]: (fallbacks[result.fallback] ?? 0) + 1 } }
      : { taken: advice.taken + 1, repeats: advice.repeats + result.repeats }
  return { ...counters, advice: { ...advice, ...moved } }
}

/**
 * Counts a question for beliefs before trial `number`. `next`: the number of ended trials at which the next one is due.
 */
export function countInquiry(counters: Counters, number: number, next: number | null): Counters {
  const { inquiries } = counters.advice
  return withInquiries(counters, { ...inquiries, asked: inquiries.asked + 1, open: number, next })
}

export function countBeliefs(counters: Counters): Counters {
  const { inquiries } = counters.advice
  return withInquiries(counters, { ...inquiries, given: inquiries.given + 1, open: null })
}

/** Counts a question without beliefs. `next`: the number of ended trials at which the next one is due. */
export function countUnanswered(counters: Counters, reason: Fallback, next: number): Counters {
  const { inquiries } = counters.advice
  const failures = { ...inquiries.failures, [reason]: (inquiries.failures[reason] ?? 0) + 1 }
  return withInquiries(counters, { ...inquiries, failures, open: null, next })
}

function withInquiries(counters: Counters, inquiries: AdviceCounters['inquiries']): Counters {
  return { ...counters, advice: { ...counters.advice, inquiries } }
}

/** How many trials have ended with an outcome. */
export function endedTrials({ states }: Counters): number {
  return states.complete + states.failed + states.pruned
}

/** A share of a count; null instead of a division by zero. */
export function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

/**
 * Counts a call of a language model, whatever its outcome. `price` is its cost in dollars; null where it is not known.
 */
/** Counts a turn of one of an agent's models, or the dollars of its call. */
export function countModel(counters: Counters, model: string, turns: number, dollars: number): Counters {
  const { advice } = counters
  const before = advice.models?.[model] ?? { turns: 0, dollars: 0 }
  const after = { turns: before.turns + turns, dollars: before.dollars + dollars }
  return { ...counters, advice: { ...advice, models: { ...advice.models, [model]: after } } }
}

export function countCall(counters: Counters, tokens: Tokens, price: number | null): Counters {
  const { advice } = counters
  const dollars = price ?? 0
  const { tokens: before, dearest } = advice
  return {
    ...counters,
    advice: {
      ...advice,
      calls: advice.calls + 1,
      tokens: {
        input: before.input + tokens.input,
        cacheRead: before.cacheRead + tokens.cacheRead,
        cacheWrite: before.cacheWrite + tokens.cacheWrite,
        output: before.output + tokens.output,
      },
      dollars: advice.dollars + dollars,
      ...(price === null && { unpriced: (advice.unpriced ?? 0) + 1 }),
      dearest: {
        tokens: Math.max(dearest.tokens, totalTokens(tokens)),
        dollars: Math.max(dearest.dollars, dollars),
      },
    },
  }
}

const NO_TALLY: SourceTally = { trials: 0, complete: 0, pruned: 0, failed: {} }

function withFailure(tally: SourceTally, failure: Failure, by: number): SourceTally {
  return { ...tally, failed: addTo(tally.failed, failure, by) }
}

function addTo(
  counts: Partial<Record<Failure, number>>,
  failure: Failure,
  by: number,
): Partial<Record<Failure, number>> {
  return { ...counts, [failure]: (counts[failure] ?? 0) + by }
}

/** How many of the last settled trials have this letter. */
export function countRecent({ recent }: Counters, letter: string): number {
  return recent.split(letter).length - 1
}

function outcomeLetter(end: TrialState, failure: Failure | null): string {
  return failure === null ? end[0]! : failure === 'oom' ? 'o' : 'f'
}
