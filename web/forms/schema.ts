/** What a JSON schema asks of a form: which control a member needs, its limits, its default, and its words. */
import { numberText } from '../../charts/numbers.js'
import type { Json } from './json.js'

export interface Schema {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly enum?: readonly Json[]
  readonly const?: Json
  readonly default?: Json
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly pattern?: string
  readonly maxLength?: number
  readonly examples?: readonly Json[]
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly 'x-null'?: string
}

export type Control =
  | { readonly kind: 'choice'; readonly values: readonly Json[] }
  | { readonly kind: 'flag' }
  | { readonly kind: 'number'; readonly whole: boolean }
  | { readonly kind: 'text' }
  /** Values with commas between them; `single`: one alone is no list. */
  | { readonly kind: 'list'; readonly numbers: boolean; readonly single: boolean }
  | { readonly kind: 'choices'; readonly values: readonly Json[] }
  | { readonly kind: 'object'; readonly members: readonly Member[] }
  | { readonly kind: 'objects'; readonly of: Schema }
  /** One of several shapes: a plain value, or an object that one of its members tells apart. */
  | { readonly kind: 'shapes'; readonly tag: string | undefined; readonly shapes: readonly Shape[] }
  | { readonly kind: 'json' }

export interface Member {
  readonly name: string
  readonly schema: Schema
  readonly required: boolean
}

export interface Shape {
  /** The value of the tag, the plain value, or what it is. */
  readonly name: string
  readonly schema: Schema
  /** What the form begins with when this shape is chosen. */
  readonly first: Json
}

/** Schemas whose references are looked up in the definitions of the whole. */
export class Schemas {
  constructor(readonly whole: Schema) {}

  resolved(schema: Schema): Schema {
    if (schema.$ref === undefined) return schema
    const { $ref, ...own } = schema
    const found = this.whole.$defs?.[$ref.replace('#/$defs/', '')]
    if (found === undefined) throw new Error(`The schema has no ${$ref}`)
    return { ...this.resolved(found), ...own }
  }

  member(schema: Schema, ...names: readonly string[]): Schema {
    return names.reduce((above, name) => {
      const found = this.resolved(above).properties?.[name]
      if (found === undefined) throw new Error(`The schema has no member ${name}`)
      return this.resolved(found)
    }, schema)
  }

  members(schema: Schema): Member[] {
    const { properties = {}, required = [] } = this.resolved(schema)
    return Object.entries(properties).map(([name, member]) => ({
      name,
      schema: this.resolved(member),
      required: required.includes(name),
    }))
  }

  control(given: Schema): Control {
    const schema = this.resolved(given)
    const options = (schema.oneOf ?? schema.anyOf)?.map((one) => this.resolved(one))
    if (options) return this.ofOptions(options.filter(({ type }) => type !== 'null'))
    if (schema.enum) return { kind: 'choice', values: schema.enum }
    if ('const' in schema) return { kind: 'choice', values: [schema.const!] }
    if (schema.type === 'boolean') return { kind: 'flag' }
    if (schema.type === 'number' || schema.type === 'integer')
      return { kind: 'number', whole: schema.type === 'integer' }
    if (schema.type === 'string') return { kind: 'text' }
    if (schema.type === 'array' && schema.items) return this.ofItems(this.resolved(schema.items))
    if (schema.properties) return { kind: 'object', members: this.members(schema) }
    return { kind: 'json' }
  }

  private ofItems(items: Schema): Control {
    if (items.enum) return { kind: 'choices', values: items.enum }
    if (items.properties) return { kind: 'objects', of: items }
    return { kind: 'list', numbers: isNumeric(items), single: false }
  }

  private ofOptions(options: readonly Schema[]): Control {
    if (options.length === 1) return this.control(options[0]!)
    const [first, ...others] = options
    if (
      isNumeric(first!) &&
      others.every(({ type, items }) => type === 'array' && isNumeric(this.resolved(items!)))
    )
      return { kind: 'list', numbers: true, single: true }
    const tag = this.tagOf(options)
    return { kind: 'shapes', tag, shapes: options.flatMap((one) => this.shapesOf(one, tag)) }
  }

  /** The member that has another constant in each of the objects. */
  private tagOf(options: readonly Schema[]): string | undefined {
    const objects = options.filter(({ properties }) => properties)
    const [first] = objects
    if (first === undefined || objects.length === 1) return undefined
    return Object.keys(first.properties!).find((name) =>
      objects.every(({ properties }) => 'const' in this.resolved(properties?.[name] ?? {})),
    )
  }

  private shapesOf(schema: Schema, tag: string | undefined): Shape[] {
    if (schema.enum)
      return schema.enum.map((value) => ({ name: String(value), schema: { const: value }, first: value }))
    if ('const' in schema) return [{ name: String(schema.const), schema, first: schema.const! }]
    if (!schema.properties) return [{ name: schema.type ?? 'value', schema, first: '' }]
    const constants = this.constants(schema)
    const named = tag === undefined ? undefined : constants[tag]
    return [{ name: named === undefined ? 'more exactly' : String(named), schema, first: constants }]
  }

  /** What an object of this schema must be told apart by. */
  private constants(schema: Schema): { [name: string]: Json } {
    return Object.fromEntries(
      this.members(schema).flatMap(({ name, schema: { const: value }, required }) =>
        value !== undefined && required ? [[name, value]] : [],
      ),
    )
  }
}

function isNumeric({ type }: Schema): boolean {
  return type === 'number' || type === 'integer'
}

/** `trainSeconds` is "Train seconds", and `llmUsd` "LLM USD". */
export function labelOf(name: string | number): string {
  const words = String(name).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  const label = words.replace(/\b(llm|usd|gpu)\b/g, (letters) => letters.toUpperCase())
  return label.charAt(0).toUpperCase() + label.slice(1)
}

/** "0 to 1", "above 0", where the schema has limits that a person would ask for. */
export function limitsOf(schema: Schema): string | undefined {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema.anyOf?.find(isNumeric) ?? schema
  const least = exclusiveMinimum ?? minimum
  const most = exclusiveMaximum ?? maximum
  const parts = [
    least !== undefined && `${exclusiveMinimum === undefined ? 'from' : 'above'} ${numberText(least, 7)}`,
    most !== undefined &&
      most < HUGE &&
      `${exclusiveMaximum === undefined ? 'up to' : 'below'} ${numberText(most, 7)}`,
  ]
  return parts.filter(Boolean).join(', ') || undefined
}

/** Such a limit is of the format, not of the thing. */
const HUGE = 1e9

/** What holds where nothing is given. */
export function defaultText(schema: Schema): string {
  const { default: value, 'x-null': meaning } = schema
  if (value === null) return meaning ?? 'none'
  if (value === undefined || typeof value === 'object') return ''
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)
}
