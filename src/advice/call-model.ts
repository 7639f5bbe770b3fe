/** One call of a language model: the prompt, the request, and what the reply amounts to. It stores nothing. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { dollarsOf } from '../advisors/llm/prices.js'
import type { Prompt } from '../advisors/llm/prompt.js'
import { fittingPrompt } from '../advisors/llm/prompt-length.js'
import type { CompletionFailure, Reply } from '../advisors/llm/provider.js'
import { type ModelEndpoint, type Providers, parseModelName } from '../advisors/llm/providers.js'
import { inputTokens, NO_TOKENS } from '../domain/advice.js'
import type { Ask } from '../domain/dialogue.js'
import type { CallSettings } from '../trials/commands/consultation-step.js'
import { failedVerdict, type ModelCall, type Verdict } from '../trials/commands/model-call.js'

/** The wait before the second call; it doubles with each further call, give or take half of it. */
const BACKOFF_MS = 500
const LONGEST_BACKOFF_MS = 20_000
/** Counting a prompt's tokens may take no longer than this: an estimate serves nearly as well. */
const COUNT_MS = 5000

export interface CallResult {
  /** Null where no call was made. */
  readonly call: ModelCall | null
  readonly verdict: Verdict
  /** How long to wait before the next call. */
  readonly afterMs: number
}

export interface CallLimits {
  /** Which call this is for the same trial or question, from 1. */
  readonly made: number
  /** When the advice is due, by performance.now(). */
  readonly until: number
  readonly stopping: AbortSignal
}

export async function callModel(
  providers: Providers,
  given: CallSettings,
  ask: Ask,
  limits: CallLimits,
): Promise<CallResult> {
  const settings = { ...given, contextTokens: providers.longestRequest(given) }
  const { model, contextTokens, maxTokens } = settings
  const { until, stopping } = limits
  const endpoint = providers.endpointOf(model)
  if (endpoint === undefined) return withoutCall('rejected', `this service has no key for ${model}`)
  const prompt = await fittingPrompt(settings, ask, endpoint.lengths, (prompt) =>
    countTokens(endpoint, requestBody(settings, ask, endpoint, prompt), limits),
  )
  if (prompt === null) {
    const message = `without any history the prompt is longer than contextTokens, ${contextTokens}`
    return withoutCall('limit', message)
  }
  const held = await keepPace(endpoint, prompt.tokens + maxTokens, limits)
  if (held !== null) return held
  if (!endpoint.breaker.enter())
    return withoutCall('circuit_open', 'its provider has failed several times in a row')
  const body = requestBody(settings, ask, endpoint, prompt)
  const began = performance.now()
  const reply = await endpoint.provider.send(body, Math.max(1, until - began), stopping)
  endpoint.breaker.leave(isHealthy(reply))
  if (reply.said) endpoint.lengths.learn(model, prompt, inputTokens(reply.said.tokens))
  const call = callRecord(providers, settings, ask, prompt, body, reply, performance.now() - began)
  return { call, ...verdictOf(providers, settings, reply, limits) }
}

/** Waits until the endpoint's limits for a minute have room. Null: the call may begin. */
async function keepPace(
  { pace }: ModelEndpoint,
  tokens: number,
  { until, stopping }: CallLimits,
): Promise<CallResult | null> {
  const refusal = pace.refusal(tokens)
  if (refusal !== null)
    return withoutCall('limit', `the request has ${refusal}: lower contextTokens or maxTokens`)
  const at = pace.reserve(tokens, until)
  if (at === null)
    return withoutCall(
      'rate_limited',
      'the limits of its endpoint for a minute leave it less than half of the time before the deadline',
    )
  await sleep(Math.max(0, at - performance.now()), undefined, { signal: stopping }).catch(() => {})
  const stopped = { kind: 'again', outcome: 'timeout', message: 'the server ends' } as const
  return stopping.aborted ? { call: null, verdict: stopped, afterMs: 0 } : null
}

function withoutCall(
  reason: 'circuit_open' | 'limit' | 'rate_limited' | 'rejected',
  message: string,
): CallResult {
  return { call: null, verdict: failedVerdict(reason, message), afterMs: 0 }
}

function requestBody(
  { state, ...settings }: CallSettings,
  { schema, purpose }: Ask,
  { provider }: ModelEndpoint,
  prompt: Prompt,
): object {
  return provider.body({
    ...settings,
    ...prompt,
    model: parseModelName(settings.model).model,
    schema,
    state: { ...state, question: purpose },
  })
}

/** Null where the provider does not count, or rests after failures. */
function countTokens(
  { provider, breaker }: ModelEndpoint,
  body: object,
  { until, stopping }: CallLimits,
): Promise<number | null> {
  if (!provider.count || !breaker.isClosed) return Promise.resolve(null)
  const timeoutMs = Math.max(1, Math.min(COUNT_MS, until - performance.now()))
  return provider.count(body, timeoutMs, stopping)
}

/** The provider works, whatever it answered. Time-outs, server errors and too many requests say that it does not. */
function isHealthy(reply: Reply): boolean {
  return reply.ok || !['timeout', 'rate_limited', 'server_error'].includes(reply.outcome)
}

function verdictOf(
  providers: Providers,
  { maxCalls }: CallSettings,
  reply: Reply,
  { made, until, stopping }: CallLimits,
): Pick<CallResult, 'verdict' | 'afterMs'> {
  if (reply.ok) return { verdict: { kind: 'said', text: reply.said.text }, afterMs: 0 }
  const { outcome, message } = reply
  const clean = providers.redact(message)
  const afterMs = backoff(made, reply)
  const mayTry = reply.again && made < maxCalls && performance.now() + afterMs < until
  // A call that the end of this server cut off is made again by the server that takes over.
  const again = mayTry || stopping.aborted
  return {
    verdict: again ? { kind: 'again', outcome, message: clean } : failedVerdict(outcome, clean),
    afterMs,
  }
}

function backoff(made: number, { afterMs = 0 }: CompletionFailure): number {
  const wait = Math.min(LONGEST_BACKOFF_MS, BACKOFF_MS * 2 ** (made - 1))
  return Math.max(afterMs, wait * (0.5 + Math.random()))
}

/** What is stored of the call: request and answer without secrets, tokens, dollars, latency. */
function callRecord(
  providers: Providers,
  { model }: CallSettings,
  { purpose }: Ask,
  { name }: Prompt,
  request: object,
  reply: Reply,
  latencyMs: number,
): ModelCall {
  const { text = null, thinking = null, tokens = NO_TOKENS } = reply.said ?? {}
  const price = providers.priceOf(model)
  const clean = (said: string | null) => said && providers.redact(said)
  return {
    key: randomUUID(),
    purpose,
    provider: parseModelName(model).provider,
    model: parseModelName(model).model,
    prompt: name,
    request: JSON.parse(providers.redact(JSON.stringify(request))),
    answer: clean(text),
    thinking: clean(thinking),
    tokens,
    dollars: price && dollarsOf(price, tokens),
    latency_ms: Math.round(latencyMs),
  }
}
