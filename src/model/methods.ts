/** Named methods: presets of an optimizer and its advisor. */
import { optimizerKinds } from '../../optimizers/index.js'
import type { SearchMethod } from '../../optimizers/search.js'
import { type AdvisorSpec, advisorSchema } from './advisor.js'

export interface StudyMethod extends SearchMethod {
  readonly advisor?: AdvisorSpec
}

export interface Method {
  readonly name: string
  readonly description: string
  readonly method: StudyMethod
}

/** The model with which arXiv 2603.24647 measured its best. Another is named by spelling the method out. */
const MODEL = 'anthropic:claude-opus-4-6'

const alone: readonly Method[] = optimizerKinds().map(({ kind, description, options }) => ({
  name: kind,
  description,
  method: { optimizer: { kind, ...(options as object) } },
}))

const presets: readonly Method[] = [
  {
    name: 'chiron',
    description: 'What we would run ourselves: gp leads, and the preflight refuses what would not fit.',
    method: { optimizer: { kind: 'gp' } },
  },
  led('centaur', 'cma-es leads, a language model overrides 30 % of the trials after the tenth.', 'cma-es', {
    kind: 'llm',
    model: MODEL,
  }),
  led(
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
  led('centaur-expert', 'centaur with a script of training lore in the language model’s place.', 'cma-es', {
    kind: 'expert',
  }),
  led('centaur-copy', 'Control arm of centaur: the incumbent is run again.', 'cma-es', { kind: 'copy' }),
  led('centaur-jitter', 'Control arm of centaur: a small step from the incumbent.', 'cma-es', {
    kind: 'jitter',
  }),
  led('centaur-random', 'Control arm of centaur: any point.', 'cma-es', { kind: 'random' }),
]

export const METHODS: readonly Method[] = [...alone, ...presets]

/** An optimizer’s preset names it and leaves its options to their defaults, as they are when it is read. */
export function methodNamed(name: string): StudyMethod | undefined {
  if (alone.some((m) => m.name === name)) return { optimizer: { kind: name } }
  return presets.find((m) => m.name === name)?.method
}

function led(name: string, description: string, kind: string, advisor: unknown): Method {
  return { name, description, method: { optimizer: { kind }, advisor: advisorSchema.parse(advisor) } }
}
