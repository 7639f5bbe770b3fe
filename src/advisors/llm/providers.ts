/** The configured providers, with the prices of their models and the state of their circuit breakers. */
import { MODEL, type StudyMethod } from '../../domain/methods.js'
import type { Budget } from '../../domain/spec.js'
import { storableText } from '../../domain/storable-text.js'
import { Fault } from '../../faults.js'
import type { Limits } from '../../limits.js'
import { anthropicProvider } from './anthropic.js'
import { CircuitBreaker } from './circuit-breaker.js'
import { OPENAI_URL, openaiCompatible } from './openai-compatible.js'
import { type Price, type Prices, priceOf, readPrices } from './prices.js'
import { TokenEstimates } from './prompt-length.js'
import type { Provider } from './provider.js'
import { redactor } from './redaction.js'

/** The part of the configuration that is about language models (config.ts). */
export interface ProviderKeys {
  readonly anthropicKey?: string
  readonly anthropicUrl?: string
  readonly openaiKey?: string
  readonly openaiUrl?: string
  readonly model?: string
  readonly prices?: string
}

type ProviderLimits = Pick<Limits, 'answerBytes' | 'keyCharacters'>

export interface ModelEndpoint {
  readonly provider: Provider
  readonly breaker: CircuitBreaker
  readonly lengths: TokenEstimates
}

export class Providers {
  private constructor(
    private readonly endpoints: ReadonlyMap<string, ModelEndpoint>,
    private readonly prices: Prices,
    private readonly withoutKeys: (text: string) => string,
    /** The model that the preset `chiron` asks; null where the service has no key for one. */
    readonly modelAtHand: string | null,
  ) {}

  static async open(config: ProviderKeys, limits: ProviderLimits): Promise<Providers> {
    const { anthropicKey, anthropicUrl, openaiKey, openaiUrl } = config
    const endpoints = new Map<string, ModelEndpoint>()
    const add = (name: string, provider: Provider) =>
      endpoints.set(name, { provider, breaker: new CircuitBreaker(), lengths: new TokenEstimates() })
    if (anthropicKey !== undefined) add('anthropic', anthropicProvider(anthropicKey, anthropicUrl, limits))
    if (openaiKey !== undefined || openaiUrl !== undefined)
      add('openai-compatible', openaiCompatible(openaiUrl ?? OPENAI_URL, openaiKey, limits))
    const secrets = [anthropicKey, openaiKey].filter((key) => key !== undefined)
    const model = config.model ?? (endpoints.has('anthropic') ? MODEL : null)
    if (model !== null && !endpoints.has(parseModelName(model).provider))
      throw new Fault(
        'invalid_request',
        `CHIRON_LLM_MODEL is ${model}: ${REMEDIES[parseModelName(model).provider]}`,
      )
    const withoutKeys = redactor(secrets, limits.keyCharacters)
    return new Providers(endpoints, await readPrices(config.prices), withoutKeys, model)
  }

  /** Undefined where the operator has set no key for the model's provider. */
  endpointOf(model: string): ModelEndpoint | undefined {
    return this.endpoints.get(parseModelName(model).provider)
  }

  priceOf(model: string): Price | null {
    return priceOf(this.prices, model)
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
    refuseModel(
      path,
      `this service has no key for ${provider}: ${REMEDIES[provider]}${method.agent ? '' : ', or use the advisor expert (method centaur-expert)'}`,
    )
  }
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
