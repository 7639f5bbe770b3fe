/** The spec of an experiment: a grid of studies, arms × seeds, that is declared with its analysis before it runs. */
import { z } from 'zod'
import { spaceSchema } from '../../search-spaces/index.js'
import type { Params } from '../../search-spaces/types.js'
import type { StudyMethod } from './methods.js'
import {
  budgetSchema,
  leaseSchema,
  methodSchema,
  optimizerSchema,
  paramsSchema,
  pruningSchema,
  type StudyRequest,
  studyRequest,
} from './spec.js'

export const EXPERIMENT_STATES = ['running', 'paused', 'finished', 'failed'] as const
export type ExperimentState = (typeof EXPERIMENT_STATES)[number]

/** `measuring`: the study has ended, and its recommended configuration is run again. */
export const CELL_STATES = ['waiting', 'running', 'measuring', 'finished', 'failed', 'stopped'] as const
export type CellState = (typeof CELL_STATES)[number]

/** The longest name of a study is 100 characters, and cells are named `experiment.arm.seed`. */
export const experimentName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$/,
    'must be 1 to 50 letters, digits, ".", "_" or "-", beginning with a letter or a digit',
  )
  .meta({
    description: 'Unique. Creating an experiment again with the same plan answers with the existing one.',
  })

export const armName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,29}$/,
    'must be 1 to 30 letters, digits, ".", "_" or "-", beginning with a letter or a digit',
  )

const seedSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** The most cells of an experiment. */
const MOST_ARMS = 200
const MOST_SEEDS = 1000

/** What all cells have in common: a study without its name and its seed. */
const templateSchema = studyRequest.omit({ name: true, seed: true, description: true })

export const armSchema = z.strictObject({
  name: armName,
  description: z.string().max(2000).optional(),
  method: methodSchema.optional().meta({ description: 'By default the method of `study`.' }),
  space: z
    .union([z.string().min(1).max(100), spaceSchema])
    .optional()
    .meta({ description: 'These members replace those of `study`.' }),
  fixed: paramsSchema.optional(),
  trainer: z.string().min(1).max(100).optional(),
  budget: budgetSchema.optional(),
  pruning: pruningSchema.optional(),
  lease: leaseSchema.optional(),
  parallel: z.number().int().min(1).max(1024).optional(),
  objective: studyRequest.shape.objective
    .unwrap()
    .optional()
    .meta({ description: 'Must be that of `study`: arms with different objectives cannot be compared.' }),
})

export const ablatedAdvisorSchema = z
  .looseObject({ kind: z.enum(['llm', 'expert']) })
  .meta({ description: 'The advisor without its ratio, which each arm sets.' })

const ablationSchema = z
  .strictObject({
    optimizer: optimizerSchema,
    advisor: ablatedAdvisorSchema,
    ratios: z
      .array(z.number().min(0).max(1))
      .min(1)
      .max(20)
      .default([0, 0.1, 0.3, 0.5, 0.8, 1])
      .meta({ description: 'Shares of the trials. 0 (the optimizer alone) and 1 are always part of them.' }),
    controls: z
      .array(z.enum(['copy', 'jitter', 'random']))
      .default(['copy', 'jitter', 'random'])
      .meta({ description: 'The control arms that take the advisor’s place at every share.' }),
    adaptive: z
      .boolean()
      .default(false)
      .meta({ description: 'One more arm: the share moves to the side that improves the incumbent.' }),
    prior: z.boolean().default(false).meta({
      description: 'One more arm: the advisor gives beliefs to the optimizer and overrides nothing.',
    }),
  })
  .meta({
    description:
      'Instead of `arms`: one optimizer alone (`alone`), and with the advisor and each control at each share (`expert-0.3`, `copy-0.3`, …).',
  })

const contrastSchema = z.strictObject({ arm: armName, baseline: armName })

const endpointSchema = z
  .discriminatedUnion('of', [
    z.strictObject({
      of: z.literal('recommended'),
      repetitions: z.number().int().min(1).max(100).default(5),
      trainer: z.string().min(1).max(100).optional().meta({
        description: 'The trainer that runs it; by default the one of the arm.',
      }),
    }),
    z.strictObject({ of: z.literal('best') }),
  ])
  .meta({
    description:
      'What is compared. recommended: the configuration that the arm recommends at the end is run again on fresh noise, and the mean is the endpoint; these runs are charged to the experiment, not to the arm. best: the best observed value, which favours arms that try the same place often.',
  })

