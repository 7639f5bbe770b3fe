/** Candidates that a model proposes: what they shall look like, and what is usable of an answer. */
import { stream } from '../../../optimizers/rng.js'
import { draw, type Params, paramsKey, repair, type Space, type Value } from '../../../search-spaces/index.js'
import { isObject, jsonObjects, paramsSchema, readParams } from '../llm/answer.js'
import type { PromptContext } from '../llm/prompt-sections.js'
import { hasDefect, llamboOf } from './examples.js'

/** Members instead of the items of an array, because not every mode of structured answers knows the length of an array. */
export function candidatesSchema(context: PromptContext): Record<string, unknown> {
  const { candidates } = llamboOf(context)
  const each = Object.fromEntries(namesOf(candidates).map((name) => [name, paramsSchema(asked(context))]))
  return closedObject({ candidates: closedObject(each) })
}

export function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `c${i + 1}`)
}

export function closedObject(properties: Record<string, unknown>) {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
}

/** The parameters that the model chooses. */
function asked(context: PromptContext): readonly Space['searched'][number][] {
  const { searched } = context.space
  return hasDefect(context, 'random-categories') ? searched.filter(({ numeric }) => numeric) : searched
}

/**
 * The usable candidates of an answer, repaired, without those that ran and without repeats of one another. `known`: those of
 * earlier answers for this trial.
 */
export function readCandidates(context: PromptContext, text: string, known: readonly Params[]): Params[] {
  const taken = new Set([...known, ...ranBefore(context)].map(paramsKey))
  const rng = stream(context.spec.seed, context.number, known.length, STREAM)
  const usable: Params[] = []
  for (const object of jsonObjects(text).flatMap(objectsWithin)) {
    const read = readParams(context.space, object)
    const params = read.ok && completed(context, read.params, rng)
    if (!params || taken.has(paramsKey(params))) continue
    taken.add(paramsKey(params))
    usable.push(params)
  }
  return usable.slice(0, Math.max(0, llamboOf(context).candidates - known.length))
}

const STREAM = 0x11a3b1

/** Every object in it, those in lists too. */
function objectsWithin(value: unknown): Readonly<Record<string, unknown>>[] {
  if (Array.isArray(value)) return value.flatMap(objectsWithin)
  if (!isObject(value)) return []
  return [value, ...Object.values(value).flatMap(objectsWithin)]
}

function ranBefore({ history }: PromptContext): Params[] {
  const { best, recent, failed, advised } = history
  return [best, recent, failed, advised].flat().map(({ params }) => params)
}

/** With the optimizer's own values where the model gave none. The published uses drop what is out of bounds. */
function completed(
  context: PromptContext,
  given: Readonly<Record<string, Value>>,
  rng: ReturnType<typeof stream>,
): Params | null {
  const { space, own } = context
  const random = hasDefect(context, 'random-categories') ? unordered(space, draw(space, rng.uniform)) : {}
  const repaired = repair(space, { ...own, ...given, ...random })
  if (!repaired.ok) return null
  return hasDefect(context, 'random-padding') && isMoved(given, repaired.params) ? null : repaired.params
}

function unordered(space: Space, params: Params): Params {
  const names = space.searched.filter(({ numeric }) => !numeric).map(({ name }) => name)
  return Object.fromEntries(Object.entries(params).filter(([name]) => names.includes(name)))
}

/** Whether a number was out of its bounds, or no level of its parameter. */
function isMoved(given: Readonly<Record<string, Value>>, params: Params): boolean {
  return Object.entries(given).some(([name, value]) => typeof value === 'number' && params[name] !== value)
}

/** The published uses draw what is missing at random; here the seed of the study is part of the draw. */
export function padCandidates(context: PromptContext, candidates: readonly Params[]): readonly Params[] {
  const missing = llamboOf(context).candidates - candidates.length
  if (!hasDefect(context, 'random-padding') || missing <= 0) return candidates
  const rng = stream(context.spec.seed, context.number, STREAM)
  const drawn = Array.from({ length: missing }, () => draw(context.space, rng.uniform))
  return [...candidates, ...drawn]
}
