/** What an experiment will take, as far as it can be told before it runs. */
import type { Providers } from '../advisors/llm/providers.js'
import type { Trainers } from '../dispatch/profiles/profiles.js'
import type { LlmSpec } from '../domain/advisor.js'
import { adviceMode, beliefInterval } from '../domain/advisor.js'
import type { AgentSpec } from '../domain/agent.js'
import type { ExperimentArm, ExperimentPlan } from '../domain/experiment.js'
import type { Budget } from '../domain/spec.js'

export interface Estimate {
  readonly cells: number
  /** Null where the budget does not tell, as in a budget of train seconds whose trials have no known length. */
  readonly trials: number | null
  readonly gpuHours: number | null
  /** Of language models, and of GPUs where their price is given; null where a part of it cannot be told. */
  readonly dollars: number | null
  readonly wallHours: number | null
  /** What the estimate rests on, and what it leaves out. */
  readonly notes: readonly string[]
}

/** Trials of the simulated card train for so long, unless the budget says otherwise. */
const TRIAL_SECONDS = 300

/** A call of a language model is taken to use half of its context and this much of its longest answer. */
const CONTEXT_SHARE = 0.5
const ANSWER_SHARE = 0.25

interface Site {
  readonly providers: Providers
  readonly trainers: Trainers
}

export function estimate(plan: ExperimentPlan, parallel: number, { providers, trainers }: Site): Estimate {
  const notes = new Set<string>()
  for (const { study } of plan.arms)
    if (passesAtOnce(trainers, study.trainer)) notes.add(notOfTheWall(study.trainer!))
  const arms = plan.arms.map((arm) => estimateArm(plan, arm, { providers, trainers }, notes))
  const seeds = plan.seeds.length
  const gpuHours = times(seeds, total(arms.map(({ hours }) => hours)))
  const calls = times(seeds, total(arms.map(({ dollars }) => dollars)))
  const slots = plan.arms.map(({ study }) => study.parallel)
  const wall = times(seeds, total(arms.map(({ hours }, i) => hours && hours / slots[i]!)))
  const gpuPrice = plan.gpuDollarsPerHour
  if (gpuPrice === undefined)
    notes.add('the price of GPUs is not given, so dollars are those of language models')
  return {
    cells: seeds * plan.arms.length,
    trials: times(seeds, total(arms.map(({ trials }) => trials))),
    gpuHours,
    dollars: gpuPrice === undefined ? calls : total([calls, times(gpuPrice, gpuHours)]),
    wallHours: wall && wall / Math.min(parallel, seeds * plan.arms.length),
    notes: [...notes],
  }
}

function passesAtOnce(trainers: Trainers, name: string | undefined): boolean {
  const profile = name === undefined ? undefined : trainers.get(name)?.profile
  return profile?.kind === 'simulated' && profile.speed === 'full'
}

function notOfTheWall(trainer: string): string {
  return `${trainer} is simulated: its hours pass as fast as this machine computes, and no GPU is used`
}

interface ArmEstimate {
  readonly trials: number | null
  readonly hours: number | null
  readonly dollars: number | null
}

/** Of one cell of an arm, its endpoint included. */
function estimateArm(
  { endpoint }: ExperimentPlan,
  { name, study, method }: ExperimentArm,
  { providers, trainers }: Site,
  notes: Set<string>,
): ArmEstimate {
  const { budget } = study
  const each = budget.trialSeconds ?? secondsOf(trainers, study.trainer)
  const trials = trialsOf(budget, each)
  if (trials === null) notes.add(`${name} is limited by wall time alone, so its trials cannot be counted`)
  const repetitions = endpoint.of === 'recommended' ? endpoint.repetitions : 0
  if (budget.trialSeconds === undefined) notes.add(`a trial is taken to train for ${each} s`)
  const own = budget.trainSeconds ?? (trials === null ? null : trials * each)
  const { advisor, agent } = method
  return {
    trials: trials && trials + repetitions,
    hours: own && (own + repetitions * each) / 3600,
    dollars:
      advisor?.kind === 'llm'
        ? dollarsOf(advisor, callsOf(advisor, trials ?? 0), trials, providers, notes)
        : agent
          ? agentsDollars(agent, trials, providers, notes)
          : 0,
  }
}

/** A trainer that is a process says how long it trains. */
function secondsOf(trainers: Trainers, name: string | undefined): number {
  const profile = name === undefined ? undefined : trainers.get(name)?.profile
  return profile?.kind === 'process' ? profile.budgetSeconds : TRIAL_SECONDS
}

function trialsOf({ trials, trainSeconds }: Budget, each: number): number | null {
  const bySeconds = trainSeconds && Math.ceil(trainSeconds / each)
  if (trials === undefined) return bySeconds ?? null
  return bySeconds === undefined ? trials : Math.min(trials, bySeconds)
}

/** An edit is taken to need one call. Of several models the dearest counts. */
function agentsDollars(
  { model, models, share, contextTokens, maxTokens }: AgentSpec,
  trials: number | null,
  providers: Providers,
  notes: Set<string>,
): number | null {
  const asked = model === undefined ? (models ?? []) : [model]
  const each = asked.map((one) =>
    dollarsOf({ model: one, contextTokens, maxTokens }, share * (trials ?? 0), trials, providers, notes),
  )
  return each.includes(null) ? null : Math.max(0, ...each.map((dollars) => dollars!))
}

function dollarsOf(
  advisor: Pick<LlmSpec, 'model' | 'contextTokens' | 'maxTokens'>,
  calls: number,
  trials: number | null,
  providers: Providers,
  notes: Set<string>,
): number | null {
  const price = providers.priceOf(advisor.model)
  if (price === null) notes.add(`${advisor.model} has no price: add it to CHIRON_LLM_PRICES`)
  if (price === null || trials === null) return null
  notes.add('a call of a language model is taken to use half of its context')
  const perMillion =
    price.input * CONTEXT_SHARE * advisor.contextTokens + price.output * ANSWER_SHARE * advisor.maxTokens
  return (calls * perMillion) / 1e6
}

function callsOf(advisor: LlmSpec, trials: number): number {
  const mode = adviceMode(advisor)
  const each = advisor.llambo === undefined ? 1 : 1 + advisor.llambo.samples
  const own = mode === 'prior' ? 0 : each * advisor.ratio * Math.max(0, trials - advisor.warmup)
  const interval = mode === 'override' ? null : beliefInterval(advisor)
  return own + (interval === null ? 0 : 1 + Math.floor(trials / interval))
}

function total(parts: readonly (number | null)[]): number | null {
  return parts.reduce<number | null>((sum, part) => (sum === null || part === null ? null : sum + part), 0)
}

function times(factor: number, value: number | null): number | null {
  return value === null ? null : factor * value
}
