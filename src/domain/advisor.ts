/** Who advises in a study, on which share of its trials, and what happens when that fails. */
import { z } from 'zod'

/** Trials between one question for beliefs and the next. */
const EVERY = 50

const ratioSchema = z.number().min(0).max(1)

const shareFields = {
  ratio: ratioSchema
    .default(0.3)
    .meta({ description: 'Its share of the trials after the warm-up: exactly.' }),
  warmup: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(10)
    .meta({ description: 'So many trials are the optimizer’s before it speaks; trial 0 is the default.' }),
  policy: z.enum(['fixed', 'adaptive']).default('fixed').meta({
    description:
      'adaptive: the share begins at ratio and moves to whoever betters the incumbent beyond noise.',
  }),
  bounds: z
    .strictObject({ low: ratioSchema.default(0.05), high: ratioSchema.default(0.6) })
    .refine(({ low, high }) => low <= high, 'low must not be above high')
    .prefault({})
    .meta({ description: 'What an adaptive share stays within.' }),
}

const modeField = z.enum(['override', 'prior', 'both']).optional().meta({
  description:
    'override, and so it is unless said: it chooses the configuration on its share of the trials. prior: it says where it believes the optimum to lie, and an optimizer that takes beliefs (gp) weighs that. both: both.',
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
        description: `As a prior: so many trials end before it is asked again what it believes; ${EVERY} unless said.`,
      }),
    model: z
      .string()
      .max(200)
      .regex(/^(anthropic|openai-compatible):\S+$/, 'must be anthropic:<model> or openai-compatible:<model>')
      .meta({ examples: ['anthropic:claude-opus-4-6', 'openai-compatible:qwen3:8b'] }),
    ...shareFields,
    view: z.enum(['state+history', 'history']).default('state+history').meta({
      description: 'Whether it sees what the optimizer believes and would run next, or only what was run.',
    }),
    prompt: z.enum(['repaired', 'faithful']).default('repaired').meta({
      description: 'faithful: what arXiv 2603.24647 showed, in its order and with what it left out.',
    }),
    matrix: z.boolean().default(false).meta({
      description: 'Show all correlations that the optimizer gives, not the strongest alone.',
    }),
    contextTokens: z.number().int().min(2000).max(1_000_000).default(16_000).meta({
      description: 'The history is cut until the request is estimated to be no longer.',
    }),
    maxTokens: z.number().int().min(256).max(128_000).default(4096).meta({
      description: 'Of an answer, with what was thought.',
    }),
    thinking: z
      .union([
        z.enum(['off', 'adaptive']),
        z.strictObject({ budgetTokens: z.number().int().min(1024).max(100_000) }),
      ])
      .default('off'),
    effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).optional(),
    temperature: z.number().min(0).max(2).nullable().optional().meta({
      description: '0.7 where the prompt is faithful, else the provider’s own, which null is too.',
    }),
    deadlineSeconds: z.number().min(0.1).max(3600).default(120).meta({
      description: 'For one trial’s advice, its retries included.',
    }),
    maxCalls: z.number().int().min(1).max(20).default(4).meta({ description: 'For one trial’s advice.' }),
    onFailure: z.enum(['optimizer', 'skip', 'pause']).default('optimizer').meta({
      description:
        'Where there is no advice: run the optimizer’s own point, or nothing (its place in the budget is spent), or pause the study.',
    }),
  })
  .refine(({ thinking, maxTokens }) => typeof thinking === 'string' || thinking.budgetTokens < maxTokens, {
    path: ['thinking', 'budgetTokens'],
    message: 'must be below maxTokens, which hold the answer too',
  })
  .refine(({ thinking, temperature }) => thinking === 'off' || typeof temperature !== 'number', {
    path: ['temperature'],
    message: 'cannot be chosen for a model that thinks: leave it out, or set thinking to off',
  })

const expertSchema = z.strictObject({ kind: z.literal('expert'), as: modeField, ...shareFields })

const controlSchema = <Kind extends string>(kind: Kind) =>
  z.strictObject({ kind: z.literal(kind), ...shareFields })

export const advisorSchema = z
  .discriminatedUnion('kind', [
    llmSchema,
    expertSchema,
    controlSchema('copy'),
    controlSchema('jitter'),
    controlSchema('random'),
  ])
  .meta({
    id: 'Advisor',
    description:
      'Overrides a share of the optimizer’s trials, or tells it what to believe. expert is a script of training lore, no language model; copy, jitter and random are controls: the incumbent again, a small step from it, any point.',
  })

export type AdvisorSpec = z.output<typeof advisorSchema>
export type LlmSpec = Extract<AdvisorSpec, { kind: 'llm' }>
export type ScriptedKind = Exclude<AdvisorSpec['kind'], 'llm'>

export type AdviceMode = 'override' | 'prior' | 'both'

/** Only who may know something can be a prior: the controls know nothing. */
export function adviceMode(advisor: AdvisorSpec): AdviceMode {
  return ('as' in advisor ? advisor.as : undefined) ?? 'override'
}

export type PriorAdvisor = Extract<AdvisorSpec, { kind: 'llm' | 'expert' }>

export function isPrior(advisor: AdvisorSpec | null): advisor is PriorAdvisor {
  return advisor !== null && adviceMode(advisor) !== 'override'
}

/** How many trials later it is asked again; null: what it knows, it knows from the start. */
export function beliefInterval(advisor: PriorAdvisor): number | null {
  return advisor.kind === 'llm' ? (advisor.every ?? EVERY) : null
}

/** Whose configuration it is, as a trial says it. The optimizer random, and what is drawn in need, are `random` already. */
export function advisorSource({ kind }: Pick<AdvisorSpec, 'kind'>): string {
  return kind === 'random' ? 'random-control' : kind
}

/** The reference's, where its prompt is shown and the model may be given one. */
export function temperatureOf({ prompt, thinking, temperature }: LlmSpec): number | null {
  if (temperature !== undefined) return temperature
  return prompt === 'faithful' && thinking === 'off' ? 0.7 : null
}