/** Figures of how an agent works that a hypothesis can be about. */
export const BEHAVIOUR_FIGURES = [
  'success',
  'keepRate',
  'crashRate',
  'skipRate',
  'breadth',
  'entropy',
  'pivots',
  'repeats',
  'plateau',
  'best',
] as const
export type BehaviourFigure = (typeof BEHAVIOUR_FIGURES)[number]

const hypothesisSchema = z.strictObject({
  figure: z.enum(BEHAVIOUR_FIGURES),
  arm: armName,
  baseline: armName,
  alternative: z.enum(['less', 'greater', 'two-sided']).default('two-sided').meta({
    description: 'Of the arm’s figure against the baseline’s.',
  }),
})
export type Hypothesis = z.output<typeof hypothesisSchema>

export const experimentRequest = z
  .strictObject({
    name: experimentName,
    description: z.string().max(2000).optional(),
    study: templateSchema,
    arms: z.array(armSchema).min(1).max(MOST_ARMS).optional(),
    ablation: ablationSchema.optional(),
    seeds: z
      .union([z.number().int().min(1).max(MOST_SEEDS), z.array(seedSchema).min(1).max(MOST_SEEDS)])
      .meta({ description: 'A list, or a number n for the seeds 1 to n.' }),
    baseline: armName.optional().meta({
      description: 'The arm that every other arm is compared with. Of an ablation: `alone`.',
    }),
    contrasts: z.array(contrastSchema).min(1).max(1000).optional().meta({
      description:
        'The comparisons to be tested; the fewer, the more a few seeds can show. By default every arm against the baseline, and in an ablation every arm of the advisor.',
    }),
    endpoint: endpointSchema.prefault({ of: 'recommended' }),
    looks: z.array(z.number().int().min(1).max(MOST_SEEDS)).min(1).max(20).optional().meta({
      description:
        'After how many seeds a verdict may be given; alpha is spent over these looks. By default one look, at the end.',
    }),
    alpha: z.number().gt(0).lt(1).default(0.05),
    test: z
      .enum(['signed-rank', 'mann-whitney'])
      .default('signed-rank')
      .meta({ description: 'signed-rank pairs the arms by seed; mann-whitney does not.' }),
    alternative: z.enum(['better', 'two-sided']).default('better'),
    hypotheses: z.array(hypothesisSchema).min(1).max(50).optional().meta({
      description:
        'What is expected of how agents work, declared before they run: these are tested, all other figures of behaviour only described.',
    }),
    parallel: z.number().int().min(1).max(1024).default(1).meta({
      description: 'How many cells run at a time; each runs `study.parallel` trials at a time.',
    }),
    gpuDollarsPerHour: z.number().nonnegative().max(1e6).optional().meta({
      description: 'For the estimate of the cost.',
    }),
    dryRun: z.boolean().optional().meta({
      description: 'Create nothing; answer what the experiment would cost and what it could show.',
    }),
  })
  .meta({
    id: 'ExperimentSpec',
    examples: [
      {
        name: 'first-comparison',
        study: {
          space: 'autoresearch-14',
          objective: { metric: 'val_bpb', direction: 'minimize' },
          trainer: 'simulated-h200',
          budget: { trainSeconds: 86400 },
        },
        arms: [
          { name: 'tpe', method: 'tpe' },
          { name: 'centaur', method: 'centaur-expert' },
        ],
        seeds: 8,
        baseline: 'tpe',
        endpoint: { of: 'recommended', repetitions: 5 },
        looks: [8],
        alpha: 0.05,
        parallel: 4,
      },
    ],
  })

/** The study of an arm's cells: a request of a study without its name and its seed. */
export type ArmStudy = Omit<StudyRequest, 'name' | 'seed'>

export interface ExperimentArm {
  readonly name: string
  readonly description?: string
  readonly study: ArmStudy
  /** The preset resolved: what it resolves to later does not change the experiment. */
  readonly method: StudyMethod
  /** The versions of the prompts that its language model gets. */
  readonly prompts?: readonly string[]
  /** The hash of the program that its agent starts from. */
  readonly program?: string
  readonly added?: boolean
}

