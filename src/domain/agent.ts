/** The spec of a code-editing agent: who edits, from which parent, which edits are kept, and what happens when it fails. */
import { z } from 'zod'

export const STRATEGIES = ['greedy', 'top-k', 'weighted', 'islands'] as const
export const KEEP_RULES = ['lower', 'confirmed'] as const
export const EDIT_FORMATS = ['search-replace', 'whole-file'] as const
export const AGENT_PROMPTS = ['default', 'faithful', 'autoresearch'] as const
/** Controls that edit without a model. `independent`, the fourth control, is a model that sees neither history nor keeps. */
export const SCRIPTED_EDITORS = ['no-op', 'seed-only', 'constants-only'] as const

const modelName = z
  .string()
  .max(200)
  .regex(/^[a-z0-9][\w.-]*:\S+$/, 'must be PROVIDER:MODEL')
  .meta({ examples: ['anthropic:claude-opus-4-6', 'openai-compatible:qwen3:8b'] })

const keepSchema = z.union([
  z.enum(KEEP_RULES),
  z.strictObject({
    rule: z.literal('confirmed'),
    alpha: z
      .number()
      .min(0.001)
      .max(0.5)
      .default(0.05)
      .meta({ description: 'Chance to keep an edit that is no better.' }),
    beta: z
      .number()
      .min(0.01)
      .max(0.5)
      .default(0.2)
      .meta({ description: 'Chance to miss an edit that gains `gain`.' }),
    gain: z.number().positive().max(1e100).optional().meta({
      description:
        'The gain that is worth finding; by default, and at least, what so many pairs find with these errors: 1.65 standard deviations of the noise with 6 pairs.',
    }),
    pairs: z
      .number()
      .int()
      .min(2)
      .max(50)
      .default(6)
      .meta({ description: 'The most paired runs of one edit.' }),
  }),
])

export const agentSchema = z
  .strictObject({
    model: modelName
      .optional()
      .meta({ description: 'The model that edits. Left out for a control without one.' }),
    models: z.array(modelName).min(2).max(10).optional().meta({
      description: 'Several models instead of one; a bandit that knows their costs chooses among them.',
    }),
    control: z
      .enum([...SCRIPTED_EDITORS, 'independent'])
      .optional()
      .meta({
        description:
          'A control in the place of the agent: no-op runs the parent again, seed-only with another seed, constants-only changes constants at random, independent asks the model for edits of the baseline without any history.',
      }),
    share: z.number().min(0).max(1).default(1).meta({
      description:
        'The agent’s share of the trials. The optimizer tunes the constants of the kept program in the others.',
    }),
    strategy: z
      .enum(STRATEGIES)
      .default('greedy')
      .meta({ description: 'From which program the next edit starts.' }),
    keep: keepSchema.default('confirmed').meta({
      description:
        'lower: any lower value is kept. confirmed: paired runs against the parent decide, with stated errors.',
    }),
    format: z.enum(EDIT_FORMATS).default('search-replace'),
    prompt: z.enum(AGENT_PROMPTS).default('default').meta({
      description:
        'faithful: the protocol of the study, with its order and its omissions. autoresearch: that of the program which the study took over.',
    }),
    repairs: z.number().int().min(0).max(10).default(2).meta({
      description: 'How often the model may correct an edit that was refused before it ran.',
    }),
    ahead: z.boolean().optional().meta({
      description:
        'Edits are asked for while all slots are busy, at most one for each slot, so that no slot waits for a model. Each is written without the results of the trials that run meanwhile.',
    }),
    contextTokens: z.number().int().min(2000).max(1_000_000).default(64_000),
    maxTokens: z.number().int().min(256).max(128_000).default(16_000),
    thinking: z
      .union([
        z.enum(['off', 'adaptive']),
        z.strictObject({ budgetTokens: z.number().int().min(1024).max(100_000) }),
      ])
      .default('off'),
    effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).optional(),
    temperature: z.number().min(0).max(2).nullable().optional(),
    deadlineSeconds: z.number().min(0.1).max(3600).default(600),
    maxCalls: z.number().int().min(1).max(20).default(6),
    onFailure: z.enum(['optimizer', 'skip', 'pause']).default('skip').meta({
      description:
        'Without a usable edit: skip cancels the trial, optimizer lets the optimizer tune the kept program, pause pauses the study.',
    }),
  })
  .refine(({ model, models, control }) => {
    const given = (model === undefined ? 0 : 1) + (models === undefined ? 0 : 1)
    return control !== undefined && control !== 'independent' ? given === 0 : given === 1
  }, 'name either model or models; a control without a model names none')
  .meta({ id: 'Agent', description: 'An agent that edits the source of a task.' })

export type AgentSpec = z.output<typeof agentSchema>
export type Strategy = AgentSpec['strategy']
export type EditFormat = AgentSpec['format']

/** With the defaults of its rule. */
export type KeepRule =
  | { readonly rule: 'lower' }
  | {
      readonly rule: 'confirmed'
      readonly alpha: number
      readonly beta: number
      readonly gain?: number
      readonly pairs: number
    }

export function keepRule({ keep }: AgentSpec): KeepRule {
  if (keep === 'lower') return { rule: 'lower' }
  return keep === 'confirmed' ? { rule: 'confirmed', alpha: 0.05, beta: 0.2, pairs: 6 } : keep
}
