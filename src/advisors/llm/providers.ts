/** The providers that the operator has given keys for, what their models cost, and how they fare. */

import type { LlmSpec } from '../../domain/advisor.js'
import { MODEL, type StudyMethod } from '../../domain/methods.js'
import type { Budget } from '../../domain/spec.js'
import { storableText } from '../../domain/storable-text.js'
import { Fault } from '../../faults.js'
import { anthropicProvider } from './anthropic.js'
import { CircuitBreaker } from './circuit-breaker.js'
import { OPENAI_URL, openaiCompatible } from './openai-compatible.js'
import { type Price, type Prices, priceOf, readPrices } from './prices.js'
import { TokenEstimates } from './prompt-length.js'
import type { Provider } from './provider.js'

/** What the environment says of them (config.ts). */
export interface ProviderKeys {
  readonly anthropicKey?: string
  readonly anthropicUrl?: string
  readonly openaiKey?: string
  readonly openaiUrl?: string
  readonly model?: string
  readonly prices?: string
}

export interface ModelEndpoint {
  readonly provider: Provider
  readonly breaker: CircuitBreaker
  readonly lengths: TokenEstimates
}

export class Providers {
  private constructor(
    private readonly lines: ReadonlyMap<string, ModelEndpoint>,
    private readonly prices: Prices,
    private readonly secrets: readonly string[],
    /** Whom a preset asks that names none; null where nobody is at hand. */
    readonly modelAtHand: string | null,
  ) {}

  static async open(config: ProviderKeys): Promise<Providers> {
    const { anthropicKey, anthropicUrl, openaiKey, openaiUrl } = config
    const lines = new Map<string, ModelEndpoint>()
    const add = (name: string, provider: Provider) =>
      lines.set(name, { provider, breaker: new CircuitBreaker(), lengths: new TokenEstimates() })
    if (anthropicKey !== undefined) add('anthropic', anthropicProvider(anthropicKey, anthropicUrl))
    if (openaiKey !== undefined || openaiUrl !== undefined)
      add('openai-compatible', openaiCompatible(openaiUrl ?? OPENAI_URL, openaiKey))
    const secrets = [anthropicKey, openaiKey].filter((key) => key !== undefined)
    const model = config.model ?? (lines.has('anthropic') ? MODEL : null)
    if (model !== null && !lines.has(parseModelName(model).provider))
      throw new Fault(
        'invalid_request',
        `CHIRON_LLM_MODEL is ${model}: ${REMEDIES[parseModelName(model).provider]}`,
      )
    return new Providers(lines, await readPrices(config.prices), secrets, model)
  }

  /** Undefined: the operator has given no key for it. */
  endpointOf(model: string): ModelEndpoint | undefined {
    return this.lines.get(parseModelName(model).provider)
  }

  priceOf(model: string): Price | null {
    return priceOf(this.prices, model)
  }

  /** A provider may quote in an error what it was sent; nothing that is stored may hold a key. */
  redact(text: string): string {
    return storableText(text, this.secrets)
  }
}

/** Of provider:model. */
export function parseModelName(model: string): { readonly provider: string; readonly model: string } {
  const colon = model.indexOf(':')
  return { provider: model.slice(0, colon), model: model.slice(colon + 1) }
}

const REMEDIES: Readonly<Record<string, string>> = {
  anthropic: 'set ANTHROPIC_API_KEY',
  'openai-compatible': 'set OPENAI_BASE_URL, and OPENAI_API_KEY where it needs one',
}

/** A study whose advisor nobody could ask is refused when it is created. */
export function checkAdvisor(providers: Providers, { advisor }: StudyMethod): void {
  if (advisor?.kind !== 'llm') return
  const { model } = advisor satisfies LlmSpec
  if (providers.endpointOf(model) === undefined) {
    const { provider } = parseModelName(model)
    refuseModel(
      'method.advisor.model',
      `this service has no key for ${provider}: ${REMEDIES[provider]}, or advise by expert (method centaur-expert)`,
    )
  }
}

/** So is a limit of dollars that nobody could count, then and later. */
export function checkDollars(providers: Providers, { advisor }: StudyMethod, { llmUsd }: Budget): void {
  if (advisor?.kind !== 'llm' || llmUsd === undefined || providers.priceOf(advisor.model) !== null) return
  refuseModel(
    'budget.llmUsd',
    `${advisor.model} has no price: add it to CHIRON_LLM_PRICES, or limit llmTokens`,
  )
}

function refuseModel(path: string, message: string): never {
  throw new Fault('invalid_options', `${path}: ${message}`, { errors: [{ path, message }] })
}
