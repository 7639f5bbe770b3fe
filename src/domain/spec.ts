/** The spec of a study: one schema for HTTP bodies, OpenAPI and the database. */
import { z } from 'zod'
import { FEWEST } from '../../optimizers/schedulers/forecast.js'
import { spaceSchema } from '../../search-spaces/index.js'
import { advisorSchema } from './advisor.js'
import { agentSchema } from './agent.js'
import { annotation } from './annotation.js'

/** The preset that a service completes by the language model that it has a key for; the method of a study that names none. */
export const CHIRON = 'chiron'

export const studyName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
    'must be 1 to 100 letters, digits, ".", "_" or "-", beginning with a letter or a digit',
  )
  .refine((name) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name), 'must not look like an id')
  .meta({ description: 'Unique. Creating a study again with the same spec answers with the existing study.' })

export const valueSchema = z
  .union([z.number(), z.string().max(1000), z.boolean()])
  .meta({ id: 'ParameterValue' })
export const paramsSchema = z
  .record(z.string(), valueSchema)
  .meta({ id: 'Params', description: 'A configuration in natural units.' })

export const tokenSchema = z.uuid().meta({ description: 'The lease token of the ask.' })

/** The upper bound keeps sums with timestamps inside the database's range. */
const positiveNumber = z.number().positive().max(1e12)

export const budgetSchema = z
  .strictObject({
    trials: z
      .number()
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .meta({ description: 'The exact number of trials, however many workers ask.' }),
    trainSeconds: positiveNumber
      .optional()
      .meta({ description: 'Sum of the train seconds that trials are charged.' }),
    trialSeconds: positiveNumber.optional().meta({
      description:
        'The train seconds reserved for each running trial. By default the most that a trial has charged so far.',
    }),
    wallSeconds: positiveNumber
      .optional()
      .meta({ description: 'Seconds since the study was created, by the database’s clock.' }),
    llmCalls: z.number().int().min(0).max(1e9).optional(),
    llmTokens: positiveNumber
      .optional()
      .meta({ description: 'Input and output tokens together, cached ones included.' }),
    llmUsd: positiveNumber.optional().meta({ description: 'US dollars. Only for a model that has a price.' }),
  })
  .meta({
    id: 'Budget',
    description:
      'The study finishes when any limit is reached; without limits it runs until it is finished by hand. At an llm… limit it continues without its advisor.',
  })

const warmupStepsSchema = z
  .number()
  .int()
  .min(0)
  .default(0)
  .meta({ description: 'Steps during which a trial is never pruned.' })

export const pruningSchema = z
  .discriminatedUnion('rule', [
    z.strictObject({
      rule: z.literal('median'),
      startupTrials: z
        .number()
        .int()
        .min(1)
        .max(10_000)
        .default(5)
        .meta({ description: 'How many trials must have finished before any is pruned.' }),
      warmupSteps: warmupStepsSchema,
    }),
    z.strictObject({
      rule: z.literal('halving'),
      minStep: z.number().int().min(1).default(1).meta({ description: 'The step of the first rung.' }),
      factor: z.number().int().min(2).max(10).default(3).meta({
        description: 'Each rung keeps the best 1/factor of its trials, and is at factor times the step.',
      }),
    }),
    z.strictObject({
      rule: z.literal('forecast'),
      chance: z.number().min(1e-6).max(0.5).default(0.01).meta({
        description: 'A trial is pruned when its chance to end among the best tenth is below this.',
      }),
      startupTrials: z.number().int().min(FEWEST).max(1000).default(20).meta({
        description: 'How many trials must have gone on from this step before any is pruned at it.',
      }),
      warmupSteps: warmupStepsSchema,
    }),
  ])
  .meta({ id: 'Pruning', description: 'Stops unpromising trials early. Off by default.' })

export const leaseSchema = z
  .strictObject({
    seconds: z.number().min(0.2).max(86_400).default(150).meta({
      description:
        'A worker that sends nothing for this long loses its trial. Heartbeats are due five times as often.',
    }),
    maxAttempts: z
      .number()
      .int()
      .min(1)
      .max(100)
      .default(3)
      .meta({ description: 'A lost trial runs again until this many attempts are lost.' }),
  })
  .meta({ id: 'LeaseSpec' })

/** Of which kinds there are, and with which options, the optimizers say themselves. */
export const optimizerSchema = z.looseObject({ kind: z.string().min(1).max(100) })

