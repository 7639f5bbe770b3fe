/** The configured providers, with the prices of their models and the state of their circuit breakers. */
import { MODEL, type StudyMethod } from '../../domain/methods.js'
import type { Budget } from '../../domain/spec.js'
import { storableText } from '../../domain/storable-text.js'
import { Fault } from '../../faults.js'
import type { Limits } from '../../limits.js'
import { anthropicProvider } from './anthropic.js'
import { CallPace, type PaceLimits } from './call-pace.js'
import { CircuitBreaker } from './circuit-breaker.js'
import { contextLength, type EndpointSpecs, openEndpoint, readEndpoints } from './endpoints.js'
import { openaiCompatible } from './openai-compatible.js'
import { type Price, type Prices, priceOf, readPrices } from './prices.js'
import { TokenEstimates } from './prompt-length.js'
import type { Provider } from './provider.js'
import { redactor } from './redaction.js'
import { isReplay, REPLAY, type Recordings, readRecordings, replayProvider } from './replay.js'

/** The part of the configuration that is about language models (config.ts). */
export interface ProviderKeys {
  readonly anthropicKey?: string
  readonly anthropicUrl?: string
  readonly openaiKey?: string
  readonly openaiUrl?: string
  readonly model?: string
  readonly prices?: string
  readonly endpoints?: string
  readonly replays?: string
  readonly variable?: (name: string) => string | undefined
}

type ProviderLimits = Pick<Limits, 'answerBytes' | 'keyCharacters'>

export interface ModelEndpoint {
  readonly provider: Provider
  readonly breaker: CircuitBreaker
  readonly lengths: TokenEstimates
  readonly pace: CallPace
}

/** What decides how long a request may be. */
interface RequestRoom {
  readonly model: string
  readonly contextTokens: number
  readonly maxTokens: number
}

export class Providers {
  private constructor(
    private readonly endpoints: ReadonlyMap<string, ModelEndpoint>,
    private readonly prices: Prices,
    private readonly named: EndpointSpecs,
    private readonly recordings: Recordings,
    private readonly withoutKeys: (text: string) => string,
    /** The model that the preset `chiron` asks; null where the service has no key for one. */
    readonly modelAtHand: string | null,
  ) {}

  static async open(config: ProviderKeys, limits: ProviderLimits): Promise<Providers> {
    const { anthropicKey, anthropicUrl, openaiKey, openaiUrl, variable = () => undefined } = config
    const named = await readEndpoints(config.endpoints)
    const endpoints = new Map<string, ModelEndpoint>()
    const add = (name: string, provider: Provider, pace: PaceLimits = {}) =>
      endpoints.set(name, {
        provider,
        breaker: new CircuitBreaker(),
        lengths: new TokenEstimates(),
        pace: new CallPace(pace),
      })
    if (anthropicKey !== undefined)
      add('anthropic', anthropicProvider({ url: anthropicUrl, key: anthropicKey }, limits))
    if (openaiKey !== undefined || openaiUrl !== undefined)
      add('openai-compatible', openaiCompatible({ url: openaiUrl, key: openaiKey }, limits))
    const keys = Object.entries(named).map(([name, spec]) => {
      const key = spec.key && variable(spec.key.variable)
      if (spec.key === undefined || key !== undefined) add(name, openEndpoint(spec, key, limits), spec)
      return key
    })
    const recordings = await readRecordings(config.replays)
    add(REPLAY, replayProvider(recordings))
    const secrets = [anthropicKey, openaiKey, ...keys].filter((key) => key !== undefined)
    const prices = { ...(await readPrices(config.prices)), ...pricesOf(named) }
    const model = config.model ?? (endpoints.has('anthropic') ? MODEL : null)
    const providers = new Providers(
      endpoints,
      prices,
      named,
      recordings,
      redactor(secrets, limits.keyCharacters),
      model,
    )
    if (model !== null && providers.endpointOf(model) === undefined)
      throw new Fault('invalid_request', `CHIRON_LLM_MODEL is ${model}: ${providers.remedyFor(model)}`)
    return providers
  }

  /** Undefined where the operator has set no key for the model's provider. */
  endpointOf(model: string): ModelEndpoint | undefined {
    const { provider, model: name } = parseModelName(model)
    if (provider === REPLAY && !Object.hasOwn(this.recordings, name)) return undefined
    return this.endpoints.get(provider)
  }

  priceOf(model: string): Price | null {
    return isReplay(model) ? NO_PRICE : priceOf(this.prices, model)
  }

