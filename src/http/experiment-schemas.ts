/** Response schemas of experiments. */
import { z } from 'zod'
import { CELL_STATES, EXPERIMENT_STATES, experimentRequest } from '../domain/experiment.js'
import { budgetSchema, methodSchema, paramsSchema } from '../domain/spec.js'
import { timeSchema } from './schemas.js'

export const experimentPath = z.strictObject({
  experiment: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, 'must be a name or an id')
    .meta({ description: 'The name or id of the experiment.', examples: ['first-comparison'] }),
})

const amount = z.number().nullable()

const progressSchema = z
  .object({
    cells: z.number(),
    waiting: z.number(),
    running: z.number(),
    finished: z.number(),
    failed: z.number(),
    stopped: z.number(),
    share: z.number().meta({ description: 'Of the cells that have ended, from 0 to 1.' }),
    etaSeconds: z
      .number()
      .optional()
      .meta({ description: 'By the mean duration of the cells that have ended.' }),
  })
  .meta({ id: 'ExperimentProgress' })

export const cellSchema = z
  .object({
    arm: z.string(),
    seed: z.number(),
    study: z.string().meta({ description: 'The name of its study.' }),
    state: z.enum(CELL_STATES).meta({
      description: 'measuring: its study has ended, and its recommended configuration is run again.',
    }),
    reason: z.string().optional(),
    attempt: z.number().optional(),
    added: z.boolean().optional(),
    endpoint: z.number().optional(),
    best: z.number().optional(),
    runs: z.array(z.number()).optional().meta({ description: 'The runs of the recommended configuration.' }),
    failedRuns: z.number().optional(),
    sealed: z.number().optional().meta({
      description:
        'The mean of the runs by sealed data, which nothing was chosen by, where the task has such.',
    }),
    recommended: z
      .object({
        number: z.number().optional(),
        params: paramsSchema,
        program: z.string().optional().meta({ description: 'Of an agent: the hash of the program.' }),
      })
      .optional(),
    worth: z.number().optional().meta({
      description: 'On a simulated card: the value of the recommended configuration without noise.',
    }),
    trials: z.number(),
    trainSeconds: z.number(),
    endpointSeconds: z.number().optional(),
    dollars: z.number(),
    oomRate: amount,
    llmCalls: z.number().optional(),
    llmSeconds: z.number().optional(),
    advised: amount.optional().meta({ description: 'The share of the trials that the advisor overrode.' }),
    fallbacks: z.number().optional(),
    startedAt: timeSchema.optional(),
    endedAt: timeSchema.optional(),
  })
  .meta({ id: 'Cell' })

const armViewSchema = z
  .object({
    name: z.string(),
    description: z.string().optional(),
    method: methodSchema,
    trainer: z.string().optional(),
    budget: budgetSchema,
    model: z.string().optional(),
    prompts: z
      .array(z.string())
      .optional()
      .meta({ description: 'The versions of the prompts it is asked with.' }),
    added: z.boolean().optional(),
  })
  .meta({ id: 'Arm' })

const { endpoint, alpha, test, alternative } = experimentRequest.shape

export const outlookSchema = z
  .object({
    contrasts: z.number(),
    canShow: z.boolean(),
    leastP: z.number().optional().meta({ description: 'The least p that these seeds can give.' }),
    leastAdjusted: z
      .number()
      .optional()
      .meta({ description: 'The same after Holm’s correction over the contrasts.' }),
    seedsNeeded: z
      .number()
      .optional()
      .meta({ description: 'From so many seeds on, one look at them can show something.' }),
    looks: z
      .array(z.object({ seeds: z.number(), level: z.number(), leastAdjusted: z.number() }))
      .optional()
      .meta({ description: 'What each planned look may spend of alpha.' }),
    power: z
      .array(z.object({ effect: z.number(), power: z.number(), seeds: z.number() }))
      .optional()
      .meta({
        description:
          'The chance to show an arm that is better by `effect` standard deviations, and the mean number of seeds until then.',
      }),
    summary: z.string(),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'WhatAPlanCanShow' })

export const estimateSchema = z
  .object({
    cells: z.number(),
    trials: amount,
    gpuHours: amount,
    dollars: amount,
    wallHours: amount,
    notes: z.array(z.string()),
  })
  .meta({ id: 'ExperimentEstimate' })

