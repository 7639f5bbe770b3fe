/**
 * The trials that LLAMBO (arXiv 2402.03921) shows as examples, and the value toward which candidates are asked for. Successes alone
 * set the range, and the target is strictly better than the best; the defects of the published uses can be switched on.
 */
import { shuffle, stream } from '../../../optimizers/rng.js'
import type { LlamboSpec } from '../../domain/advisor.js'
import type { RememberedTrial } from '../advisor-history.js'
import type { PromptContext } from '../llm/prompt-sections.js'

export type LlamboDefect = LlamboSpec['defects'][number]

export interface Example {
  readonly trial: RememberedTrial
  readonly value: number
}

/** What the published uses count a failed trial as. */
const PENALTY = 100
const STREAM = 0x11a3b0
/** Where all successes have one value, the target is better by this share of it. */
const LEAST_RANGE = 0.01

export function llamboOf({ advisor }: PromptContext): LlamboSpec {
  return advisor.llambo!
}

export function hasDefect(context: PromptContext, defect: LlamboDefect): boolean {
  return llamboOf(context).defects.includes(defect)
}

/** 1 where smaller is better, else -1. */
export function signOf({ spec }: PromptContext): 1 | -1 {
  return spec.objective.direction === 'minimize' ? 1 : -1
}

/** The most useful first: the best trials, then the latest. A tight context keeps the first of them. */
export function examplesOf(context: PromptContext): Example[] {
  const { best, recent, failed } = context.history
  const seen = new Set<number>()
  const succeeded = [...best, ...recent.toReversed()].filter(({ number, outcome }) => {
    if (outcome !== 'complete' || seen.has(number)) return false
    seen.add(number)
    return true
  })
  const examples = succeeded.map((trial) => ({ trial, value: trial.value! }))
  if (!hasDefect(context, 'failures-as-100')) return examples
  const penalty = signOf(context) * PENALTY
  return [...examples, ...failed.toReversed().map((trial) => ({ trial, value: penalty }))]
}

/** In another order for each question of a trial, so that no order is learned from. */
export function shuffledExamples(examples: readonly Example[], context: PromptContext, step: number) {
  return shuffle(stream(context.spec.seed, context.number, step, STREAM), [...examples])
}

/** The value of the best success; null while no trial has succeeded. */
export function bestValue({ history }: PromptContext): number | null {
  return history.best[0]?.value ?? null
}

/** The value that candidates shall reach; null while no trial has succeeded. */
export function targetValue(context: PromptContext): number | null {
  const best = bestValue(context)
  if (best === null || hasDefect(context, 'target-at-best')) return best
  const values = examplesOf(context).map(({ value }) => value)
  const range = Math.max(...values) - Math.min(...values) || LEAST_RANGE * (Math.abs(best) || 1)
  const step = signOf(context) * llamboOf(context).alpha * range
  return hasDefect(context, 'target-worse') ? best + step : best - step
}

/** Of a binary surrogate: whether the example is in the best quarter. */
export function isGood(examples: readonly Example[], { value }: Example, context: PromptContext): boolean {
  const sign = signOf(context)
  const ranked = examples.map((one) => sign * one.value).sort((a, b) => a - b)
  return sign * value <= ranked[Math.ceil(ranked.length / 4) - 1]!
}
