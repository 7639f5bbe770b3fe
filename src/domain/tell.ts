/** The tell of a worker, and the stored settlement that it results in. */
import { z } from 'zod'
import { type Failure, OUTCOMES } from './enums.js'
import { paramsSchema, tokenSchema } from './spec.js'

const notFinite = z.enum(['NaN', 'Infinity', '-Infinity'])
/** The upper bound keeps sums finite. */
const boundedAmount = z.number().min(0).max(1e15)

export const metrics = z.record(
  z.string().max(200),
  z.union([z.number(), z.string().max(2000), z.boolean(), z.null()]),
)

/**
 * The fields of a result. NaN and infinities arrive as strings, because JSON has none, and make the outcome `diverged`.
 */
const outcomeFields = {
  outcome: z.enum(OUTCOMES),
  value: z.union([z.number(), notFinite, z.null()]).optional().meta({
    description:
      'The objective’s value. Required if complete; NaN or an infinity makes the outcome `diverged`.',
  }),
  metrics: metrics.optional().meta({ description: 'Any other measurements to store with the trial.' }),
  trainSeconds: boundedAmount.optional().meta({ description: 'Charged to the budget.' }),
  peakMemoryMb: boundedAmount.optional(),
  tokensPerSecond: boundedAmount.optional(),
  message: z
    .string()
    .max(10_000)
    .optional()
    .meta({ description: 'A message for people, such as the last lines of a failure.' }),
}

export const tellSchema = z.strictObject({ token: tokenSchema, ...outcomeFields }).meta({
  id: 'Tell',
  examples: [
    { token: '00000000-0000-4000-8000-000000000000', outcome: 'complete', value: 0.42, trainSeconds: 300 },
  ],
})
export type Tell = Omit<z.output<typeof tellSchema>, 'token'>

/** Without an outcome: a configuration to run next. With one: a trial that ran elsewhere. */
export const enqueueSchema = z
  .strictObject({ params: paramsSchema, ...outcomeFields, outcome: outcomeFields.outcome.optional() })
  .meta({ id: 'Enqueue', examples: [{ params: { x: 1.5, lr: 0.01 } }] })

/** What a tell stores on its trial. */
export interface Settlement {
  readonly state: 'complete' | 'failed' | 'pruned'
  readonly failure: Failure | null
  readonly value: number | null
  readonly message: string | null
}

export function settlementOf(tell: Tell): Settlement | { readonly missing: 'value' } {
  const { outcome, value = null, message = null } = tell
  if (outcome === 'complete' && value === null) return { missing: 'value' }
  if (outcome === 'complete' || outcome === 'pruned') {
    if (typeof value === 'string') {
      return {
        state: 'failed',
        failure: 'diverged',
        value: null,
        message: message ?? `The value was ${value}`,
      }
    }
    return { state: outcome, failure: null, value, message }
  }
  return { state: 'failed', failure: outcome, value: null, message }
}
