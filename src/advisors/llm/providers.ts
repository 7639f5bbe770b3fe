/** The providers that the operator has given keys for, what their models cost, and how they fare. */
import { Fault } from '../../faults.js'
import type { LlmSpec } from '../../model/advisor.js'
import { MODEL, type StudyMethod } from '../../model/methods.js'
import type { Budget } from '../../model/spec.js'
import { anthropic } from './anthropic.js'
import { Breaker } from './breaker.js'
import { Lengths } from './length.js'
import { OPENAI, openaiCompatible } from './openai.js'
import { type Price, type Prices, priceOf, readPrices } from './prices.js'
import type { Provider } from './provider.js'
import { storable } from './storable.js'

/** What the environment says of them (config.ts). */
export interface Keys {
  readonly anthropicKey?: string
  readonly anthropicUrl?: string
  readonly openaiKey?: string
  readonly openaiUrl?: string
  readonly model?: string
  readonly prices?: string
}

export interface Line {
  readonly provider: Provider
  readonly breaker: Breaker
  readonly lengths: Lengths
}

export class Providers {
  private constructor(
    private readonly lines: ReadonlyMap<string, Line>,
    private readonly prices: Prices,
    private readonly secrets: readonly string[],
    /** Whom a preset asks that names none; null where nobody is at hand. */
    readonly modelAtHand: string | null,
  ) {}

  static async open(config: Keys): Promise<Providers> {
    const { anthropicKey, anthropicUrl, openaiKey, openaiUrl } = config
    const lines = new Map<string, Line>()
    const add = (name: string, provider: Provider) =>
      lines.set(name, { provider, breaker: new Breaker(), lengths: new Lengths() })
    if (anthropicKey !== undefined) add('anthropic', anthropic(anthropicKey, anthropicUrl))
    if (openaiKey !== undefined || openaiUrl !== undefined)
      add('openai-compatible', openaiCompatible(openaiUrl ?? OPENAI, openaiKey))
    const secrets = [anthropicKey, openaiKey].filter((key) => key !== undefined)
    const model = config.model ?? (lines.has('anthropic') ? MODEL : null)
    if (model !== null && !lines.has(named(model).provider))
      throw new Fault('invalid_request', `CHIRON_LLM_MODEL is ${model}: ${REMEDIES[named(model).provider]}`)
    return new Providers(lines, await readPrices(config.prices), secrets, model)
  }

  /** Undefined: the operator has given no key for it. */
  lineOf(model: string): Line | undefined {
    return this.lines.get(named(model).provider)
  }

  priceOf(model: string): Price | null {
    return priceOf(this.prices, model)
  }

  /** A provider may quote in an error what it was sent; nothing that is stored may hold a key. */
  storable(text: string): string {
    return storable(text, this.secrets)
  }
}

/** Of provider:model. */
export function named(model: string): { readonly provider: string; readonly model: string } {
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
  if (providers.lineOf(model) === undefined) {
    const { provider } = named(model)
    refuse(
      'method.advisor.model',
      `this service has no key for ${provider}: ${REMEDIES[provider]}, or advise by expert (method centaur-expert)`,
    )
  }
}

/** So is a limit of dollars that nobody could count, then and later. */
export function checkDollars(providers: Providers, { advisor }: StudyMethod, { llmUsd }: Budget): void {
  if (advisor?.kind !== 'llm' || llmUsd === undefined || providers.priceOf(advisor.model) !== null) return
  refuse('budget.llmUsd', `${advisor.model} has no price: add it to CHIRON_LLM_PRICES, or limit llmTokens`)
}

function refuse(path: string, message: string): never {
  throw new Fault('invalid_options', `${path}: ${message}`, { errors: [{ path, message }] })
}
