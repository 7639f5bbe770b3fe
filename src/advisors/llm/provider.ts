/** The interface of a language-model provider: one request, one reply. Retries are made by the caller. */
import type { Params, Space } from '../../../search-spaces/index.js'
import type { Tokens } from '../../domain/advice.js'
import type { LlmSpec } from '../../domain/advisor.js'
import type { CallOutcome, CallPurpose } from '../../domain/enums.js'
import type { Limits } from '../../limits.js'

/** In which state of a search a question is asked: what a replay goes by. */
export interface PromptState {
  readonly question: CallPurpose
  /** The number of the trial. */
  readonly round: number
  readonly incumbent: Params | null
  readonly space: Space
}

export interface CompletionRequest extends Pick<LlmSpec, 'maxTokens' | 'thinking' | 'effort'> {
  readonly model: string
  /** The same for the whole study, so that the provider caches it; empty where the template has one message. */
  readonly system: string
  readonly user: string
  /** Null: the provider's default. */
  readonly temperature: number | null
  /** Null: an answer in free text. */
  readonly state: PromptState
  readonly schema: Readonly<Record<string, unknown>> | null
}

/** Where a provider is, and how it is told the key. */
export interface ProviderAddress {
  readonly url?: string
  readonly key?: string
  /** The header of the key, where it is not the usual one, and what stands before the key in it. */
  readonly header?: string
  readonly prefix?: string
  readonly query?: Readonly<Record<string, string>>
  /** How the longest answer is named in a request. */
  readonly longestAnswer?: 'max_tokens' | 'max_completion_tokens'
}

export type ModelListing =
  | { readonly ok: true; readonly models: readonly string[] }
  /** `status`: null where nothing answered. */
  | { readonly ok: false; readonly status: number | null; readonly message: string }

export type AnswerLimits = Pick<Limits, 'answerBytes'>

export interface Provider {
  /** The request body, exactly as it is sent and recorded. */
  body(wanted: CompletionRequest): object
  send(body: object, timeoutMs: number, cut: AbortSignal): Promise<Reply>
  /** The models that the server lists. */
  list?(timeoutMs: number): Promise<ModelListing>
  /** The length of the request in tokens; null where the provider does not answer. */
  count?(body: object, timeoutMs: number, cut: AbortSignal): Promise<number | null>
}

export interface CompletionAnswer {
  readonly text: string
  readonly thinking: string | null
  readonly tokens: Tokens
}

export type Reply = { readonly ok: true; readonly said: CompletionAnswer } | CompletionFailure

export interface CompletionFailure {
  readonly ok: false
  readonly outcome: Exclude<CallOutcome, 'answered'>
  readonly message: string
  /** Whether a retry may succeed. */
  readonly again: boolean
  /** The delay that the provider asks for. */
  readonly afterMs?: number
  /** Absent where the provider sent no answer; its cost is then unknown. */
  readonly said?: CompletionAnswer
}

export function failureByStatus(
  status: number,
  message: string,
  retryAfter: string | null,
): CompletionFailure {
  const wait = retryAfterMs(retryAfter)
  if (status === 429) return { ok: false, outcome: 'rate_limited', message, again: true, ...wait }
  if (status === 408) return { ok: false, outcome: 'timeout', message, again: true }
  const again = status >= 500
  return { ok: false, outcome: again ? 'server_error' : 'rejected', message, again, ...wait }
}

/** RFC 9110, §10.2.3: seconds from now, or a date. Any other value is ignored. */
function retryAfterMs(retryAfter: string | null): { readonly afterMs?: number } {
  if (retryAfter === null || retryAfter.trim() === '') return {}
  const seconds = Number(retryAfter)
  const afterMs = Number.isNaN(seconds) ? Date.parse(retryAfter) - Date.now() : seconds * 1000
  return Number.isFinite(afterMs) ? { afterMs: Math.max(0, afterMs) } : {}
}

export function failureByNetwork(outcome: 'timeout' | 'server_error', message: string): CompletionFailure {
  return { ok: false, outcome, message, again: true }
}

/** A second call would cost as much and probably answer as much. */
export function failureBySize(message: string): CompletionFailure {
  return { ok: false, outcome: 'rejected', message, again: false }
}

export function failureByAnswer(
  outcome: 'refusal' | 'truncated',
  message: string,
  said: CompletionAnswer,
): CompletionFailure {
  return { ok: false, outcome, message, again: false, said }
}
