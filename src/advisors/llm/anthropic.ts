/** The Anthropic provider. The SDK makes no retries, because the service counts and prices each attempt itself. */
import Anthropic from '@anthropic-ai/sdk'
import type { Message, MessageCreateParamsNonStreaming } from '@anthropic-ai/sdk/resources/messages'
import {
  type AnswerLimits,
  type CompletionAnswer,
  type CompletionRequest,
  failureByAnswer,
  failureByNetwork,
  failureBySize,
  failureByStatus,
  type ModelListing,
  type Provider,
  type ProviderAddress,
  type Reply,
} from './provider.js'
import { AnswerTooLarge, fetchWithin } from './provider-fetch.js'

export function anthropicProvider(
  { url: baseURL, key, header, prefix = '', query }: ProviderAddress,
  { answerBytes }: AnswerLimits,
): Provider {
  const client = new Anthropic({
    apiKey: header === undefined ? (key ?? null) : null,
    ...(header && key && { defaultHeaders: { [header]: `${prefix}${key}` } }),
    ...(query && { defaultQuery: { ...query } }),
    maxRetries: 0,
    fetch: fetchWithin(answerBytes),
    ...(baseURL && { baseURL }),
  })
  return {
    body: messageBody,
    send: (request, timeoutMs, signal) =>
      client.messages
        .create(request as MessageCreateParamsNonStreaming, { timeout: Math.ceil(timeoutMs), signal })
        .then(readMessage)
        .catch(failureOf),
    list: (timeoutMs) =>
      client.models
        .list({ limit: 1000 }, { timeout: timeoutMs })
        .then(({ data }): ModelListing => ({ ok: true, models: data.map(({ id }) => id) }))
        .catch(unlisted),
    count: (request, timeoutMs, signal) =>
      client.messages
        .countTokens(countableBody(request as ReturnType<typeof messageBody>), {
          timeout: Math.ceil(timeoutMs),
          signal,
        })
        .then(({ input_tokens }) => input_tokens)
        .catch(() => null),
  }
}

/** The parts of a request that the token-counting endpoint accepts. */
function countableBody({ model, thinking, system, messages, output_config }: ReturnType<typeof messageBody>) {
  return { model, thinking, ...(system && { system }), messages, output_config }
}

/**
 * The answer is parsed in answer.ts, because `messages.parse` loses the usage of an answer that violates the schema.
 */
function messageBody({
  model,
  system,
  user,
  schema,
  maxTokens,
  thinking,
  effort,
  temperature,
}: CompletionRequest) {
  return {
    model,
    max_tokens: maxTokens,
    thinking: thinkingOf(thinking),
    ...(temperature !== null && { temperature }),
    ...(system && { system: [{ type: 'text', text: system, cache_control: { type: 'ephemeral' } }] }),
    messages: [{ role: 'user', content: user }],
    ...((schema !== null || effort) && {
      output_config: {
        ...(schema !== null && { format: { type: 'json_schema', schema } }),
        ...(effort && { effort }),
      },
    }),
  } satisfies MessageCreateParamsNonStreaming
}

function thinkingOf(thinking: CompletionRequest['thinking']) {
  if (thinking === 'off') return { type: 'disabled' } as const
  if (thinking === 'adaptive') return { type: 'adaptive', display: 'summarized' } as const
  return { type: 'enabled', budget_tokens: thinking.budgetTokens, display: 'summarized' } as const
}

function readMessage(message: Message): Reply {
  const said = answerIn(message)
  const { stop_reason: why, stop_details: details } = message
  if (why === 'refusal')
    return failureByAnswer('refusal', details?.explanation ?? 'the model refused to answer', said)
  if (why === 'max_tokens')
    return failureByAnswer('truncated', 'the answer was cut off at maxTokens: raise maxTokens', said)
  if (why === 'model_context_window_exceeded')
    return failureByAnswer('truncated', 'the context window was full: lower contextTokens', said)
  return { ok: true, said }
}

function answerIn({ content, usage }: Message): CompletionAnswer {
  const thinking = content.flatMap((block) => (block.type === 'thinking' ? [block.thinking] : []))
  return {
    text: content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join(''),
    thinking: thinking.length > 0 ? thinking.join('\n') : null,
    tokens: {
      input: usage.input_tokens,
      cacheRead: usage.cache_read_input_tokens ?? 0,
      cacheWrite: usage.cache_creation_input_tokens ?? 0,
      output: usage.output_tokens,
    },
  }
}

function failureOf(error: unknown): Reply {
  if (error instanceof AnswerTooLarge) return failureBySize(error.message)
  if (error instanceof Anthropic.APIConnectionTimeoutError)
    return failureByNetwork('timeout', 'no answer in time')
  if (error instanceof Anthropic.APIUserAbortError)
    return failureByNetwork('timeout', 'the call was cancelled')
  if (error instanceof Anthropic.APIConnectionError)
    return failureByNetwork('server_error', `no connection: ${causeOf(error)}`)
  if (error instanceof Anthropic.APIError && error.status !== undefined) {
    return failureByStatus(error.status, error.message, error.headers?.get('retry-after') ?? null)
  }
  if (error instanceof Anthropic.AnthropicError)
    return { ok: false, outcome: 'rejected', message: causeOf(error), again: false }
  return failureByNetwork('server_error', `no readable answer: ${causeOf(error)}`)
}

function unlisted(error: unknown): ModelListing {
  const status = error instanceof Anthropic.APIError ? (error.status ?? null) : null
  return { ok: false, status, message: causeOf(error).slice(0, 200) }
}

function causeOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message : message
}
