/**
 * The provider for servers with OpenAI's chat completions API: vLLM, Ollama, Azure, Gemini's endpoint, OpenAI. It uses
 * plain fetch, because there is only one kind of request, and the request is recorded exactly as it was sent.
 */
import { z } from 'zod'
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

const tokenCount = z.number().int().min(0).nullish()

/** Only a message is required, because servers leave out different members. */
const completionSchema = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          reasoning: z.string().nullish(),
          reasoning_content: z.string().nullish(),
        }),
      }),
    )
    .min(1),
  usage: z
    .object({
      prompt_tokens: tokenCount,
      completion_tokens: tokenCount,
      prompt_tokens_details: z.object({ cached_tokens: tokenCount }).nullish(),
    })
    .nullish(),
})

export const OPENAI_URL = 'https://api.openai.com/v1'

export function openaiCompatible(
  { url: baseURL = OPENAI_URL, ...address }: ProviderAddress,
  { answerBytes }: AnswerLimits,
): Provider {
  const fetch = fetchWithin(answerBytes)
  const url = addressOf(baseURL, 'chat/completions', address.query)
  const headers = { 'content-type': 'application/json', ...keyHeader(address) }
  const longest = address.longestAnswer ?? (baseURL === OPENAI_URL ? 'max_completion_tokens' : 'max_tokens')
  /** Models whose server does not support response schemas. Their answers are parsed without one. */
  const schemaless = new Set<string>()
  return {
    body: (wanted) => completionBody(wanted, !schemaless.has(wanted.model), longest),
    list: (timeoutMs) => listModels(fetch, addressOf(baseURL, 'models', address.query), headers, timeoutMs),
    async send(request, timeoutMs, cut) {
      const signal = AbortSignal.any([cut, AbortSignal.timeout(Math.ceil(timeoutMs))])
      try {
        const answer = await fetch(url, {
          method: 'POST',
          headers,
          body: JSON.stringify(request),
          signal,
        })
        const text = await answer.text()
        if (answer.ok) return readCompletion(text)
        const { model, response_format } = request as ReturnType<typeof completionBody>
        const refusesSchema =
          answer.status === 400 && response_format !== undefined && SCHEMA_ERROR.test(text)
        if (refusesSchema) schemaless.add(model)
        const failure = failureByStatus(
          answer.status,
          `${answer.status} ${text.slice(0, 500)}`,
          answer.headers.get('retry-after'),
        )
        return { ...failure, again: failure.again || refusesSchema }
      } catch (error) {
        return failureOf(error as Error)
      }
    },
  }
}

function addressOf(baseURL: string, path: string, query: ProviderAddress['query'] = {}): string {
  const url = new URL(baseURL)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url.href
}

/** By itself `authorization: Bearer KEY`; in a header of another name the key stands alone. */
export function keyHeader({
  key,
  header = 'authorization',
  prefix,
}: ProviderAddress): Record<string, string> {
  if (key === undefined) return {}
  return { [header]: `${prefix ?? (header.toLowerCase() === 'authorization' ? 'Bearer ' : '')}${key}` }
}

const listingSchema = z.object({ data: z.array(z.object({ id: z.string() })) })

async function listModels(
  fetch: typeof globalThis.fetch,
  url: string,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<ModelListing> {
  try {
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) })
    const { status } = answer
    const text = await answer.text()
    if (!answer.ok) return { ok: false, status, message: text.slice(0, 200) }
    const listed = listingSchema.safeParse(parseCompletion(text))
    if (!listed.success) return { ok: false, status: 404, message: 'what it lists has no `data` of models' }
    return { ok: true, models: listed.data.data.map(({ id }) => id) }
  } catch (error) {
    const { message } = failureOf(error as Error) as { message: string }
    return { ok: false, status: null, message }
  }
}

const SCHEMA_ERROR = /response_format|json_schema|structured|guided/i

function completionBody(
  { model, system, user, schema, maxTokens, effort, temperature }: CompletionRequest,
  strict: boolean,
  longest: NonNullable<ProviderAddress['longestAnswer']>,
) {
  return {
    model,
    messages: [...(system ? [{ role: 'system', content: system }] : []), { role: 'user', content: user }],
    [longest]: maxTokens,
    ...(effort && { reasoning_effort: effort }),
    ...(temperature !== null && { temperature }),
    ...(strict &&
      schema !== null && {
        response_format: { type: 'json_schema', json_schema: { name: 'suggestion', strict: true, schema } },
      }),
  }
}

function readCompletion(text: string): Reply {
  const found = completionSchema.safeParse(parseCompletion(text))
  if (!found.success)
    return failureByNetwork('server_error', `the answer is no chat completion: ${text.slice(0, 500)}`)
  const { choices, usage } = found.data
  const { message, finish_reason: why } = choices[0]!
  const cached = usage?.prompt_tokens_details?.cached_tokens ?? 0
  const said: CompletionAnswer = {
    text: message.content ?? '',
    thinking: message.reasoning_content ?? message.reasoning ?? null,
    tokens: {
      input: Math.max(0, (usage?.prompt_tokens ?? 0) - cached),
      cacheRead: cached,
      cacheWrite: 0,
      output: usage?.completion_tokens ?? 0,
    },
  }
  if (message.refusal) return failureByAnswer('refusal', message.refusal, said)
  if (why === 'content_filter') return failureByAnswer('refusal', 'the answer was filtered', said)
  if (why === 'length')
    return failureByAnswer('truncated', 'the answer was cut off at maxTokens: raise maxTokens', said)
  return { ok: true, said }
}

function parseCompletion(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function failureOf(error: Error): Reply {
  const { name, message, cause } = error
  if (error instanceof AnswerTooLarge) return failureBySize(message)
  if (name === 'TimeoutError') return failureByNetwork('timeout', 'no answer in time')
  if (name === 'AbortError') return failureByNetwork('timeout', 'the call was cancelled')
  return failureByNetwork(
    'server_error',
    `no connection: ${cause instanceof Error ? cause.message : message}`,
  )
}
