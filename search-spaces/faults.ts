/** Faults in the structure of a space: zod's issues as messages with remedies, and invalid names. */
import type { z } from 'zod'
import { type ParameterSpec, parameterSchema, type SpaceSpec, spaceSchema } from './schema.js'
import { showValue } from './show.js'
import type { Fault } from './types.js'

const MOST_PARAMETERS = 500
const MOST_DERIVED = 100

/** The spec is usable only if there are no faults. */
export function structureFaults(json: unknown): { spec: SpaceSpec; faults: Fault[] } {
  const faults = [
    ...poisonedNames(json),
    ...tooMany(json, 'parameters', MOST_PARAMETERS),
    ...tooMany(json, 'derived', MOST_DERIVED),
  ]
  if (faults.length > 0) return { spec: EMPTY_SPEC, faults }
  const result = spaceSchema.safeParse(json)
  if (result.success) return { spec: result.data, faults }
  return { spec: EMPTY_SPEC, faults: result.error.issues.flatMap((issue) => faultsOf(issue, json)) }
}

const EMPTY_SPEC: SpaceSpec = { parameters: {} }

/** Refuses the name __proto__, which zod would drop silently. */
function poisonedNames(json: unknown): Fault[] {
  const places = [['parameters'], ['derived']]
  for (const name of Object.keys(valueAt(json, ['parameters']) ?? {}))
    places.push(['parameters', name, 'when'])
  return places
    .filter((path) => Object.hasOwn(valueAt(json, path) ?? {}, '__proto__'))
    .map((path) => ({
      path: [...path, '__proto__'].join('.'),
      message: '__proto__ cannot be a name; use another',
    }))
}

function tooMany(json: unknown, path: 'parameters' | 'derived', most: number): Fault[] {
  const count = Object.keys(valueAt(json, [path]) ?? {}).length
  return count > most ? [{ path, message: `${count} are too many; ${most} at most` }] : []
}

function faultsOf(issue: z.core.$ZodIssue, json: unknown): Fault[] {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    const fields = fieldsAt(issue.path, json)
    const message = fields ? `unknown field; the fields here are ${fields.join(', ')}` : 'unknown field'
    return issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message }))
  }
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path, message }))
  const found = valueAt(json, issue.path)
  if (issue.code === 'invalid_union' && issue.path.at(-1) === 'type')
    return [{ path, message: `expected one of ${TYPES.join(', ')}, got ${showValue(found)}` }]
  const message = issue.message.replace(/^[^:]*: /, '').replace(/, received undefined$/, '')
  return [{ path, message: found === undefined && path !== '' ? `missing; ${message}` : message }]
}

const TYPES = parameterSchema.options.map((option) => option.shape.type.value)

function fieldsAt(path: readonly PropertyKey[], json: unknown): string[] | undefined {
  if (path.length === 0) return Object.keys(spaceSchema.shape)
  const type =
    path.length === 2 && path[0] === 'parameters' ? (valueAt(json, path) as ParameterSpec).type : undefined
  const option = parameterSchema.options.find(({ shape }) => shape.type.value === type)
  return option && Object.keys(option.shape)
}

function valueAt(json: unknown, path: readonly PropertyKey[]): object | undefined {
  let value = json
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value as object | undefined
}

/** Keywords of the expression language. An expression could not refer to a parameter with such a name. */
const RESERVED_WORDS = new Set(
  'and or not xor mod to in end true false null undefined NaN Infinity'.split(' '),
)

export function nameFaults({ parameters, derived = {} }: SpaceSpec): Fault[] {
  const paths = [
    ...Object.keys(parameters).map((name) => ['parameters', name] as const),
    ...Object.keys(derived).map((name) => ['derived', name] as const),
  ]
  const reserved = paths
    .filter(([, name]) => RESERVED_WORDS.has(name) || name in Object.prototype)
    .map(([field, name]) => ({
      path: `${field}.${name}`,
      message: `${name} is a reserved word; use another`,
    }))
  const taken = Object.keys(derived)
    .filter((name) => Object.hasOwn(parameters, name))
    .map((name) => ({ path: `derived.${name}`, message: `${name} is a parameter already; use another name` }))
  return [...reserved, ...taken]
}
