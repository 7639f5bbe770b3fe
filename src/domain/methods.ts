/** Named methods: presets of an optimizer and its advisor. */
import { optimizerKinds } from '../../optimizers/index.js'
import type { SearchMethod } from '../../optimizers/search.js'
import type { Space } from '../../search-spaces/index.js'
import { type AdvisorSpec, advisorSchema } from './advisor.js'
import { CHIRON } from './spec.js'

export interface StudyMethod extends SearchMethod {
  readonly advisor?: AdvisorSpec
  /** Of a preset that depends on the service: what it came to, for people. */
  readonly chosen?: string
}

export interface Method {
  readonly name: string
  readonly description: string
  readonly method: StudyMethod
}

/** The model with which arXiv 2603.24647 measured its best. Another is named by spelling the method out. */
export const MODEL = 'anthropic:claude-opus-4-6'

const alone: readonly Method[] = optimizerKinds().map(({ kind, description, options }) => ({
  name: kind,
  description,
  method: { optimizer: { kind, ...(options as object) } },
}))

const presets: readonly Method[] = [
  {
    name: CHIRON,
    description:
      'What we would run ourselves: gp leads, the preflight refuses what would not fit, and a language model says what it believes, where the service has a key for one.',
    method: { optimizer: { kind: 'gp' } },
  },
  centaurPreset(
    'centaur',
    'cma-es leads, a language model overrides 30 % of the trials after the tenth.',
    'cma-es',
    {
      kind: 'llm',
      model: MODEL,
    },
  ),
  centaurPreset(
    'agent-14hp',
    'A language model proposes every trial after the first, from the history alone.',
    'random',
    {
      kind: 'llm',
      model: MODEL,
      ratio: 1,
      warmup: 1,
      view: 'history',
    },
  ),
  centaurPreset(
    'centaur-expert',
    'centaur with a script of training lore in the language model’s place.',
    'cma-es',
    {
      kind: 'expert',
    },
  ),
  centaurPreset('centaur-copy', 'Control arm of centaur: the incumbent is run again.', 'cma-es', {
    kind: 'copy',
  }),
  centaurPreset('centaur-jitter', 'Control arm of centaur: a small step from the incumbent.', 'cma-es', {
    kind: 'jitter',
  }),
  centaurPreset('centaur-random', 'Control arm of centaur: any point.', 'cma-es', { kind: 'random' }),
]

export const METHODS: readonly Method[] = [...alone, ...presets]

/** An optimizer’s preset names it and leaves its options to their defaults, as they are when it is read. */
export function methodNamed(name: string): StudyMethod | undefined {
  if (alone.some((m) => m.name === name)) return { optimizer: { kind: name } }
  return presets.find((m) => m.name === name)?.method
}

/** Spelled out, so that a study remains what it was where the keys are others. `model`: null where there is none at hand. */
export function completedChiron(model: string | null, space: Space): StudyMethod {
  const preflight = space.spec.memory === undefined ? 'learned' : 'formula'
  const beliefs =
    model === null ? 'no language model, since the service has none at hand' : `beliefs of ${model}`
  return {
    optimizer: { kind: 'gp' },
    preflight,
    ...withPrior(model),
    chosen: `chiron: gp, ${preflight} preflight, ${beliefs}`,
  }
}

/** The catalogue, as a service runs it that has this model at hand. */
export function methodsCatalogue(model: string | null): Method[] {
  return METHODS.map((m) => (m.name === CHIRON ? { ...m, method: { ...m.method, ...withPrior(model) } } : m))
}

function withPrior(model: string | null): { readonly advisor?: AdvisorSpec } {
  return model === null ? {} : { advisor: advisorSchema.parse({ kind: 'llm', model, as: 'prior' }) }
}

function centaurPreset(name: string, description: string, kind: string, advisor: unknown): Method {
  return { name, description, method: { optimizer: { kind }, advisor: advisorSchema.parse(advisor) } }
}
