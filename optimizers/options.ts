/** Reads an optimizer's options by their schema: every error names the option and what would be right. */
import { z } from 'zod'
import { OptionsError } from './contract.js'

/** In a schema's metadata: what null stands for. */
export const NULL_MEANS = 'x-null'

export function readBy<Schema extends z.ZodObject>(schema: Schema, json: unknown): z.output<Schema> {
  const read = schema.safeParse(json === undefined ? {} : json)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw faultOf(z.toJSONSchema(schema, { io: 'input' }) as Part, json, issue!)
}

interface Part {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Part>>
  readonly anyOf?: readonly Part[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly [NULL_MEANS]?: string
}

function faultOf(schema: Part, json: unknown, issue: z.core.$ZodIssue): OptionsError {
  const path = issue.path.map(String)
  const part = path.reduce<Part>((above, name) => above.properties?.[name] ?? {}, schema)
  if (issue.code === 'unrecognized_keys')
    return new OptionsError([...path, issue.keys[0]].join('.'), unknownOption(part))
  if (path.length === 0) return new OptionsError('', 'options are an object')
  const given = path.reduce<unknown>((above, name) => (above as Record<string, unknown>)[name], json)
  return new OptionsError(path.join('.'), `expected ${expected(part)}, got ${show(given)}`)
}

function unknownOption({ properties = {} }: Part): string {
  const known = Object.keys(properties)
  return known.length === 0
    ? 'unknown option; there are none here'
    : `unknown option; the options are ${known.join(', ')}`
}

function expected(part: Part): string {
  if (part.anyOf) return nullable(part.anyOf.filter(({ type }) => type !== 'null').map(expected), part)
  if ('const' in part) return show(part.const)
  if (part.enum) return `one of ${part.enum.join(', ')}`
  if (part.type === 'boolean') return 'true or false'
  if (part.type === 'object') return 'an object'
  const { minimum, exclusiveMinimum, maximum } = part
  const least = exclusiveMinimum === undefined ? `from ${minimum} to` : `above ${exclusiveMinimum} and up to`
  return `a ${part.type === 'integer' ? 'whole number' : 'number'} ${least} ${maximum}`
}

function nullable(others: readonly string[], { [NULL_MEANS]: meaning }: Part): string {
  return `${others.join(' or ')}, or null${meaning ? ` for ${meaning}` : ''}`
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
