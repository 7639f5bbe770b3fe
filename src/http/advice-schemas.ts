/** Response schemas of the advisor: calls of language models, beliefs, and the advisor's part of the summary. */
import { z } from 'zod'
import { CALL_OUTCOMES, CALL_PURPOSES, INQUIRY_STATES } from '../domain/enums.js'
import { valueSchema } from '../domain/spec.js'
import { timeSchema } from './schemas.js'

const tokensSchema = z.object({
  input: z.number(),
  cacheRead: z.number(),
  cacheWrite: z.number(),
  output: z.number(),
})

export const llmCallSchema = z
  .object({
    number: z.number().meta({
      description:
        'The trial that the call was for; of a question for beliefs: the trial before which it was asked.',
    }),
    call: z.number().meta({ description: 'Counts the calls for this trial.' }),
    purpose: z.enum(CALL_PURPOSES),
    provider: z.string(),
    model: z.string(),
    prompt: z.string().meta({ description: 'The prompt template and its version.' }),
    request: z.unknown().meta({ description: 'The request body as it was sent.' }),
    answer: z.string().nullable(),
    thinking: z.string().nullable(),
    outcome: z.enum(CALL_OUTCOMES),
    message: z.string().nullable().meta({ description: 'What went wrong.' }),
    tokens: tokensSchema,
    dollars: z.number().nullable().meta({ description: 'null where the model has no price.' }),
    latencyMs: z.number(),
    at: timeSchema,
  })
  .meta({ id: 'LlmCall' })

const beliefsSchema = z.object({
  parameters: z.record(
    z.string(),
    z.object({ centre: valueSchema, spread: z.number().optional(), confidence: z.number() }),
  ),
  relations: z
    .array(
      z.object({
        of: z.record(z.string(), z.object({ power: z.number(), at: z.number() })),
        factor: z.number(),
        confidence: z.number(),
      }),
    )
    .optional()
    .meta({
      description:
        'Of parameters together: the product of their powers is, within the factor, what it is at the values `at`.',
    }),
})

export const inquirySchema = z
  .object({
    number: z.number().meta({ description: 'The trial before which the advisor was asked.' }),
    ended: z.number().meta({ description: 'How many trials had ended by then.' }),
    source: z.string().meta({ description: 'The advisor that was asked.' }),
    state: z.enum(INQUIRY_STATES),
    beliefs: beliefsSchema.nullable(),
    note: z
      .string()
      .nullable()
      .meta({ description: 'What the advisor said about its beliefs, or what went wrong.' }),
    reason: z.string().nullable().meta({ description: 'Why there are no beliefs.' }),
    at: timeSchema,
    answeredAt: timeSchema.nullable(),
  })
  .meta({ id: 'Inquiry' })

/** A rate is null where it would divide by zero. */
export const rateSchema = z.number().nullable().meta({ description: 'null where there is nothing to count.' })

const shareYieldSchema = z.object({ wins: z.number(), tries: z.number() })

export const adviceSummarySchema = z
  .object({
    kind: z.string(),
    model: z.string().optional(),
    as: z.enum(['override', 'prior', 'both']),
    policy: z.string(),
    target: z.number().meta({
      description:
        'The advisor’s share of the trials after the warm-up; of an adaptive share: its current value.',
    }),
    realised: rateSchema,
    share: z
      .object({ credit: z.number(), advisor: shareYieldSchema, optimizer: shareYieldSchema })
      .optional()
      .meta({
        description: 'Of an adaptive share: how often advisor and optimizer improved the incumbent recently.',
      }),
    beliefs: z
      .object({
        every: z
          .number()
          .optional()
          .meta({ description: 'How many trials end between two questions for beliefs.' }),
        asked: z.number(),
        given: z.number(),
        failures: z
          .record(z.string(), z.number())
          .meta({ description: 'Questions without beliefs, by reason.' }),
        asking: z.boolean(),
        held: beliefsSchema
          .extend({
            since: z
              .number()
              .meta({ description: 'How many trials were observed when the beliefs were given.' }),
            weight: z
              .number()
              .meta({ description: 'The current weight of the beliefs: it fades as trials are observed.' }),
            givenUp: z
              .boolean()
              .meta({ description: 'Whether trials contradicted the beliefs: they are then ignored.' }),
          })
          .optional()
          .meta({ description: 'The beliefs that the optimizer currently uses.' }),
      })
      .optional()
      .meta({ description: 'Of an advisor that is a prior.' }),
    turns: z.number().meta({ description: 'Trials that were the advisor’s to propose.' }),
    taken: z.number().meta({ description: 'Those of them that run the advisor’s configuration.' }),
    fallbacks: z
      .record(z.string(), z.number())
      .meta({ description: 'Those of them that do not, by reason.' }),
    fallbackRate: rateSchema,
    duplicateRate: rateSchema,
    calls: z.number().optional(),
    tokens: tokensSchema.extend({ total: z.number() }).optional(),
    dollars: z.number().optional(),
    unpriced: z.number().optional().meta({ description: 'Calls of a model without a price.' }),
    limit: z.string().optional().meta({ description: 'The budget limit that stopped the advice.' }),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'AdviceSummary' })

export const promptsSchema = z
  .object({
    study: z.string(),
    prompts: z.array(
      z.object({
        name: z.string().meta({ description: 'The template with its version, and the part of it.' }),
        text: z.string(),
      }),
    ),
  })
  .meta({ id: 'Prompts' })
