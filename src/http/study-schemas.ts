/** Response schemas of studies: the study, its summary, its incumbents, and the state of its search. */
import { z } from 'zod'
import type { Description } from '../../optimizers/contract.js'
import type { PreflightDescription } from '../../optimizers/feasibility/preflight.js'
import { annotation } from '../domain/annotation.js'
import { FAILURES, STUDY_STATES, TRIAL_STATES } from '../domain/enums.js'
import { budgetSchema, paramsSchema, studySpec } from '../domain/spec.js'
import { adviceSummarySchema, rateSchema } from './advice-schemas.js'
import { importancesSchema } from './importance-schemas.js'
import { countsSchema, timeSchema } from './schemas.js'

export const studySchema = studySpec
  .extend({
    id: z.uuid(),
    state: z.enum(STUDY_STATES),
    reason: z.string().optional(),
    ...annotation,
    trials: countsSchema(TRIAL_STATES),
    best: z.object({ number: z.number(), value: z.number() }).optional(),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({
    id: 'Study',
    examples: [
      {
        id: '0b6c1c1e-6f0f-4a52-9f4c-2d8f3d7f1a10',
        name: 'example',
        state: 'active',
        space: { parameters: { x: { type: 'float', low: -5, high: 10 } } },
        objective: { metric: 'loss', direction: 'minimize' },
        method: 'random',
        budget: { trials: 100 },
        parallel: 1,
        seed: 0,
        lease: { seconds: 150, maxAttempts: 3 },
        trials: Object.fromEntries(TRIAL_STATES.map((state) => [state, state === 'complete' ? 8 : 0])),
        best: { number: 7, value: 0.42 },
        createdAt: '2026-01-31T12:00:00.000Z',
        updatedAt: '2026-01-31T12:05:00.000Z',
      },
    ],
  })

export const checkedStudySchema = z
  .object({
    exists: z.boolean().meta({ description: 'Whether this study is there already.' }),
    study: studySpec,
  })
  .meta({ id: 'CheckedStudy' })

export const incumbentSchema = z
  .object({
    seq: z.number().meta({ description: 'The sequence number of its event.' }),
    number: z.number(),
    value: z.number(),
    source: z.string(),
    withinNoise: z.boolean().nullable().meta({
      description:
        'Whether the improvement is no larger than noise alone would make it; null where the noise is not known.',
    }),
    settled: z.number().meta({ description: 'How many trials had ended when it was found.' }),
    trainSeconds: z.number().meta({ description: 'The train seconds spent when it was found.' }),
    at: timeSchema,
  })
  .meta({ id: 'Incumbent' })

export const noiseSchema = z.number().nullable().meta({
  description: 'Standard deviation of repeated measurements, as given or as estimated from repeats.',
})

export const spentSchema = z
  .object({
    trials: z.number().meta({ description: 'Trials that had ended, whoever proposed them.' }),
    trainSeconds: z.number(),
    dollars: z.number().meta({ description: 'Of language model calls.' }),
  })
  .meta({ description: 'What the study has spent.' })

export const summarySchema = z
  .object({
    study: z.string(),
    state: z.enum(STUDY_STATES),
    reason: z.string().optional(),
    cell: z
      .object({ experiment: z.string(), arm: z.string(), seed: z.number() })
      .optional()
      .meta({ description: 'The cell of an experiment that it runs, or whose endpoint it measures.' }),
    trials: countsSchema(TRIAL_STATES),
    failures: z.partialRecord(z.enum(FAILURES), z.number()),
    sources: z.record(
      z.string(),
      z.object({
        trials: z.number(),
        complete: z.number(),
        pruned: z.number(),
        failed: z.partialRecord(z.enum(FAILURES), z.number()),
        oomRate: rateSchema,
      }),
    ),
    budget: budgetSchema.extend({
      trialsUsed: z.number(),
      trainSecondsUsed: z.number(),
      trainSecondsReserved: z.number(),
    }),
    spent: spentSchema,
    noise: noiseSchema,
    oomRate: z.object({ all: rateSchema, last50: rateSchema }),
    preflightRefusals: z.number(),
    lostAttempts: z.number(),
    repaired: z.number(),
    duplicates: z.number(),
    duplicateRate: rateSchema,
    imported: z.number(),
    warmStart: z
      .array(
        z.object({
          study: z.string(),
          trials: z.number(),
          leftOut: z.number(),
          as: z.literal('model').optional().meta({ description: 'Left out: its trials were imported.' }),
          weight: z.number().optional().meta({
            description:
              'Of its objective in this one, each in units of the standard deviation of its values: about 1 where both are the same, near 0 where it says nothing.',
          }),
        }),
      )
      .optional()
      .meta({
        description:
          'For each earlier study: how many of its trials were imported or are learned from, and how many were left out.',
      }),
    advisor: adviceSummarySchema.optional(),
    incumbent: z
      .object({ number: z.number(), value: z.number() })
      .optional()
      .meta({ description: 'The best observed value. Under noise it is biased: the luckiest measurement.' }),
    recommended: z
      .object({ number: z.number().optional(), params: paramsSchema, mean: z.number(), sd: z.number() })
      .optional()
      .meta({
        description:
          'The best configuration that ran by the optimizer’s model, where it has one (gp), with its expected value without noise. Where the objective has no noise: the best observed.',
      }),
    confirmed: z
      .array(
        z.object({
          number: z.number(),
          observed: z.number(),
          runs: z.number(),
          mean: rateSchema,
          low: rateSchema,
          high: rateSchema,
        }),
      )
      .optional()
      .meta({ description: 'The repeated best configurations: means and 95 % intervals, best first.' }),
    importances: importancesSchema.optional().meta({ description: 'Only where they are asked for.' }),
  })
  .meta({ id: 'Summary' })

export const searchDescriptionSchema = z
  .object({
    optimizer: z
      .custom<Description>()
      .meta({ type: 'object', description: 'Centre, spread, correlations, notes.' }),
    preflight: z
      .custom<PreflightDescription>()
      .meta({ type: 'object', description: 'What the preflight refuses, and what it has learned.' }),
  })
  .meta({ id: 'SearchDescription' })