export const experimentSummarySchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    description: z.string().optional(),
    state: z.enum(EXPERIMENT_STATES),
    reason: z.string().optional(),
    digest: z.string().meta({ description: 'Of the plan as it was declared.' }),
    arms: z.array(z.string()),
    seeds: z.number(),
    progress: progressSchema,
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'ExperimentSummary' })

export const experimentSchema = experimentSummarySchema
  .extend({
    arms: z.array(armViewSchema),
    seeds: z.array(z.number()),
    baseline: z.string().nullable(),
    contrasts: z.array(z.object({ arm: z.string(), baseline: z.string() })),
    endpoint: endpoint.unwrap(),
    looks: z.array(z.number()),
    alpha: alpha.unwrap(),
    test: test.unwrap(),
    alternative: alternative.unwrap(),
    parallel: z.number(),
    additions: z.array(z.object({ at: timeSchema, arms: z.array(z.string()), seeds: z.array(z.number()) })),
    cells: z.array(cellSchema),
    plan: outlookSchema,
  })
  .meta({ id: 'Experiment' })

export const dryRunSchema = z
  .object({
    dryRun: z.literal(true),
    name: z.string(),
    arms: z.array(z.string()),
    seeds: z.array(z.number()),
    plan: outlookSchema,
    estimate: estimateSchema,
  })
  .meta({ id: 'ExperimentDryRun' })

const addedMark = z.boolean().optional().meta({ description: 'It was added after the experiment had begun.' })

export const analysisSchema = z
  .object({
    experiment: z.string(),
    state: z.enum(EXPERIMENT_STATES),
    metric: z.string(),
    direction: z.enum(['minimize', 'maximize']),
    endpoint: endpoint.unwrap(),
    looks: z.object({
      planned: z.array(z.number()),
      reached: amount.meta({ description: 'The last planned look whose cells have all ended.' }),
      alphaSpent: z.array(z.number()).meta({ description: 'What each planned look may spend of alpha.' }),
    }),
    arms: z.array(
      z.object({
        name: z.string(),
        n: z.number(),
        mean: amount,
        sd: amount,
        low: amount,
        high: amount,
        missing: z.number(),
        failed: z.number(),
        added: addedMark,
      }),
    ),
    contrasts: z.array(
      z.object({
        arm: z.string(),
        baseline: z.string(),
        n: z.number().meta({ description: 'Seeds that both arms have.' }),
        difference: amount.meta({ description: 'The arm less the baseline, in units of the metric.' }),
        low: amount,
        high: amount,
        p: amount,
        adjusted: amount.meta({ description: 'p after Holm’s correction over the contrasts.' }),
        eValue: amount.meta({ description: 'Evidence that may be looked at at any time.' }),
        anytime: z.enum(['better', 'worse', 'not shown']).meta({
          description: 'By the e-value, corrected over the contrasts: holds whenever it is looked at.',
        }),
        improvement: amount.meta({ description: 'The chance that the arm beats the baseline on a seed.' }),
        verdict: z.enum(['better', 'worse', 'not shown', 'cannot show']),
        final: z.boolean().meta({ description: 'Whether the verdict was given at a planned look.' }),
        look: amount,
        added: addedMark,
      }),
    ),
    trends: z.array(
      z.object({
        name: z.string(),
        arms: z.array(z.object({ arm: z.string(), level: z.number() })),
        n: z.number(),
        statistic: amount,
        p: amount,
      }),
    ),
    correlation: z
      .object({ pairs: z.number(), mean: amount, low: amount, high: amount })
      .nullable()
      .meta({ description: 'How much the seeds pair: the correlation of arms over their seeds.' }),
    anytime: z
      .array(
        z.object({
          arm: z.string(),
          n: z.number(),
          points: z.array(z.array(amount).min(3).max(3)),
        }),
      )
      .meta({
        description:
          'The best observed value so far over hours of training, of the runs that finished: hours, mean, and the standard deviation over runs.',
      }),
    hoursTo: z.array(
      z.object({
        value: z.number(),
        what: z.string(),
        arms: z.array(
          z.object({
            name: z.string(),
            reached: z.number(),
            of: z.number(),
            medianHours: amount,
            steps: z
              .array(z.array(z.number()).min(2).max(2))
              .meta({ description: 'Hours, and the share of the runs that had reached it by then.' }),
          }),
        ),
      }),
    ),
    notes: z.array(z.string()),
  })
  .meta({ id: 'ExperimentAnalysis' })
