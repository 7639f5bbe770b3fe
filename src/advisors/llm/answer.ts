/** The JSON schema of a model's answer, and a lenient parser for the answer. */
import type { Parameter, Space, Value } from '../../../search-spaces/index.js'
import type { LlmSpec } from '../../domain/advisor.js'
import {
  type Characters,
  isWordCharacter,
  QUOTE,
  skipSpace,
  stringEnd,
  wordEnd,
} from '../../domain/json-text.js'
import { storableText } from '../../domain/storable-text.js'

/**
 * The schema has no numeric bounds, because not every structured-output mode supports them: descriptions state the
 * bounds, and repair enforces them. Every member is required, because strict modes demand it; a conditional parameter
 * may be null. The short prompt asks for no reasoning, because a small model would not come to an end with it.
 */
export function answerSchema(space: Space, prompt?: LlmSpec['prompt']): Record<string, unknown> {
  const closed = { type: 'object', additionalProperties: false }
  const params = paramsSchema(space.searched)
  if (prompt === 'short') return { ...closed, properties: { params }, required: ['params'] }
  const reasoning = { type: 'string', description: 'Why this configuration, in two or three sentences.' }
  return { ...closed, properties: { reasoning, params }, required: ['reasoning', 'params'] }
}

/** One configuration. */
export function paramsSchema(parameters: readonly Parameter[]): Record<string, unknown> {
  const properties = Object.fromEntries(parameters.map((p) => [memberName(p), parameterSchema(p)]))
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
}

/** Some providers allow no other characters in a schema's names. The parser ignores separators. */
export function memberName({ name }: Parameter): string {
  return name.replace(/[^\w.-]/g, '_')
}

function parameterSchema(parameter: Parameter): object {
  const own = { ...valueSchema(parameter), description: parameter.domain }
  return parameter.when.length === 0 ? own : { anyOf: [own, { type: 'null' }] }
}

export function valueSchema(parameter: Parameter): object {
  const { kind, levels } = parameter
  if (kind === 'bool') return { type: 'boolean' }
  if (kind === 'categorical' || kind === 'ordinal')
    return { enum: Array.from({ length: levels }, (_, i) => parameter.level(i)) }
  return { type: kind === 'int' ? 'integer' : 'number' }
}

export type ReadAnswer =
  | {
      readonly ok: true
      /** The answer's values, by the space's parameter names. */
      readonly params: Readonly<Record<string, Value>>
      readonly reasoning: string | null
    }
  | { readonly ok: false; readonly outcome: 'unparseable' | 'out_of_space'; readonly message: string }

/**
 * Parses leniently: it accepts code fences, prose around the JSON, trailing commas, numbers as strings, nulls, and
 * missing or unknown members.
 */
export function readAnswer(space: Space, text: string): ReadAnswer {
  const objects = jsonObjects(text).flatMap(nestedObjects)
  const best = objects
    .map((object) => ({ object, known: namesKnownIn(space, object) }))
    .reduce<{ object: Json; known: number } | null>((a, b) => (b.known > (a?.known ?? 0) ? b : a), null)
  if (best === null)
    return { ok: false, outcome: 'unparseable', message: 'it names no parameter of the space' }
  const read = readParams(space, best.object)
  return read.ok ? { ...read, reasoning: reasoningIn(objects) } : read
}

/** The values of an object whose members are named after parameters. */
export function readParams(
  space: Space,
  object: Json,
):
  | { readonly ok: true; readonly params: Readonly<Record<string, Value>> }
  | Extract<ReadAnswer, { ok: false }> {
  const params: Record<string, Value> = {}
  for (const [name, given] of Object.entries(object)) {
    const parameter = parameterNamed(space, name)
    if (parameter === undefined || given === null) continue
    const value = coerceValue(parameter, given)
    if (value === undefined) {
      const message = `${parameter.name} is ${JSON.stringify(given)?.slice(0, 200)}, not ${parameter.domain}`
      return { ok: false, outcome: 'out_of_space', message }
    }
    params[parameter.name] = value
  }
  if (Object.keys(params).length === 0)
    return { ok: false, outcome: 'unparseable', message: 'every parameter that it names is null' }
  return { ok: true, params }
}

type Json = Readonly<Record<string, unknown>>

