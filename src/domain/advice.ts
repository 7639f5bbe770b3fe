/** Counters of a study's advisor: its turns, fallbacks, calls and costs. They are part of the study's counters. */
import type { CallOutcome } from './enums.js'

/** `unpromising`: the optimizer's model expects too little of what was answered. */
type NotOfCall = 'circuit_open' | 'limit' | 'nothing_known' | 'unpromising'

/** Why a trial on the advisor's turn runs the optimizer's proposal, or does not run. */
export type Fallback = Exclude<CallOutcome, 'answered'> | NotOfCall

export interface Tokens {
  /** Input tokens that were neither read from the provider's cache nor written to it. */
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite: number
  /** Output tokens, thinking included. */
  readonly output: number
}

export interface AdviceCounters {
  /** Trials that were the advisor's to propose. */
  readonly turns: number
  /** Turns whose trial runs the advisor's configuration. */
  readonly taken: number
  /** Those of the taken whose configuration had run before. */
  readonly repeats: number
  /** Turns whose trial does not run the advisor's configuration, by reason. */
  readonly fallbacks: Partial<Record<Fallback, number>>
  readonly calls: number
  readonly tokens: Tokens
  /** Cost of the calls whose model has a price. */
  readonly dollars: number
  /** Number of calls whose model has no price; absent if there are none. */
  readonly unpriced?: number
  /** Of an agent with several models: trials for which each was asked, and what its calls cost. */
  readonly models?: Readonly<Record<string, { readonly turns: number; readonly dollars: number }>>
  /** The largest cost of one call so far: the estimate for the next call. */
  readonly dearest: { readonly tokens: number; readonly dollars: number }
  readonly share: ShareState
  readonly inquiries: InquiryCounters
}

/** Counters of the questions for beliefs. */
export interface InquiryCounters {
  readonly asked: number
  readonly given: number
  readonly failures: Partial<Record<Fallback, number>>
  /** The trial before which the open question was asked; null if none is open. */
  readonly open: number | null
  /** The number of ended trials at which the advisor is asked next; null if it is not asked again. */
  readonly next: number | null
}

/** State of an adaptive share: recent yields of both sides, and the advisor's accumulated credit for its next turn. */
export interface ShareState {
  readonly credit: number
  readonly advisor: ShareYield
  readonly optimizer: ShareYield
}

/** Recent trials of one side, and how many of them improved the incumbent beyond noise. Older trials count less. */
export interface ShareYield {
  readonly wins: number
  readonly tries: number
}

export const NO_TOKENS: Tokens = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 }

/** All tokens of the request. */
export function inputTokens({ input, cacheRead, cacheWrite }: Tokens): number {
  return input + cacheRead + cacheWrite
}

/** All tokens of request and answer. */
export function totalTokens({ input, cacheRead, cacheWrite, output }: Tokens): number {
  return input + cacheRead + cacheWrite + output
}

export const NO_ADVICE: AdviceCounters = {
  turns: 0,
  taken: 0,
  repeats: 0,
  fallbacks: {},
  calls: 0,
  tokens: NO_TOKENS,
  dollars: 0,
  dearest: { tokens: 0, dollars: 0 },
  share: { credit: 0, advisor: { wins: 0, tries: 0 }, optimizer: { wins: 0, tries: 0 } },
  inquiries: { asked: 0, given: 0, failures: {}, open: null, next: 0 },
}
