/** What a worker tells of a trial, and how the trial is settled by it. */
import { z } from 'zod'
import { FAILURES, type Failure, OUTCOMES, TRIAL_STATES } from './enums.js'
import { params, token } from './spec.js'

const notFinite = z.enum(['NaN', 'Infinity', '-Infinity'])
/** Bounded, so that a sum of them stays a number. */
const amount = z.number().min(0).max(1e15)

export const metrics = z.record(
  z.string().max(200),
  z.union([z.number(), z.string().max(2000), z.boolean(), z.null()]),
)

/** What was measured. NaN and infinities arrive as strings (JSON has none) and make the outcome `diverged`. */
const telling = {
  outcome: z.enum(OUTCOMES),
  value: z.union([z.number(), notFinite, z.null()]).optional().meta({
    description: 'The objective. Needed when complete; NaN or an infinity makes the outcome `diverged`.',
  }),
  metrics: metrics.optional().meta({ description: 'Whatever else is worth keeping.' }),
  trainSeconds: amount.optional().meta({ description: 'Charged to the budget.' }),
  peakMemoryMb: amount.optional(),
  tokensPerSecond: amount.optional(),
  message: z
    .string()
    .max(10_000)
    .optional()
    .meta({ description: 'For people: the last lines of a failure.' }),
}

export const tellSchema = z.strictObject({ token, ...telling }).meta({
  id: 'Tell',
  examples: [
    { token: '00000000-0000-4000-8000-000000000000', outcome: 'complete', value: 0.42, trainSeconds: 300 },
  ],
})
export type Tell = Omit<z.output<typeof tellSchema>, 'token'>

const origin = z.object({ study: z.string().max(100), id: z.uuid(), number: z.number().int().min(0) })

/** Members of an exported trial, so that it can be sent back as it stands; those without a description are not read. */
const exported = {
  study: z.string().max(100).optional().meta({ description: 'Of an exported trial: its study.' }),
  studyId: z.uuid().optional().meta({ description: 'With the number it says which trial it is.' }),
  number: origin.shape.number.optional(),
  state: z.enum(TRIAL_STATES).optional().meta({ description: 'In the place of an outcome.' }),
  failure: z.enum(FAILURES).optional(),
  foreseen: z
    .object({
      step: z.number(),
      forecast: z.object({ mean: z.number(), sd: z.number().nonnegative() }).optional(),
    })
    .optional()
    .meta({ description: 'Of a pruned trial: what it would have ended with.' }),
  proposal: z
    .looseObject({ origin: origin.optional() })
    .optional()
    .meta({ description: 'Its `origin`: the trial that it was before.' }),
  source: z.string().optional(),
  attempt: z.number().optional(),
  worker: z.string().optional(),
  leaseExpiresAt: z.string().optional(),
  createdAt: z.string().optional(),
  settledAt: z.string().optional(),
}

export const idempotencyKey = z
  .string()
  .regex(/^[\x20-\x7e]{1,200}$/, 'must be 1 to 200 printable characters')

/** A configuration to run next, or (with an outcome, or as it was exported) a trial that ran elsewhere. */
export const enqueueSchema = z
  .strictObject({
    params,
    ...telling,
    outcome: telling.outcome.optional(),
    repair: z.boolean().optional().meta({
      description:
        'Of one that is to run: move values that are not in the space to the nearest that are, rather than refuse them.',
    }),
    idempotencyKey: idempotencyKey.optional().meta({
      description: 'Of one that ran elsewhere: sent again under this key, it is answered by the same trial.',
    }),
    ...exported,
  })
  .refine(({ outcome, state }) => outcome === undefined || state === undefined, {
    path: ['state'],
    message: 'stands in the place of an outcome: leave one of them out',
  })
  .meta({ id: 'Enqueue', examples: [{ params: { x: 1.5, lr: 0.01 } }] })

export type GivenTrial = z.output<typeof enqueueSchema>

/** What is stored of a tell. */
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
