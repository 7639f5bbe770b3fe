/** Response schemas of importances and surfaces. */
import { z } from 'zod'
import { paramsSchema, valueSchema } from '../domain/spec.js'

const head = {
  study: z.string(),
  seq: z
    .number()
    .meta({ description: 'The event that last ended a trial: the answer is of the study as it was then.' }),
  method: z.literal('gp'),
  status: z.enum(['shown', 'weak', 'too_few']),
  reason: z.string().optional().meta({ description: 'Why nothing is shown, and what to do.' }),
  trials: z.number().meta({ description: 'How many trials the model has learned from.' }),
  of: z.number().meta({ description: 'How many trials gave a value.' }),
  sampled: z.boolean(),
  r2: z.number().nullable().meta({
    description:
      'The share of the spread of the (warped) objective that the model explains of trials that it has not seen: leave one out.',
  }),
}

const shares = z.record(z.string(), z.number())

export const importancesSchema = z
  .object({
    ...head,
    total: shares.meta({
      description:
        'Sobol’s total index of each parameter over the whole space. An interaction counts for each of its parameters, so the sum may exceed 1.',
    }),
    local: shares.meta({
      description:
        'How far the objective moves with each parameter around the recommendation; shares that sum to 1.',
    }),
    recommended: z.object({ number: z.number(), params: paramsSchema }).optional(),
  })
  .meta({
    id: 'Importances',
    examples: [
      {
        study: 'example',
        seq: 900,
        method: 'gp',
        status: 'shown',
        trials: 300,
        of: 300,
        sampled: false,
        r2: 0.83,
        total: { lr: 0.71, x: 0.35 },
        local: { lr: 0.88, x: 0.12 },
        recommended: { number: 271, params: { lr: 0.02, x: 1.5 } },
      },
    ],
  })

const axisSchema = z
  .object({ name: z.string(), values: z.array(valueSchema), log: z.boolean() })
  .meta({ id: 'Axis' })

export const surfaceSchema = z
  .object({
    ...head,
    at: paramsSchema.optional().meta({ description: 'Where the other parameters are held.' }),
    number: z.number().optional().meta({ description: 'The trial that has them.' }),
    x: axisSchema.optional(),
    y: axisSchema.optional(),
    mean: z
      .array(z.number())
      .optional()
      .meta({ description: 'Row by row: the value at (ix, iy) is at iy × (values of x) + ix.' }),
    sd: z.array(z.number()).optional(),
  })
  .meta({ id: 'Surface' })

const expectationSchema = z.object({ mean: z.number(), sd: z.number() })

export const expectationsSchema = z
  .object({
    ...head,
    advised: z.array(
      z.object({
        number: z.number(),
        source: z.string(),
        value: z.number().nullable().meta({ description: 'What the trial gave.' }),
        advice: expectationSchema,
        own: expectationSchema.meta({ description: 'Of what the optimizer would have run.' }),
      }),
    ),
  })
  .meta({ id: 'AdviceExpectations' })