export const methodSchema = z
  .union([
    z.string().min(1).max(100).meta({ description: 'The name of a preset of GET /methods.' }),
    z
      .strictObject({
        optimizer: optimizerSchema.optional().meta({
          description:
            'The optimizer’s kind and its options. It may be left out beside an agent that has every trial.',
        }),
        advisor: advisorSchema.optional(),
        agent: agentSchema.optional().meta({
          description:
            'An agent that edits the source of the trainer’s task, in the place of an advisor. The optimizer tunes the constants of the kept program in the trials that are not the agent’s.',
        }),
        preflight: z.enum(['off', 'formula', 'learned']).optional().meta({
          description: 'Refuses configurations that would run out of memory before they run.',
        }),
        failures: z.enum(['infeasible', 'penalty']).optional().meta({
          description:
            'What the optimizer is told of a failed trial: that it failed, or, to measure what that costs, the value 100.',
        }),
        chosen: z.string().max(500).optional().meta({
          description: 'For people: what the preset chiron resolved to when the study was created.',
        }),
      })
      .refine(({ optimizer, agent }) => optimizer !== undefined || agent?.share === 1, {
        path: ['optimizer'],
        message:
          'name an optimizer, such as {"kind": "gp"}; only an agent with every trial (share 1) needs none',
      })
      .refine(({ advisor, agent }) => advisor === undefined || agent === undefined, {
        path: ['agent'],
        message: 'a study has an advisor or an agent: leave one of them out',
      })
      .meta({ id: 'Method' }),
  ])
  .meta({ id: 'MethodOrPreset' })

const spaceGiven = z
  .union([
    z.string().min(1).max(100).meta({ description: 'The name of a space of GET /spaces.' }),
    spaceSchema,
  ])
  .meta({ id: 'SpaceOrName' })

const objectiveSchema = z
  .strictObject({
    metric: z.string().min(1).max(200),
    direction: z.enum(['minimize', 'maximize']).default('minimize'),
    noise: z.number().nonnegative().max(1e100).optional().meta({
      description:
        'The standard deviation of repeated measurements of one configuration; 0 without noise. By default it is estimated from repeats in the study.',
    }),
  })
  .meta({ id: 'Objective' })

/** A study as it is stored: with its space and its method. */
export const studySpec = z.strictObject({
  name: studyName,
  description: z.string().max(2000).optional(),
  space: spaceGiven,
  fixed: paramsSchema
    .optional()
    .meta({ description: 'Parameters that have one fixed value in the whole study.' }),
  objective: objectiveSchema.default({ metric: 'value', direction: 'minimize' }),
  method: methodSchema,
  trainer: z.string().min(1).max(100).optional().meta({
    description:
      'The name of a trainer of GET /trainers that runs the trials. Without one, your own workers ask for them.',
  }),
  parallel: z.number().int().min(1).max(1024).default(1).meta({
    description:
      'How many trials the trainer runs at a time. Your own workers are limited by the budget alone.',
  }),
  budget: budgetSchema.default({}),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  lease: leaseSchema.prefault({}),
  pruning: pruningSchema.optional(),
  warmStart: z
    .strictObject({
      studies: z
        .array(z.string().regex(/^[\x21-\x7e]{1,100}$/, 'must be a name or an id'))
        .min(1)
        .max(20)
        .optional(),
      from: z.literal('finished').optional().meta({
        description:
          'In place of `studies`: the newest five finished studies of this service with the same metric and direction that search half of this study’s parameters.',
      }),
      as: z.enum(['trials', 'model']).optional().meta({
        description:
          '`trials`, the default: their trials are imported, because their values mean the same here. `model`: they ran elsewhere (another card, other data), so each gets a model whose weight is learned (gp).',
      }),
    })
    .optional()
    .meta({
      description:
        'Earlier studies with the same objective and the same or an overlapping space, whose knowledge this study begins with.',
    }),
  paired: z.boolean().optional().meta({
    description:
      'For studies that are compared seed by seed: those with the same seed begin with the same starting design where their optimizer has one, and a simulated trainer gives a configuration the same noise in each of them.',
  }),
  confirm: z.number().int().min(1).max(20).optional().meta({
    description:
      'How many of the best configurations are repeated, five times each, at the end of a budget of trials or train seconds (gp chooses the repeats that tell most about which is best). The summary has their means and intervals.',
  }),
})

/** A study as a caller asks for it. */
export const studyRequest = studySpec
  .extend({
    space: spaceGiven.optional().meta({ description: 'May be left out where the trainer has one.' }),
    method: methodSchema.optional().meta({ description: `\`${CHIRON}\` by default.` }),
  })
  .meta({
    id: 'StudySpec',
    examples: [
      {
        name: 'example',
        space: {
          parameters: {
            x: { type: 'float', low: -5, high: 10 },
            lr: { type: 'float', low: 0.0001, high: 1, log: true },
          },
        },
        objective: { metric: 'loss', direction: 'minimize' },
        method: 'random',
        budget: { trials: 100 },
      },
    ],
  })

export type StudySpec = z.output<typeof studySpec>
export type StudyRequest = z.output<typeof studyRequest>
export type Budget = z.output<typeof budgetSchema>
export type Pruning = z.output<typeof pruningSchema>

export const studyChange = z
  .strictObject({
    state: z.enum(['active', 'paused', 'finished']).optional(),
    reason: z
      .string()
      .max(2000)
      .optional()
      .meta({ description: 'Why the study is paused or finished. Asks without a trial give this reason.' }),
    description: z.string().max(2000).optional(),
    budget: budgetSchema.optional().meta({ description: 'Replaces the whole budget.' }),
    ...annotation,
  })
  .meta({ id: 'StudyChange', examples: [{ state: 'paused', reason: 'the GPUs are needed elsewhere' }] })

export type StudyChange = z.output<typeof studyChange>
