/** What the advisor of a study did so far: part of its counters, and moved by the same transitions. */
import type { CallOutcome } from './enums.js'

/** Why a trial that was the advisor's to propose runs the optimizer's own point, or nothing. */
export type Fallback = Exclude<CallOutcome, 'answered'> | 'circuit_open' | 'limit' | 'nothing_known'

export interface Tokens {
  /** Neither read from the provider's cache nor written to it. */
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite: number
  /** What was thought included. */
  readonly output: number
}

export interface AdviceCounters {
  /** Trials that were the advisor's to propose. */
  readonly turns: number
  /** … and run what it proposed. */
  readonly taken: number
  /** … of which so many had run before. */
  readonly repeats: number
  /** … and do not, by reason. */
  readonly fallbacks: Partial<Record<Fallback, number>>
  readonly calls: number
  readonly tokens: Tokens
  /** Of the models that have a price. */
  readonly dollars: number
  /** Calls of a model that had none; absent where all had. */
  readonly unpriced?: number
  /** The most that one call took: what the next one is taken to need. */
  readonly dearest: { readonly tokens: number; readonly dollars: number }
  readonly share: ShareState
  readonly inquiries: InquiryCounters
}

/** How often its advisor was asked what it believes, and what came of that. */
export interface InquiryCounters {
  readonly asked: number
  readonly given: number
  readonly failures: Partial<Record<Fallback, number>>
  /** The trial before which it was asked and has not answered yet. */
  readonly open: number | null
  /** Trials that have ended when it is asked next; null: not again. */
  readonly next: number | null
}

/** Of the adaptive share: what either side has earned lately, and what the advisor has saved up for its next turn. */
export interface ShareState {
  readonly credit: number
  readonly advisor: ShareYield
  readonly optimizer: ShareYield
}

/** Trials lately, and those among them that bettered the incumbent beyond noise: older ones count less. */
export interface ShareYield {
  readonly wins: number
  readonly tries: number
}

export const NO_TOKENS: Tokens = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 }

/** Of what was sent. */
export function inputTokens({ input, cacheRead, cacheWrite }: Tokens): number {
  return input + cacheRead + cacheWrite
}

/** All kinds together. */
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
