/** The tell of a worker, and the stored settlement that it results in. */
import { z } from 'zod'
import type { Limits } from '../limits.js'
import { annotation } from './annotation.js'
import { FAILURES, type Failure, OUTCOMES, TRIAL_STATES } from './enums.js'
import { paramsSchema, tokenSchema } from './spec.js'

const notFinite = z.enum(['NaN', 'Infinity', '-Infinity'])
export const reportedValue = z.union([z.number(), notFinite]).meta({ id: 'ReportedValue' })
const toldValue = z.union([z.number(), notFinite, z.null()]).meta({ id: 'ToldValue' })
/** The upper bound keeps sums finite. */
const boundedAmount = z.number().min(0).max(1e15)

export const metrics = z.record(
  z.string().max(200),
  z.union([z.number(), z.string().max(2000), z.boolean(), z.null()]),
)

type ResultLimits = Pick<Limits, 'metricsBytes' | 'messageCharacters'>

const boundedMetrics = (mostBytes: number) =>
  metrics.refine(
    (given) => Buffer.byteLength(JSON.stringify(given)) <= mostBytes,
    `must have at most ${mostBytes} bytes as JSON: keep larger measurements in a file, and store its path`,
  )

/**
 * The fields of a result. NaN and infinities arrive as strings, because JSON has none, and make the outcome `diverged`.
 */
const outcomeFields = ({ metricsBytes, messageCharacters }: ResultLimits) => ({
  outcome: z.enum(OUTCOMES),
  value: toldValue.optional().meta({
    description:
      'The objective’s value. Required if complete; NaN or an infinity makes the outcome `diverged`.',
  }),
  metrics: boundedMetrics(metricsBytes)
    .optional()
    .meta({
      description: `Any other measurements to store with the trial: at most ${metricsBytes} bytes as JSON.`,
    }),
  trainSeconds: boundedAmount.optional().meta({ description: 'Charged to the budget.' }),
  peakMemoryMb: boundedAmount
    .optional()
    .meta({ description: 'In MiB (1024² bytes), as nvidia-smi and torch count.' }),
  tokensPerSecond: boundedAmount.optional(),
  message: z
    .string()
    .max(messageCharacters)
    .optional()
    .meta({ description: 'A message for people, such as the last lines of a failure.' }),
})

export const tellSchemaWithin = (limits: ResultLimits) =>
  z.strictObject({ token: tokenSchema, ...outcomeFields(limits) }).meta({
    id: 'Tell',
    examples: [
      { token: '00000000-0000-4000-8000-000000000000', outcome: 'complete', value: 0.42, trainSeconds: 300 },
    ],
  })
export type Tell = Omit<z.output<ReturnType<typeof tellSchemaWithin>>, 'token'>

const origin = z.object({ study: z.string().max(100), id: z.uuid(), number: z.number().int().min(0) })

/** Members of an exported trial, so that it can be posted back unchanged; those without a description are not read. */
const exported = {
  study: z.string().max(100).optional().meta({ description: 'The study of an exported trial.' }),
  studyId: z.uuid().optional().meta({ description: 'Identifies the trial, together with `number`.' }),
  number: origin.shape.number.optional(),
  state: z.enum(TRIAL_STATES).optional().meta({ description: 'Used instead of an outcome.' }),
  failure: z.enum(FAILURES).optional(),
  foreseen: z
    .object({
      step: z.number(),
      forecast: z.object({ mean: z.number(), sd: z.number().nonnegative() }).optional(),
    })
    .optional()
    .meta({ description: 'The forecast of a pruned trial.' }),
  proposal: z
    .looseObject({ origin: origin.optional() })
    .optional()
    .meta({ description: 'Its `origin` names the trial that was imported before.' }),
  source: z.string().optional(),
  attempt: z.number().optional(),
  worker: z.string().optional(),
  leaseExpiresAt: z.string().optional(),
  createdAt: z.string().optional(),
  settledAt: z.string().optional(),
  ...annotation,
}

export const idempotencyKey = z
  .string()
  .regex(/^[\x20-\x7e]{1,200}$/, 'must be 1 to 200 printable characters')

/** Without an outcome: a configuration to run next. With one, or as it was exported: a trial that ran elsewhere. */
export const enqueueSchemaWithin = (limits: ResultLimits) => {
  const result = outcomeFields(limits)
  return z
    .strictObject({
      params: paramsSchema,
      ...result,
      outcome: result.outcome.optional(),
      repair: z.boolean().optional().meta({
        description:
          'For a configuration to run: values outside the space are moved to the nearest value in it, not refused.',
      }),
      idempotencyKey: idempotencyKey.optional().meta({
        description:
          'For a trial that ran elsewhere: sent again with this key, the answer is the same trial.',
      }),
      ...exported,
    })
    .refine(({ outcome, state }) => outcome === undefined || state === undefined, {
      path: ['state'],
      message: 'replaces an outcome: leave one of the two out',
    })
}

export type GivenTrial = z.output<ReturnType<typeof enqueueSchemaWithin>>

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