export function nestedObjects(object: Json): Json[] {
  const inner = Object.values(object).filter(isObject).flatMap(nestedObjects)
  return [object, ...inner]
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function namesKnownIn(space: Space, object: Json): number {
  return Object.keys(object).filter((name) => parameterNamed(space, name)).length
}

/** Finds a parameter by name, ignoring case and separators, because models change them. */
export function parameterNamed(space: Space, name: string): Parameter | undefined {
  return space.byName.get(name) ?? parametersByPlainName(space).get(plainName(name))
}

const plainNames = new WeakMap<Space, ReadonlyMap<string, Parameter>>()

function parametersByPlainName(space: Space): ReadonlyMap<string, Parameter> {
  const known = plainNames.get(space) ?? new Map(space.searched.map((p) => [plainName(p.name), p]))
  plainNames.set(space, known)
  return known
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

export function reasoningIn(objects: readonly Json[]): string | null {
  const reasoning = objects.map((object) => object.reasoning).find((text) => typeof text === 'string')
  return typeof reasoning === 'string' ? storableText(reasoning.slice(0, 2000)) : null
}

/**
 * Converts an answered value to a value of the parameter; undefined where it cannot be converted. A number out of
 * bounds is kept, because repair clamps it and records the repair.
 */
export function coerceValue(parameter: Parameter, given: unknown): Value | undefined {
  if (parameter.accepts(given)) return given as Value
  if (parameter.kind === 'float' || parameter.kind === 'int') {
    const number = typeof given === 'string' ? Number(given.replace(/[,_\s]/g, '') || Number.NaN) : given
    return typeof number === 'number' && Number.isFinite(number) ? number : undefined
  }
  const levels = Array.from({ length: parameter.levels }, (_, i) => parameter.level(i))
  const asWord = (value: unknown) => String(value).trim().toLowerCase()
  const same = levels.find((level) => asWord(level) === asWord(given))
  const number = Number(given)
  return (
    same ?? (parameter.kind === 'ordinal' && Number.isFinite(number) ? parameter.nearest(number) : undefined)
  )
}

/** Parses the whole text as one object, or else every braced part of it. */
export function jsonObjects(text: string): Json[] {
  const whole = parseLoosely(text)
  return isObject(whole) ? [whole] : bracedParts(text).map(parseLoosely).filter(isObject)
}

/** The parts of the text from each outermost { to its closing }. Braces in strings do not count. */
function bracedParts(text: string): string[] {
  const found: string[] = []
  let [depth, from, quoted] = [0, 0, false]
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quoted && c === '\\') i++
    else if (c === '"' && depth > 0) quoted = !quoted
    else if (quoted) continue
    else if (c === '{' && depth++ === 0) from = i
    else if (c === '}' && depth > 0 && --depth === 0) found.push(text.slice(from, i + 1))
  }
  return found
}

function parseLoosely(text: string): unknown {
  if (isTooDeep(text)) return undefined
  for (const attempt of [() => text, () => repairJson(text)]) {
    try {
      return JSON.parse(attempt())
    } catch {}
  }
  return undefined
}

/** No limit of the operator: a stored answer must mean the same on every server. Deeper ones would overflow the stack. */
const MOST_NESTING = 100

/** Brackets in strings count too: no useful answer comes near the limit. */
function isTooDeep(text: string): boolean {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if ((c === '{' || c === '[') && ++depth > MOST_NESTING) return true
    if (c === '}' || c === ']') depth--
  }
  return false
}

/** Words of Python and JavaScript that are not JSON, and what they mean in it. */
const WORDS: Readonly<Record<string, string>> = {
  None: 'null',
  NaN: 'null',
  nan: 'null',
  undefined: 'null',
  True: 'true',
  False: 'false',
}

/**
 * Repairs the common mistakes of models in one pass: comments, trailing commas, Python's words, single quotes, and
 * names without quotes.
 */
export function repairJson(text: Characters): string {
  let repaired = ''
  /** The last character that is not white space, so that a name is told from a value. */
  let before = ''
  for (let i = 0; i < text.length; ) {
    const { put, end } = repairedAt(text, i, before)
    repaired += put
    before = put.trim() === '' ? before : put.trimEnd().slice(-1)
    i = end
  }
  return repaired
}

const CHARACTERS = { single: "'".charCodeAt(0), slash: '/'.charCodeAt(0), newline: '\n'.charCodeAt(0) }

/** What stands at `i`, as JSON, and where it ends. */
function repairedAt(text: Characters, i: number, before: string): { put: string; end: number } {
  const c = text.charCodeAt(i)
  if (c === QUOTE) {
    const { end } = stringEnd(text, i)
    return { put: text.slice(i, end), end }
  }
  if (c === CHARACTERS.single) {
    const { end, closed } = stringEnd(text, i, CHARACTERS.single)
    return { put: closed ? JSON.stringify(text.slice(i + 1, end - 1)) : text.slice(i, end), end }
  }
  if (c === CHARACTERS.slash && text.charCodeAt(i + 1) === CHARACTERS.slash)
    return { put: '', end: lineEnd(text, i) }
  if (isWordCharacter(c)) {
    const end = wordEnd(text, i)
    const word = text.slice(i, end)
    const next = skipSpace(text, end)
    const isName = (before === '{' || before === ',') && text.slice(next, next + 1) === ':'
    return { put: isName ? `"${word}"` : Object.hasOwn(WORDS, word) ? WORDS[word]! : word, end }
  }
  const put = text.slice(i, i + 1)
  const next = put === ',' ? skipSpace(text, i + 1) : i
  const trails = put === ',' && /^[}\]]/.test(text.slice(next, next + 1))
  return { put: trails ? '' : put, end: i + 1 }
}

function lineEnd(text: Characters, from: number): number {
  let end = from
  while (end < text.length && text.charCodeAt(end) !== CHARACTERS.newline) end++
  return end
}
