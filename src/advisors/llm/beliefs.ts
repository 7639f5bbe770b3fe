/** The JSON schema of a model's beliefs, and a lenient parser for its answer. */
import type { Belief, Beliefs, Relation } from '../../../optimizers/contract.js'
import { isPositive, type Parameter, type Space, type Value } from '../../../search-spaces/index.js'
import {
  coerceValue,
  isObject,
  jsonObjects,
  memberName,
  nestedObjects,
  parameterNamed,
  reasoningIn,
  valueSchema,
} from './answer.js'

/** Every member is required, because strict modes demand it; a parameter without a belief is null. */
export function beliefsSchema(space: Space): Record<string, unknown> {
  const beliefs = Object.fromEntries(
    space.searched.map((p) => [memberName(p), { anyOf: [beliefSchema(p), NULL] }]),
  )
  const positive = space.searched.filter(isPositive).map(memberName)
  return closedObject({
    reasoning: { type: 'string' },
    beliefs: closedObject(beliefs),
    ...(positive.length > 1 && { relations: { type: 'array', items: relationSchema(positive) } }),
  })
}

function relationSchema(names: readonly string[]): object {
  const number = { type: 'number' }
  const term = closedObject({ parameter: { type: 'string', enum: names }, power: number, at: number })
  return closedObject({ of: { type: 'array', items: term }, factor: number, confidence: number })
}

const NULL = { type: 'null' }

function beliefSchema(parameter: Parameter): object {
  return closedObject({
    centre: { ...valueSchema(parameter), description: parameter.domain },
    spread: parameter.numeric ? { type: 'number' } : NULL,
    confidence: { type: 'number' },
  })
}

function closedObject(properties: Record<string, unknown>) {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
}

export type ReadBeliefs =
  | { readonly ok: true; readonly beliefs: Beliefs; readonly note: string | null }
  | { readonly ok: false; readonly outcome: 'unparseable' | 'out_of_space'; readonly message: string }

/**
 * Parses as leniently as readAnswer. An unusable belief, about one parameter or several, is left out and named in the note. An
 * empty set of beliefs is a valid answer.
 */
export function readBeliefs(space: Space, text: string): ReadBeliefs {
  const objects = jsonObjects(text).flatMap(nestedObjects)
  const given =
    objects.map(({ beliefs }) => beliefs).find(isObject) ?? objects.find(isKeyedByParameter(space))
  if (given === undefined)
    return { ok: false, outcome: 'unparseable', message: 'it has no object of beliefs by parameter' }
  const read = Object.entries(given).flatMap(([name, belief]) => {
    const parameter = parameterNamed(space, name)
    return belief === null || parameter === undefined || parameter.coordinate < 0
      ? []
      : [{ name: parameter.name, belief: readBelief(parameter, belief) }]
  })
  const related = objects.map(({ relations }) => relations).find(Array.isArray) ?? []
  const relations = related.map((relation) => readRelation(space, relation))
  const usable = relations.filter((relation) => relation !== undefined).slice(0, MOST_RELATIONS)
  const left = [
    ...read.filter(({ belief }) => belief === undefined).map(({ name }) => name),
    ...relations.flatMap((relation, i) => (relation === undefined ? [`relation ${i + 1}`] : [])),
  ]
  if (left.length > 0 && left.length === read.length + relations.length)
    return { ok: false, outcome: 'out_of_space', message: `no belief is usable: ${left.join(', ')}` }
  const kept = read.flatMap(({ name, belief }) => (belief === undefined ? [] : [[name, belief] as const]))
  const reasoning = reasoningIn(objects)
  const note = left.length === 0 ? reasoning : `${reasoning ?? ''} (left out: ${left.join(', ')})`.trim()
  const beliefs = { parameters: Object.fromEntries(kept), ...(usable.length > 0 && { relations: usable }) }
  return { ok: true, beliefs, note }
}

/** Accepts beliefs that lack the surrounding `beliefs` member. */
function isKeyedByParameter(space: Space) {
  return (object: Readonly<Record<string, unknown>>) =>
    Object.entries(object).some(
      ([name, given]) => isObject(given) && parameterNamed(space, name) !== undefined,
    )
}

function readBelief(parameter: Parameter, given: unknown): Belief | undefined {
  if (!isObject(given)) return undefined
  const centre = readCentre(parameter, given.centre ?? given.center)
  const confidence = readNumber(given.confidence)
  if (centre === undefined || confidence === undefined) return undefined
  const sure = { centre, confidence: Math.min(1, Math.max(0, confidence)) }
  if (!parameter.numeric) return sure
  const spread = readNumber(given.spread)
  return spread === undefined ? undefined : { ...sure, spread: Math.abs(spread) }
}

/** The prompt asks for no more. */
const MOST_RELATIONS = 4

function readRelation(space: Space, given: unknown): Relation | undefined {
  if (!isObject(given) || !Array.isArray(given.of)) return undefined
  const [factor, confidence] = [readNumber(given.factor), readNumber(given.confidence)]
  const terms = given.of.map((term) => readTerm(space, term))
  const of = Object.fromEntries(terms.filter((term) => term !== undefined))
  const whole = terms.length > 1 && Object.keys(of).length === terms.length
  if (!whole || factor === undefined || !(factor > 0) || factor === 1 || confidence === undefined)
    return undefined
  // "Half as large at most" says the same as "twice as large at most".
  return { of, factor: Math.max(factor, 1 / factor), confidence: Math.min(1, Math.max(0, confidence)) }
}

function readTerm(space: Space, given: unknown) {
  if (!isObject(given) || typeof given.parameter !== 'string') return undefined
  const parameter = parameterNamed(space, given.parameter)
  const [power, at] = [readNumber(given.power), readNumber(given.at)]
  if (parameter === undefined || parameter.coordinate < 0 || !isPositive(parameter)) return undefined
  if (power === undefined || power === 0 || at === undefined || !(at > 0)) return undefined
  return [parameter.name, { power, at }] as const
}

/** Moves a centre that is out of bounds to the nearest value of the parameter. */
function readCentre(parameter: Parameter, given: unknown): Value | undefined {
  const value = coerceValue(parameter, given)
  return typeof value === 'number' && parameter.numeric ? parameter.nearest(value) : value
}

function readNumber(given: unknown): number | undefined {
  const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}
