/** `chiron ablate`: varies the share of the trials that an advisor overrides, with control arms at every share. */
import { Fault } from '../../faults.js'
import { type FollowOptions, runExperiment } from './follow-experiment.js'

export interface AblateOptions extends FollowOptions {
  readonly name?: string
  readonly space: string
  readonly trainer?: string
  readonly metric: string
  readonly maximize?: boolean
  readonly optimizer: string
  readonly advisor: string
  readonly ratios: string
  readonly controls: string
  readonly seeds: string
  readonly hours?: string
  readonly trials?: string
  readonly parallel: string
  readonly repetitions: string
}

export async function runAblate(options: AblateOptions, env: NodeJS.ProcessEnv): Promise<void> {
  await runExperiment(ablationPlan(options), options, env)
}

export function ablationPlan(options: AblateOptions) {
  const { space, metric, optimizer, advisor, seeds, parallel, repetitions } = options
  const trainer = options.trainer ?? (space === 'autoresearch-14' ? 'simulated-h200' : undefined)
  if (trainer === undefined)
    throw new Fault('invalid_request', `--trainer: name the trainer that runs configurations of ${space}`)
  return {
    name: options.name ?? ['ablation', nameOf(advisor), optimizer, space].join('-').slice(0, 50),
    study: {
      space,
      objective: { metric, direction: options.maximize ? 'maximize' : 'minimize' },
      trainer,
      budget: budgetOf(options),
    },
    ablation: {
      optimizer: { kind: optimizer },
      advisor: advisor.includes(':') ? { kind: 'llm', model: advisor } : { kind: advisor },
      ratios: listOf(options.ratios).map((text) => numberOf('--ratios', text)),
      controls: listOf(options.controls),
    },
    seeds: numberOf('--seeds', seeds),
    parallel: numberOf('--parallel', parallel),
    endpoint: { of: 'recommended', repetitions: numberOf('--repetitions', repetitions) },
  }
}

function budgetOf({ hours, trials }: AblateOptions) {
  if (trials !== undefined) return { trials: numberOf('--trials', trials) }
  return { trainSeconds: 3600 * numberOf('--hours', hours ?? '24') }
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function numberOf(option: string, text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  throw new Fault('invalid_request', `${option} ${text}: expected a number`)
}

function nameOf(advisor: string): string {
  return advisor.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '')
}
