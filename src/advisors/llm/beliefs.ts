/** The JSON schema of a model's beliefs, and a lenient parser for its answer. */
import type { Belief, Beliefs } from '../../../optimizers/contract.js'
import type { Parameter, Space, Value } from '../../../search-spaces/index.js'
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
  return closedObject({ reasoning: { type: 'string' }, beliefs: closedObject(beliefs) })
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
 * Parses as leniently as readAnswer. An unusable belief about one parameter is left out and named in the note. An empty
 * set of beliefs is a valid answer.
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
  const left = read.filter(({ belief }) => belief === undefined).map(({ name }) => name)
  if (left.length > 0 && left.length === read.length)
    return { ok: false, outcome: 'out_of_space', message: `no belief is usable: ${left.join(', ')}` }
  const kept = read.flatMap(({ name, belief }) => (belief === undefined ? [] : [[name, belief] as const]))
  const reasoning = reasoningIn(objects)
  const note = left.length === 0 ? reasoning : `${reasoning ?? ''} (left out: ${left.join(', ')})`.trim()
  return { ok: true, beliefs: { parameters: Object.fromEntries(kept) }, note }
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

/** Moves a centre that is out of bounds to the nearest value of the parameter. */
function readCentre(parameter: Parameter, given: unknown): Value | undefined {
  const value = coerceValue(parameter, given)
  return typeof value === 'number' && parameter.numeric ? parameter.nearest(value) : value
}

function readNumber(given: unknown): number | undefined {
  const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}
