/** The spec of a study's advisor: its kind, its share of the trials, and what happens when it fails. */
import { z } from 'zod'

/** Default number of trials that end between two questions for beliefs. */
const DEFAULT_BELIEF_INTERVAL = 50

const ratioSchema = z.number().min(0).max(1)

const shareFields = {
  ratio: ratioSchema
    .default(0.3)
    .meta({ description: 'The advisor’s exact share of the trials after the warm-up.' }),
  warmup: z.number().int().min(1).max(1_000_000).default(10).meta({
    description:
      'How many trials the optimizer proposes before the advisor’s first turn, trial 0 (the default configuration) included.',
  }),
  policy: z.enum(['fixed', 'adaptive', 'interval']).default('fixed').meta({
    description:
      'interval: every round(1/ratio)-th trial, as in arXiv 2603.24647: a ratio of 0.8 is then one of 1. adaptive: the share begins at ratio and grows for the side that improves the incumbent beyond noise.',
  }),
  until: z.number().int().min(1).max(1_000_000).optional().meta({
    description: 'The advisor has no turn once so many trials were proposed; by default it always has.',
  }),
  promise: z.number().min(0).max(10).optional().meta({
    description:
      'The advisor’s configuration runs only where the optimizer’s own model expects of it at least this share of the improvement that it expects of its own: 1 as much, 0.5 half. By default it always runs. For optimizers with a model (gp, smac).',
  }),
  bounds: z
    .strictObject({ low: ratioSchema.default(0.05), high: ratioSchema.default(0.6) })
    .refine(({ low, high }) => low <= high, 'low must not be above high')
    .meta({ id: 'ShareBounds', description: 'The bounds of an adaptive share.' })
    .prefault({}),
}

const modeField = z.enum(['override', 'prior', 'both']).optional().meta({
  description:
    'override (the default): the advisor chooses the configuration on its share of the trials. prior: it states where it believes the optimum to lie, for an optimizer that accepts beliefs (gp). both: it does both.',
})

/** What the published uses of LLAMBO do otherwise; docs/llambo.md names them. */
const LLAMBO_DEFECTS = [
  'target-worse',
  'target-at-best',
  'failures-as-100',
  'failures-hidden',
  'random-padding',
  'random-categories',
] as const

const llamboSchema = z
  .strictObject({
    candidates: z.number().int().min(2).max(20).default(8),
    samples: z.number().int().min(1).max(4).default(3).meta({
      description:
        'How often the candidates are predicted; with at most two questions for candidates that is all.',
    }),
    alpha: z.number().gt(0).max(1).default(0.1).meta({
      description: 'How much better than the best the target is, as a share of the range of the successes.',
    }),
    surrogate: z.enum(['value', 'label']).default('value').meta({
      description: 'value: the model predicts the objective. label: it says which candidates are good.',
    }),
    warmStart: z.number().int().min(0).max(20).default(3).meta({
      description:
        'Before so many trials have succeeded, the model’s first candidate runs without a prediction.',
    }),
    defects: z.array(z.enum(LLAMBO_DEFECTS)).max(6).default([]).meta({
      description: 'Choices of the published uses that are known to be wrong, to measure what they cost.',
    }),
  })
  .meta({
    description:
      'LLAMBO: the model proposes candidates, then predicts each of them; the one of the greatest expected improvement runs.',
  })

