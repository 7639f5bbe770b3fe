/** What is wrong with the shape of a space: zod's findings in our words, and names that cannot be. */
import type { z } from 'zod'
import { type ParameterSpec, parameterSchema, type SpaceSpec, spaceSchema } from './schema.js'
import type { Fault } from './types.js'

const MOST_PARAMETERS = 500
const MOST_DERIVED = 100

/** The spec means something only where there are no faults. */
export function structureFaults(json: unknown): { spec: SpaceSpec; faults: Fault[] } {
  const result = spaceSchema.safeParse(json)
  const faults = poisonedNames(json)
  if (!result.success) faults.push(...result.error.issues.flatMap((issue) => faultsOf(issue, json)))
  return { spec: result.success ? result.data : { parameters: {} }, faults }
}

/** zod drops a key named __proto__ without a word. */
function poisonedNames(json: unknown): Fault[] {
  const places = [['parameters'], ['derived']]
  for (const name of Object.keys(at(json, ['parameters']) ?? {})) places.push(['parameters', name, 'when'])
  return places
    .filter((path) => Object.hasOwn(at(json, path) ?? {}, '__proto__'))
    .map((path) => ({
      path: [...path, '__proto__'].join('.'),
      message: '__proto__ cannot be a name; use another',
    }))
}

function faultsOf(issue: z.core.$ZodIssue, json: unknown): Fault[] {
  const path = issue.path.join('.')
  const found = at(json, issue.path)
  if (issue.code === 'unrecognized_keys') {
    const fields = fieldsAt(issue.path, json)
    const remedy = fields ? `; the fields here are ${fields.join(', ')}` : ''
    return issue.keys.map((key) => ({
      path: path ? `${path}.${key}` : key,
      message: `unknown field${remedy}`,
    }))
  }
  if (issue.code === 'invalid_key')
    return issue.issues.map(({ message }) => ({ path, message: message.replace(/^Invalid [^:]*: /, '') }))
  if (issue.code === 'invalid_union' && issue.path.at(-1) === 'type')
    return [
      { path, message: `expected one of ${TYPES.join(', ')}, got ${JSON.stringify(found) ?? 'nothing'}` },
    ]
  const message = issue.message.replace(/^[^:]*: /, '').replace(/, received undefined$/, '')
  return [
    {
      path,
      message: found === undefined && issue.path.length > 0 ? `missing; ${message}` : message,
    },
  ]
}

const TYPES = parameterSchema.options.map((option) => option.shape.type.value)

function fieldsAt(path: readonly PropertyKey[], json: unknown): string[] | undefined {
  if (path.length === 0) return Object.keys(spaceSchema.shape)
  const type =
    path.length === 2 && path[0] === 'parameters' ? (at(json, path) as ParameterSpec).type : undefined
  const option = parameterSchema.options.find(({ shape }) => shape.type.value === type)
  return option && Object.keys(option.shape)
}

function at(json: unknown, path: readonly PropertyKey[]): object | undefined {
  let value = json
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value as object | undefined
}

/** Words of the expression language; a parameter named so could not be spoken of. */
const WORDS = new Set([
  'and',
  'or',
  'not',
  'xor',
  'mod',
  'to',
  'in',
  'end',
  'true',
  'false',
  'null',
  'undefined',
  'NaN',
  'Infinity',
])

export function nameFaults({ parameters, derived = {} }: SpaceSpec): Fault[] {
  const faults: Fault[] = []
  const named = [
    ...Object.keys(parameters).map((name) => ['parameters', name] as const),
    ...Object.keys(derived).map((name) => ['derived', name] as const),
  ]
  for (const [room, name] of named) {
    const path = `${room}.${name}`
    if (WORDS.has(name) || name in Object.prototype)
      faults.push({ path, message: `${name} is a reserved word; use another` })
    if (room === 'derived' && Object.hasOwn(parameters, name))
      faults.push({ path, message: `${name} is a parameter already; use another name` })
  }
  const count = (what: object, most: number, path: string) => {
    const size = Object.keys(what).length
    if (size > most) faults.push({ path, message: `${size} are too many; ${most} at most` })
  }
  count(parameters, MOST_PARAMETERS, 'parameters')
  count(derived, MOST_DERIVED, 'derived')
  return faults
}
