/** The method presets: named pairs of an optimizer and an advisor. */
import { optimizerKinds } from '../../optimizers/index.js'
import type { SearchMethod } from '../../optimizers/search.js'
import type { Space } from '../../search-spaces/index.js'
import { type AdvisorSpec, advisorSchema } from './advisor.js'
import { type AgentSpec, agentSchema } from './agent.js'
import { CHIRON } from './spec.js'

export interface StudyMethod extends SearchMethod {
  readonly advisor?: AdvisorSpec
  readonly agent?: AgentSpec
  /** For people: what the preset `chiron` resolved to on this service. */
  readonly chosen?: string
}

/** An agent as the advisor that it is: it overrides its share of the trials. The baseline's is nobody's turn. */
export type AgentAdvisor = AgentSpec & {
  readonly kind: 'agent'
  readonly ratio: number
  readonly warmup: number
  readonly policy: 'fixed'
  readonly bounds: { readonly low: number; readonly high: number }
}

export type StudyAdvisor = AdvisorSpec | AgentAdvisor

/** What overrides a share of the optimizer's trials, if anything does. */
export function advisorOf({ advisor, agent }: StudyMethod): StudyAdvisor | null {
  if (agent === undefined) return advisor ?? null
  const { share } = agent
  return {
    ...agent,
    kind: 'agent',
    ratio: share,
    warmup: 0,
    policy: 'fixed',
    bounds: { low: share, high: share },
  }
}

export interface Method {
  readonly name: string
  readonly description: string
  /** Which study it is for, in one line. */
  readonly when: string
  readonly method: StudyMethod
}

/** The model with the best published result in arXiv 2603.24647. A method given in full can name another one. */
export const MODEL = 'anthropic:claude-opus-4-6'

const optimizerPresets: readonly Method[] = optimizerKinds().map(({ kind, description, when, options }) => ({
  name: kind,
  description,
  when,
  method: { optimizer: { kind, ...(options as object) } },
}))

const advisorPresets: readonly Method[] = [
  {
    name: CHIRON,
    description:
      'The recommended method: gp, a preflight that refuses configurations that would not fit into memory, and, where the service has a key for one, a language model that gives a prior.',
    when: 'The default: start here.',
    method: { optimizer: { kind: 'gp' } },
  },
  {
    name: 'centaur',
    description: 'cma-es; a language model overrides 30 % of the trials after the tenth.',
    when: 'A space about which a language model has read, such as the training of neural networks.',
    method: advised('cma-es', { kind: 'llm', model: MODEL }),
  },
  {
    name: 'centaur-faithful',
    description:
      'centaur with the choices of arXiv 2603.24647: Optuna’s cma-es, failures as 100, every third trial, its prompt, no preflight.',
    when: 'To repeat the published study, and to measure what its choices cost.',
    method: {
      optimizer: {
        kind: 'cma-es',
        mean: 'centre',
        sampling: 'independent',
        bounds: 'resample',
        sigma: 1 / 6,
        restarts: 'none',
      },
      preflight: 'off',
      failures: 'penalty',
      advisor: advisorSchema.parse({
        kind: 'llm',
        model: MODEL,
        policy: 'interval',
        prompt: 'faithful',
        matrix: true,
      }),
    },
  },
  {
    name: 'agent-14hp',
    description: 'A language model proposes every trial after the first, from the history alone.',
    when: 'To see what a language model does without an optimizer.',
    method: advised('random', { kind: 'llm', model: MODEL, ratio: 1, warmup: 1, view: 'history' }),
  },
  {
    name: 'llambo',
    description:
      'LLAMBO: a language model proposes candidates and predicts each; the best expected improvement runs.',
    when: 'Few trials of a space that a language model knows, at up to five calls a trial.',
    method: llambo({}),
  },
  {
    name: 'llambo-paper',
    description:
      'llambo with the defects of its use in arXiv 2603.24647: a target worse than the best, failures as 100, random padding.',
    when: 'To measure what the defects of its published use cost.',
    method: llambo({ defects: ['target-worse', 'failures-as-100', 'random-padding'] }),
  },
  {
    name: 'llambo-optuna',
    description:
      'llambo as Optuna’s port: labels good or bad, a target no better than the best, failures hidden, random categories.',
    when: 'To measure what the choices of Optuna’s port cost.',
    method: llambo({
      surrogate: 'label',
      defects: ['target-at-best', 'failures-hidden', 'random-padding', 'random-categories'],
    }),
  },
  {
    name: 'centaur-expert',
    description: 'centaur with a script of rules of thumb about training in place of the language model.',
    when: 'Training of neural networks, without a language model; a baseline for one.',
    method: advised('cma-es', { kind: 'expert' }),
  },
  {
    name: 'centaur-copy',
    description: 'Control arm of centaur: it runs the incumbent again.',
    when: 'An arm of an experiment: what repeating the best alone would gain.',
    method: advised('cma-es', { kind: 'copy' }),
  },
  {
    name: 'centaur-jitter',
    description: 'Control arm of centaur: a small random step from the incumbent.',
    when: 'An arm of an experiment: what small random steps alone would gain.',
    method: advised('cma-es', { kind: 'jitter' }),
  },
  {
    name: 'centaur-random',
    description: 'Control arm of centaur: a random point.',
    when: 'An arm of an experiment: what random points alone would gain.',
    method: advised('cma-es', { kind: 'random' }),
  },
]