const llmSchema = z
  .strictObject({
    kind: z.literal('llm'),
    as: modeField,
    every: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .meta({
        description: `As a prior: how many trials end before it is asked again for beliefs; ${DEFAULT_BELIEF_INTERVAL} by default.`,
      }),
    model: z
      .string()
      .max(200)
      .regex(
        /^[a-z][a-z0-9_-]*:\S+$/,
        'must be anthropic:<model>, openai-compatible:<model>, or <endpoint>:<model> with an endpoint of CHIRON_ENDPOINTS',
      )
      .meta({ examples: ['anthropic:claude-opus-4-6', 'openai-compatible:qwen3:8b', 'azure:gpt-5'] }),
    ...shareFields,
    view: z.enum(['state+history', 'history']).default('state+history').meta({
      description:
        'What the model sees: the optimizer’s state and next proposal too, or only the trials that ran.',
    }),
    prompt: z.enum(['repaired', 'faithful', 'short']).default('repaired').meta({
      description:
        'faithful: the prompt of arXiv 2603.24647, with its order and its omissions. short: a third of the length, and an answer without reasoning, for small models and contexts.',
    }),
    llambo: llamboSchema.optional(),
    matrix: z.boolean().default(false).meta({
      description: 'Show the whole covariance matrix of the optimizer instead of the strongest correlations.',
    }),
    contextTokens: z.number().int().min(2000).max(1_000_000).default(16_000).meta({
      description: 'The longest request in tokens. The history is shortened until the estimated length fits.',
    }),
    maxTokens: z.number().int().min(256).max(128_000).default(4096).meta({
      description: 'The longest answer in tokens, thinking included.',
    }),
    thinking: z
      .union([
        z.enum(['off', 'adaptive']),
        z.strictObject({ budgetTokens: z.number().int().min(1024).max(100_000) }),
      ])
      .default('off'),
    effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).optional(),
    temperature: z.number().min(0).max(2).nullable().optional().meta({
      description:
        'By default 0.7 with the faithful prompt, else the provider’s default. null: the provider’s default.',
    }),
    deadlineSeconds: z.number().min(0.1).max(3600).default(120).meta({
      description: 'Time limit of one trial’s advice, retries included.',
    }),
    maxCalls: z
      .number()
      .int()
      .min(1)
      .max(20)
      .default(4)
      .meta({ description: 'The most calls for one trial’s advice.' }),
    onFailure: z.enum(['optimizer', 'skip', 'pause']).default('optimizer').meta({
      description:
        'Without advice: optimizer runs the optimizer’s proposal, skip cancels the trial (its place in the budget is used up), pause pauses the study.',
    }),
  })
  .refine(({ thinking, maxTokens }) => typeof thinking === 'string' || thinking.budgetTokens < maxTokens, {
    path: ['thinking', 'budgetTokens'],
    message: 'must be below maxTokens, which also covers the answer',
  })
  .refine(({ llambo, as }) => llambo === undefined || as === undefined || as === 'override', {
    path: ['llambo'],
    message: 'is a way to override: leave `as` out',
  })
  .refine(({ thinking, temperature }) => thinking === 'off' || typeof temperature !== 'number', {
    path: ['temperature'],
    message: 'cannot be set for a model that thinks: leave it out, or set thinking to off',
  })
  .meta({ id: 'LlmAdvisor' })

const expertSchema = z
  .strictObject({ kind: z.literal('expert'), as: modeField, ...shareFields })
  .meta({ id: 'ExpertAdvisor' })

const controlSchema = <Kind extends string>(kind: Kind, id: string) =>
  z.strictObject({ kind: z.literal(kind), ...shareFields }).meta({ id })

export const advisorSchema = z
  .discriminatedUnion('kind', [
    llmSchema,
    expertSchema,
    controlSchema('copy', 'CopyControl'),
    controlSchema('jitter', 'JitterControl'),
    controlSchema('random', 'RandomControl'),
  ])
  .meta({
    id: 'Advisor',
    description:
      'Overrides a share of the optimizer’s trials, or gives it a prior. llm is a language model; expert is a script of rules of thumb about training, not a language model; copy, jitter and random are controls: the incumbent again, a small random step from it, a random point.',
  })

export type AdvisorSpec = z.output<typeof advisorSchema>
export type LlmSpec = Extract<AdvisorSpec, { kind: 'llm' }>
export type LlamboSpec = NonNullable<LlmSpec['llambo']>
export type ScriptedKind = Exclude<AdvisorSpec['kind'], 'llm'>

export type AdviceMode = 'override' | 'prior' | 'both'

/** The controls have no `as`, because they know nothing that could be a prior. */
export function adviceMode(advisor: object): AdviceMode {
  return (advisor as { readonly as?: AdviceMode }).as ?? 'override'
}

export type PriorAdvisor = Extract<AdvisorSpec, { kind: 'llm' | 'expert' }>

export function isPrior<A extends { readonly kind: string }>(
  advisor: A | null,
): advisor is Extract<A, PriorAdvisor> {
  return advisor !== null && adviceMode(advisor) !== 'override'
}

/** How many trials end between two questions for beliefs; null if the advisor is asked only once. */
export function beliefInterval(advisor: PriorAdvisor): number | null {
  return advisor.kind === 'llm' ? (advisor.every ?? DEFAULT_BELIEF_INTERVAL) : null
}

/**
 * The `source` of the advisor's trials. The control is `random-control`, because `random` is the optimizer's source.
 */
export function advisorSource({
  kind,
  control,
}: {
  readonly kind: string
  readonly control?: string
}): string {
  if (control !== undefined && control !== 'independent') return control
  return kind === 'random' ? 'random-control' : kind
}

/** The faithful prompt uses the paper's temperature, unless the model thinks: then it may not be set. */
export function temperatureOf({ prompt, thinking, temperature }: LlmSpec): number | null {
  if (temperature !== undefined) return temperature
  return prompt === 'faithful' && thinking === 'off' ? 0.7 : null
}