  /** The longest request: of an endpoint with a context length what the longest answer leaves of it. */
  longestRequest({ model, contextTokens, maxTokens }: RequestRoom): number {
    const named = parseModelName(model)
    const spec = Object.hasOwn(this.named, named.provider) ? this.named[named.provider]! : undefined
    const length = spec === undefined ? null : contextLength(spec, named.model)
    return length === null ? contextTokens : Math.min(contextTokens, length - maxTokens)
  }

  /** What an operator does so that this service can ask the model. */
  remedyFor(model: string): string {
    const { provider, model: name } = parseModelName(model)
    if (provider === REPLAY)
      return `add a recording ${name} to the file of CHIRON_REPLAYS (${listOf(this.recordings)})`
    const spec = Object.hasOwn(this.named, provider) ? this.named[provider]! : undefined
    if (spec !== undefined) return `set ${spec.key!.variable}`
    if (Object.hasOwn(REMEDIES, provider)) return REMEDIES[provider]!
    return `add an endpoint ${provider} to the file of CHIRON_ENDPOINTS (${listOf(this.named)})`
  }

  /** Removes keys from a text before it is stored, because a provider may quote the request in an error. */
  redact(text: string): string {
    return storableText(this.withoutKeys(text))
  }
}

/** Splits `provider:model`. */
export function parseModelName(model: string): { readonly provider: string; readonly model: string } {
  const colon = model.indexOf(':')
  return { provider: model.slice(0, colon), model: model.slice(colon + 1) }
}

const REMEDIES: Readonly<Record<string, string>> = {
  anthropic: 'set ANTHROPIC_API_KEY',
  'openai-compatible': 'set OPENAI_BASE_URL, and OPENAI_API_KEY where it needs one',
}

/** Refuses a study at creation if the service has no key for its advisor's model. */
export function checkAdvisor(providers: Providers, method: StudyMethod): void {
  for (const { path, model } of modelsOf(method)) {
    if (providers.endpointOf(model) !== undefined) continue
    const { provider } = parseModelName(model)
    const lacks = provider === REPLAY ? 'recording of that name' : `key for ${provider}`
    refuseModel(
      path,
      `this service has no ${lacks}: ${providers.remedyFor(model)}${method.agent ? '' : ', or use the advisor expert (method centaur-expert)'}`,
    )
  }
  const asked = method.advisor?.kind === 'llm' ? method.advisor : method.agent
  for (const { model } of modelsOf(method))
    checkRoom(providers, { ...asked!, model }, method.agent ? 'agent' : 'advisor')
}

function checkRoom(providers: Providers, asked: RequestRoom, member: string): void {
  const room = providers.longestRequest(asked)
  if (room < SHORTEST_REQUEST)
    refuseModel(
      `method.${member}.maxTokens`,
      `an answer of ${asked.maxTokens} tokens leaves ${Math.max(0, room)} of the context of ${asked.model} for the request: lower maxTokens`,
    )
}

/** Fewer tokens hold no prompt. */
const SHORTEST_REQUEST = 256

/** Nobody is asked, so nothing is paid. */
const NO_PRICE: Price = { input: 0, cacheWrite: 0, cacheRead: 0, output: 0 }

function listOf(named: object): string {
  const names = Object.keys(named)
  return names.length === 0 ? 'it names none' : `it has ${names.join(', ')}`
}

function pricesOf(named: EndpointSpecs): Prices {
  const each = Object.entries(named).flatMap(([name, { models }]) =>
    Object.entries(models).flatMap(([model, { price }]) => {
      if (price === undefined) return []
      const { date: _, source: __, ...dollars } = price
      return [[`${name}:${model}`, dollars] as const]
    }),
  )
  return Object.fromEntries(each)
}

/** Refuses a limit in dollars for a model without a price, because its cost cannot be counted. */
export function checkDollars(providers: Providers, method: StudyMethod, { llmUsd }: Budget): void {
  if (llmUsd === undefined) return
  for (const { model } of modelsOf(method))
    if (providers.priceOf(model) === null)
      refuseModel('budget.llmUsd', `${model} has no price: add it to CHIRON_LLM_PRICES, or limit llmTokens`)
}

/** The models that a method asks, each with its place in the spec. */
function modelsOf({ advisor, agent }: StudyMethod): { readonly path: string; readonly model: string }[] {
  if (advisor?.kind === 'llm') return [{ path: 'method.advisor.model', model: advisor.model }]
  const one = agent?.model === undefined ? [] : [{ path: 'method.agent.model', model: agent.model }]
  const several = agent?.models ?? []
  return [...one, ...several.map((model, i) => ({ path: `method.agent.models.${i}`, model }))]
}

function refuseModel(path: string, message: string): never {
  throw new Fault('invalid_options', `${path}: ${message}`, { errors: [{ path, message }] })
}