/** An ordered factor: the share of the trials that each of these arms gives to the same advisor. */
export interface Trend {
  readonly name: string
  readonly arms: readonly { readonly arm: string; readonly level: number }[]
}

/** What was declared, with every default filled in. */
export interface ExperimentPlan {
  /** What all arms have in common, for arms that are added later. */
  readonly study: Template
  readonly arms: readonly ExperimentArm[]
  readonly seeds: readonly number[]
  readonly baseline: string | null
  readonly contrasts: readonly Contrast[]
  readonly endpoint: Endpoint
  readonly looks: readonly number[]
  readonly alpha: number
  readonly test: 'signed-rank' | 'mann-whitney'
  readonly alternative: 'better' | 'two-sided'
  readonly trends: readonly Trend[]
  readonly hypotheses?: readonly Hypothesis[]
  readonly gpuDollarsPerHour?: number
  readonly outlook: WhatPlanCanShow
  /** Seeds and arms that were added after the experiment had begun. */
  readonly additions: readonly Addition[]
}

/** Computed once, when the plan is made. */
export interface WhatPlanCanShow {
  readonly contrasts: number
  readonly canShow: boolean
  /** The least p that these seeds can give, alone and after Holm's correction over the contrasts. */
  readonly leastP?: number
  readonly leastAdjusted?: number
  /** From so many seeds on, one look at them can show something. */
  readonly seedsNeeded?: number
  readonly looks?: readonly {
    readonly seeds: number
    readonly level: number
    readonly leastAdjusted: number
  }[]
  /** The chance to show an arm that is better by `effect` standard deviations. */
  readonly power?: readonly { readonly effect: number; readonly power: number; readonly seeds: number }[]
  readonly summary: string
  readonly warnings: readonly string[]
}

export interface Addition {
  readonly at: string
  readonly arms: readonly string[]
  readonly seeds: readonly number[]
}

/** What is kept of a cell that has ended. */
export interface CellFigures {
  /** The best observed value; null where the endpoint is missing and nothing succeeded. */
  readonly best: number | null
  readonly endpoint: number | null
  /** Of the runs of the recommended configuration: their values, and how many failed. */
  readonly runs?: readonly number[]
  readonly failedRuns?: number
  /** The mean of their values by sealed data, which nothing was chosen by; absent where the task has none. */
  readonly sealed?: number
  readonly recommended: { readonly number?: number; readonly params: Params; readonly program?: string }
  /** On a simulated card: what the recommended configuration is worth without noise. */
  readonly worth?: number
  readonly trials: number
  readonly trainSeconds: number
  /** What the runs of the recommended configuration took; it is charged to the experiment, not to the arm. */
  readonly endpointSeconds: number
  readonly oomRate: number | null
  readonly dollars: number
  readonly llmCalls: number
  readonly llmSeconds: number
  /** The advisor's share of the trials after the warm-up, and how often it gave none. */
  readonly advised: number | null
  readonly fallbacks: number
}

/** The best observed value over a cell's hours of training: each step is a new best. */
export type IncumbentSteps = readonly (readonly [hours: number, value: number])[]

export type ExperimentRequest = z.output<typeof experimentRequest>
export type Template = z.output<typeof templateSchema>
export type ArmRequest = z.output<typeof armSchema>
export type Ablation = z.output<typeof ablationSchema>
export type Endpoint = z.output<typeof endpointSchema>
export type Contrast = z.output<typeof contrastSchema>

/** What may be changed afterwards. More seeds and arms are recorded as additions. */
export const experimentChange = z
  .strictObject({
    description: z.string().max(2000).optional(),
    parallel: z.number().int().min(1).max(1024).optional().meta({
      description: 'How many cells run at a time.',
    }),
    seeds: z
      .union([z.number().int().min(1).max(MOST_SEEDS), z.array(seedSchema).min(1).max(MOST_SEEDS)])
      .optional()
      .meta({ description: 'Seeds to add, as a list; or a number n, for all of 1 to n that are missing.' }),
    arms: z.array(armSchema).min(1).max(MOST_ARMS).optional().meta({ description: 'Arms to add.' }),
  })
  .meta({ id: 'ExperimentChange', examples: [{ seeds: 12 }] })

export type ExperimentChange = z.output<typeof experimentChange>