const agentPresets: readonly Method[] = [
  {
    name: 'agent-code',
    description: 'A language model edits the source of a task; an edit is kept once paired runs confirm it.',
    when: 'A trainer with a task, where the program itself may change and runs are noisy.',
    method: edited({ model: MODEL }),
  },
  {
    name: 'agent-code-faithful',
    description:
      'The code-editing agent of arXiv 2603.24647: whole files, the last fifteen experiments as history, any lower value is kept.',
    when: 'To repeat the published study.',
    method: edited({
      model: MODEL,
      prompt: 'faithful',
      format: 'whole-file',
      keep: 'lower',
      repairs: 0,
      onFailure: 'skip',
    }),
  },
  {
    name: 'autoresearch',
    description: 'The loop of autoresearch: greedy edits, any lower value is kept.',
    when: 'A trainer with a task, where runs have hardly any noise.',
    method: edited({ model: MODEL, prompt: 'autoresearch', keep: 'lower' }),
  },
]

export const METHODS: readonly Method[] = [...optimizerPresets, ...advisorPresets, ...agentPresets]

/** An optimizer's preset stores no options, so that it uses the defaults of the version that runs it. */
export function methodNamed(name: string): StudyMethod | undefined {
  if (optimizerPresets.some((m) => m.name === name)) return { optimizer: { kind: name } }
  return [...advisorPresets, ...agentPresets].find((m) => m.name === name)?.method
}

/**
 * Resolves the preset `chiron`. The study stores the result, so that it does not change with the service's keys.
 * `model` is null where the service has no language model.
 */
export function completedChiron(model: string | null, space: Space): StudyMethod {
  const preflight = space.spec.memory === undefined ? 'learned' : 'formula'
  const beliefs =
    model === null ? 'no language model, because the service has no key for one' : `beliefs of ${model}`
  return {
    optimizer: { kind: 'gp' },
    preflight,
    ...withPrior(model),
    chosen: `chiron: gp, ${preflight} preflight, ${beliefs}`,
  }
}

/** The presets as they resolve on a service with this model. */
export function methodsCatalogue(model: string | null): Method[] {
  return METHODS.map((m) => (m.name === CHIRON ? { ...m, method: { ...m.method, ...withPrior(model) } } : m))
}

function withPrior(model: string | null): { readonly advisor?: AdvisorSpec } {
  return model === null ? {} : { advisor: advisorSchema.parse({ kind: 'llm', model, as: 'prior' }) }
}

/** With every trial after the baseline's, so its optimizer proposes nothing that runs. */
function edited(agent: unknown): StudyMethod {
  return { optimizer: { kind: 'random' }, agent: agentSchema.parse(agent) }
}

/** One try a question, so that a trial costs at most five calls. Where they fail, the random search of the study’s seed goes on. */
function llambo(options: unknown): StudyMethod {
  return advised('random', {
    kind: 'llm',
    model: MODEL,
    ratio: 1,
    warmup: 1,
    view: 'history',
    maxCalls: 1,
    llambo: options,
  })
}

function advised(kind: string, advisor: unknown): StudyMethod {
  return { optimizer: { kind }, advisor: advisorSchema.parse(advisor) }
}
