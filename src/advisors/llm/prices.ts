/**
 * Prices of tokens: a dated table, which an operator can extend or override by a file of the same form
 * (CHIRON_LLM_PRICES).
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Tokens } from '../../domain/advice.js'
import { Fault } from '../../faults.js'
import builtIn from './prices.json' with { type: 'json' }

const dollarsPerMillion = z.number().min(0)
/** In dollars for a million tokens. */
export const priceSchema = z.strictObject({
  input: dollarsPerMillion,
  cacheWrite: dollarsPerMillion,
  cacheRead: dollarsPerMillion,
  output: dollarsPerMillion,
})
const priceTableSchema = z.object({ models: z.record(z.string(), priceSchema) })

export type Prices = z.output<typeof priceTableSchema>['models']
export type Price = Prices[string]

export async function readPrices(file: string | undefined): Promise<Prices> {
  const own = file === undefined ? {} : await readTable(file)
  return { ...priceTableSchema.parse(builtIn).models, ...own }
}

async function readTable(file: string): Promise<Prices> {
  const read = await readFile(file, 'utf8')
    .then((text) => priceTableSchema.safeParse(JSON.parse(text)))
    .catch((error: Error) => ({ success: false, error }) as const)
  if (read.success) return read.data.models
  throw new Fault(
    'invalid_request',
    `CHIRON_LLM_PRICES ${file} cannot be used: ${read.error.message.replace(/\s+/g, ' ')}`,
  )
}

/** A model name with a date has the price of the name without it. Null if the model has no price. */
export function priceOf(prices: Prices, model: string): Price | null {
  return prices[model] ?? prices[model.replace(/-\d{8}$/, '')] ?? null
}

export function dollarsOf(price: Price, tokens: Tokens): number {
  const kinds = ['input', 'cacheWrite', 'cacheRead', 'output'] as const
  return kinds.reduce((sum, kind) => sum + tokens[kind] * price[kind], 0) / 1e6
}
