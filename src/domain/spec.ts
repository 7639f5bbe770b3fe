/** What is said about a study, by its caller and where it is stored: one schema for HTTP, OpenAPI and the database. */
import { z } from 'zod'
import { spaceSchema } from '../../search-spaces/index.js'
import { advisorSchema } from './advisor.js'
import { FEWEST } from './forecast.js'

/** The preset that a service completes by what it has at hand; what a study searches by unless it says otherwise. */
export const CHIRON = 'chiron'

export const studyName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
    'must be 1 to 100 letters, digits, ".", "_" or "-", beginning with a letter or a digit',
  )
  .refine((name) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name), 'must not look like an id')
  .meta({ description: 'Unique; creating it again with the same spec answers the study that is there.' })

export const value = z.union([z.number(), z.string().max(1000), z.boolean()])
export const params = z.record(z.string(), value).meta({ description: 'A configuration in natural units.' })

export const token = z.uuid().meta({ description: 'The lease that the ask gave.' })

/** More than any study needs, and little enough for the database's clock to add. */
const positive = z.number().positive().max(1e12)

export const budgetSchema = z
  .strictObject({
    trials: z
      .number()
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .meta({ description: 'Exactly so many are run, however many workers ask.' }),
    trainSeconds: positive
      .optional()
      .meta({ description: 'Sum of the train seconds that trials are charged.' }),
    trialSeconds: positive.optional().meta({
      description:
        'What one trial may charge: so much is held back while it runs. Without it, the most that a trial charged so far.',
    }),
    wallSeconds: positive
      .optional()
      .meta({ description: 'Since the study was created, by the clock of the database.' }),
    llmCalls: z.number().int().min(0).max(1e9).optional(),
    llmTokens: positive.optional().meta({ description: 'Read and written, what a cache held included.' }),
    llmUsd: positive.optional().meta({ description: 'For a model that has a price.' }),
  })
  .meta({
    description:
      'The study finishes when any part is used up; empty: it goes on until it is stopped. Past a limit of llm… it goes on without its advisor.',
  })

const warmupSteps = z
  .number()
  .int()
  .min(0)
  .default(0)
  .meta({ description: 'Steps before it judges a trial.' })

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
        .meta({ description: 'Finished trials before it judges.' }),
      warmupSteps,
    }),
    z.strictObject({
      rule: z.literal('halving'),
      minStep: z.number().int().min(1).default(1).meta({ description: 'The first rung.' }),
      factor: z
        .number()
        .int()
        .min(2)
        .max(10)
        .default(3)
        .meta({ description: 'Each rung keeps one in so many, and is so many times higher.' }),
    }),
    z.strictObject({
      rule: z.literal('forecast'),
      chance: z.number().min(1e-6).max(0.5).default(0.01).meta({
        description: 'The least chance to end among the best tenth with which a trial goes on.',
      }),
      startupTrials: z
        .number()
        .int()
        .min(FEWEST)
        .max(1000)
        .default(20)
        .meta({ description: 'Trials that went on from this step before it judges.' }),
      warmupSteps,
    }),
  ])
  .meta({ description: 'Stops trials that promise little. Off where it is absent.' })

export const leaseSchema = z.strictObject({
  seconds: z.number().min(0.2).max(86_400).default(150).meta({
    description: 'A worker silent for so long has lost its trial. Heartbeats are due five times as often.',
  }),
  maxAttempts: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(3)
    .meta({ description: 'A lost trial is tried again until so many attempts are lost.' }),
})

export const methodSchema = z.union([
  z.string().min(1).max(100).meta({ description: 'A preset of GET /methods.' }),
  z.strictObject({
    optimizer: z
      .looseObject({ kind: z.string().min(1).max(100) })
      .meta({ description: 'Its kind, and its options.' }),
    advisor: advisorSchema.optional(),
    preflight: z.enum(['off', 'formula', 'learned']).optional().meta({
      description: 'Refuses configurations that would not fit into memory before they cost anything.',
    }),
    chosen: z.string().max(500).optional().meta({
      description: 'What the preset chiron came to on this service, when the study was created: for people.',
    }),
  }),
])

const spaceGiven = z.union([
  z.string().min(1).max(100).meta({ description: 'A name of GET /spaces.' }),
  spaceSchema,
])

/** A study as it is stored: its space and its method are there. */
export const studySpec = z.strictObject({
  name: studyName,
  description: z.string().max(2000).optional(),
  space: spaceGiven,
  fixed: params.optional().meta({ description: 'Parameters held at one value in the whole study.' }),
  objective: z
    .strictObject({
      metric: z.string().min(1).max(200),
      direction: z.enum(['minimize', 'maximize']).default('minimize'),
      noise: z.number().nonnegative().max(1e100).optional().meta({
        description:
          'The standard deviation of one configuration measured again; 0 where it measures the same. Without it, what repeats in the study say.',
      }),
    })
    .default({ metric: 'value', direction: 'minimize' }),
  method: methodSchema,
  trainer: z.string().min(1).max(100).optional().meta({
    description:
      'A profile of GET /trainers that runs the trials. Without one, workers of your own ask for them.',
  }),
  parallel: z.number().int().min(1).max(1024).default(1).meta({
    description:
      'How many trials the trainer keeps running. Workers of your own are limited by the budget alone.',
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
        .max(20),
    })
    .optional()
    .meta({
      description:
        'Studies of the same objective, of the same or an overlapping space: what they have found is brought in when this one is created.',
    }),
  confirm: z.number().int().min(1).max(20).optional().meta({
    description:
      'At the end of a budget of trials or train seconds, the best so many configurations are run five times again (gp spends these runs where they tell most about which is best): the summary gives their means and intervals.',
  }),
})

/** A study as a caller asks for it. */
export const studyRequest = studySpec
  .extend({
    space: spaceGiven.optional().meta({ description: 'May be left out where the trainer has one.' }),
    method: methodSchema.optional().meta({ description: `\`${CHIRON}\` unless said.` }),
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
      .meta({ description: 'Why it was paused or finished: askers are told.' }),
    description: z.string().max(2000).optional(),
    budget: budgetSchema.optional().meta({ description: 'Takes the place of the whole budget.' }),
  })
  .meta({ id: 'StudyChange', examples: [{ state: 'paused', reason: 'the GPUs are needed elsewhere' }] })

export type StudyChange = z.output<typeof studyChange>
