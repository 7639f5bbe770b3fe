/**
 * The model as a surrogate: it predicts each candidate several times. Mean and standard deviation of the predictions give the
 * expected improvement; of a binary surrogate the share of good labels is the score.
 */
import { logExpectedImprovement } from '../../../optimizers/surrogate/expected-improvement.js'
import { jsonObjects, nestedObjects } from '../llm/answer.js'
import type { PromptContext } from '../llm/prompt-sections.js'
import { closedObject, namesOf } from './candidates.js'
import { bestValue, llamboOf, signOf } from './examples.js'

/** The predictions of one answer, one for each candidate; null where it has none. */
export type Scores = readonly (number | null)[]

export function scoresSchema(context: PromptContext, count: number): Record<string, unknown> {
  const [member, one] = isBinary(context)
    ? ['labels', { enum: [0, 1] }]
    : (['scores', { type: 'number' }] as const)
  return closedObject({
    [member]: closedObject(Object.fromEntries(namesOf(count).map((name) => [name, one]))),
  })
}

export function isBinary(context: PromptContext): boolean {
  return llamboOf(context).surrogate === 'label'
}

/** Accepts a list in place of members, and numbers as text. */
export function readScores(context: PromptContext, text: string, count: number): Scores {
  const objects = jsonObjects(text).flatMap(nestedObjects)
  const member = isBinary(context) ? 'labels' : 'scores'
  const given =
    objects.map((object) => object[member]).find((value) => typeof value === 'object') ?? objects[0]
  const values: Readonly<Record<string, unknown>> = Array.isArray(given)
    ? Object.fromEntries(given.map((value, i) => [`c${i + 1}`, value]))
    : ((given ?? {}) as object as Record<string, unknown>)
  return namesOf(count).map((name) => readScore(context, values[name]))
}

function readScore(context: PromptContext, given: unknown): number | null {
  const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given
  if (typeof number !== 'number' || !Number.isFinite(number)) return null
  return isBinary(context) ? Math.min(1, Math.max(0, Math.round(number))) : number
}

export interface Prediction {
  readonly mean: number
  readonly sd: number
  readonly samples: number
  /** Greater is better: the logarithm of the expected improvement, or the share of good labels. */
  readonly merit: number
}

/** A standard deviation below this share of the best value is that of a model that repeats itself. */
const LEAST_SD = 1e-6

/** Null for a candidate that no answer predicted. */
export function predict(
  context: PromptContext,
  answers: readonly Scores[],
  candidate: number,
): Prediction | null {
  const values = answers.map((scores) => scores[candidate]!).filter((value) => value !== null)
  if (values.length === 0) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const sd = values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1))
  return {
    mean,
    sd,
    samples: values.length,
    merit: isBinary(context) ? mean : improvement(context, mean, sd),
  }
}

function improvement(context: PromptContext, mean: number, sd: number): number {
  const [best, sign] = [bestValue(context)!, signOf(context)]
  const least = LEAST_SD * (Math.abs(best) || 1)
  return logExpectedImprovement(sign * best, sign * mean, Math.max(sd, least) ** 2)
}

/** The candidate of the greatest merit, the first of equals; null where none was predicted. */
export function chooseCandidate(
  context: PromptContext,
  answers: readonly Scores[],
  count: number,
): { readonly index: number; readonly prediction: Prediction } | null {
  const predicted = Array.from({ length: count }, (_, index) => ({
    index,
    prediction: predict(context, answers, index),
  })).flatMap(({ index, prediction }) => (prediction === null ? [] : [{ index, prediction }]))
  return predicted.reduce<(typeof predicted)[number] | null>(
    (best, one) => (best === null || one.prediction.merit > best.prediction.merit ? one : best),
    null,
  )
}
