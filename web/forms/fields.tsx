/** Controls for the members of a schema: a change of the API's schema changes the form, and nothing here repeats it. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId, useMemo } from 'preact/hooks'
import { dotted, isObject, type Json, type Path, valueAt, withValue } from './json.js'
import {
  type Control,
  defaultText,
  labelOf,
  limitsOf,
  type Member,
  type Schema,
  type Schemas,
} from './schema.js'

export interface Form {
  readonly schemas: Schemas
  readonly value: Json | undefined
  /** What the service says is wrong, by its place. */
  readonly faults: ReadonlyMap<string, string>
  readonly change: (path: Path, value: Json | undefined) => void
}

interface FieldProps {
  readonly form: Form
  readonly path: Path
  readonly schema: Schema
  readonly required?: boolean
  readonly label?: string
}

export function changed(value: Json | undefined, path: Path, next: Json | undefined): Json {
  return withValue(value, path, next) ?? {}
}

/** The fields of an object's members, in the order of the schema; `only` chooses some, in its own order. */
export function Fields({
  form,
  path,
  schema,
  only,
  without = [],
}: {
  readonly form: Form
  readonly path: Path
  readonly schema: Schema
  readonly only?: readonly string[]
  readonly without?: readonly string[]
}) {
  const all = form.schemas.members(schema).filter(({ schema: { const: fixed } }) => fixed === undefined)
  const members = only
    ? only.flatMap((name) => all.filter((member) => member.name === name))
    : all.filter(({ name }) => !without.includes(name))
  const plain = members.filter(({ schema: one }) => !isBlock(form.schemas.control(one)))
  const blocks = members.filter((member) => !plain.includes(member))
  // An object that is not there needs none of its members.
  const there = valueAt(form.value, path) !== undefined
  const show = ({ name, schema: one, required }: Member) => (
    <Field key={name} form={form} path={[...path, name]} schema={one} required={required && there} />
  )
  return (
    <>
      {plain.length > 0 && <div class="fields">{plain.map(show)}</div>}
      {blocks.map(show)}
    </>
  )
}

/** Takes the whole width, because it has fields of its own. */
function isBlock({ kind }: Control): boolean {
  return kind === 'object' || kind === 'objects' || kind === 'shapes' || kind === 'json'
}

export function Field(props: FieldProps) {
  const control = useMemo(() => props.form.schemas.control(props.schema), [props.schema])
  switch (control.kind) {
    case 'choice':
      return <ChoiceField {...props} values={control.values} />
    case 'flag':
      return <ChoiceField {...props} values={[true, false]} />
    case 'choices':
      return <ChoicesField {...props} values={control.values} />
    case 'object':
      return <ObjectField {...props} members={control.members} />
    case 'objects':
      return <ObjectsField {...props} of={control.of} />
    case 'shapes':
      return <ShapesField {...props} {...control} />
    default:
      return <TextField {...props} control={control} />
  }
}

/** A label, its control, what it means, and what is wrong with it. */
export function Labelled({
  label,
  about,
  fault,
  children,
}: {
  readonly label: string
  readonly about?: ComponentChildren
  readonly fault?: string | undefined
  readonly children: (ids: { readonly id: string; readonly 'aria-describedby': string }) => ComponentChildren
}) {
  const id = useId()
  const words = `${id}-about`
  return (
    <div class={fault ? 'field wrong' : 'field'}>
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': words })}
      <small id={words}>
        {fault && <span class="fault">{fault} </span>}
        {about}
      </small>
    </div>
  )
}

function ChoiceField({
  form,
  path,
  schema,
  required,
  label,
  values,
}: FieldProps & { readonly values: readonly Json[] }) {
  const value = valueAt(form.value, path)
  const otherwise = defaultText(schema)
  return (
    <Labelled
      label={label ?? labelOf(path.at(-1)!)}
      about={schema.description}
      fault={form.faults.get(dotted(path))}
    >
      {(ids) => (
        <select
          {...ids}
          value={value === undefined ? '' : String(value)}
          required={required}
          onChange={({ currentTarget }) =>
            form.change(
              path,
              values.find((one) => String(one) === currentTarget.value),
            )
          }
        >
          {!(required && value !== undefined) && (
            <option value="">{otherwise ? `${otherwise} (default)` : 'not set'}</option>
          )}
          {values.map((one) => (
            <option key={String(one)} value={String(one)}>
              {one === true ? 'yes' : one === false ? 'no' : String(one)}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  )
}

function ChoicesField({
  form,
  path,
  schema,
  label,
  values,
}: FieldProps & { readonly values: readonly Json[] }) {
  const given = valueAt(form.value, path) ?? schema.default
  const chosen = Array.isArray(given) ? given : []
  return (
    <fieldset class="choices-field">
      <legend>{label ?? labelOf(path.at(-1)!)}</legend>
      {values.map((value) => (
        <label key={String(value)} class="choice">
          <input
            type="checkbox"
            checked={chosen.includes(value)}
            onChange={({ currentTarget: { checked } }) =>
              form.change(
                path,
                values.filter((other) => (other === value ? checked : chosen.includes(other))),
              )
            }
          />{' '}
          {String(value)}
        </label>
      ))}
      <Words form={form} path={path} schema={schema} />
    </fieldset>
  )
}

type Written = Extract<Control, { readonly kind: 'number' | 'text' | 'list' | 'json' }>

/** Keeps what is typed, because 1e- is on the way to a number. */
function TextField({
  form,
  path,
  schema,
  required,
  label,
  control,
}: FieldProps & { readonly control: Written }) {
  const value = valueAt(form.value, path)
  const typed = useSignal(textOf(value))
  const same = JSON.stringify(read(typed.value, control)) === JSON.stringify(value)
  const text = same ? typed.value : textOf(value)
  const numeric = control.kind === 'number' || (control.kind === 'list' && control.numbers)
  const limits = numeric ? limitsOf(schema) : undefined
  return (
    <Labelled
      label={label ?? labelOf(path.at(-1)!)}
      about={[schema.description, limits && `(${limits})`].filter(Boolean).join(' ')}
      fault={faultAt(form, path)}
    >
      {(ids) => (
        <input
          {...ids}
          value={text}
          required={required}
          inputMode={control.kind === 'number' ? 'decimal' : 'text'}
          placeholder={placeholderOf(schema, control)}
          onInput={({ currentTarget }) => {
            typed.value = currentTarget.value
            form.change(path, read(currentTarget.value, control))
          }}
        />
      )}
    </Labelled>
  )
}

function placeholderOf(schema: Schema, control: Written): string {
  if (Array.isArray(schema.default)) return schema.default.join(', ')
  return (
    defaultText(schema) ||
    (control.kind === 'json' ? '{"name": value}' : control.kind === 'list' ? 'a, b, c' : '')
  )
}

function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) return value.join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** What is no number is sent as it is written, so that the service says what is wrong with it. */
function read(text: string, control: Written): Json | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  if (control.kind === 'text') return text
  if (control.kind === 'number') return numberOf(trimmed)
  if (control.kind === 'json') return parsed(trimmed)
  if (control.single && !trimmed.includes(',')) return numberOf(trimmed)
  const parts = trimmed
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
  return control.numbers ? parts.map(numberOf) : parts
}

function numberOf(text: string): number | string {
  return Number.isNaN(Number(text)) ? text : Number(text)
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

/** Of a list the first fault of its items too. */
function faultAt({ faults }: Form, path: Path): string | undefined {
  const place = dotted(path)
  const inside = [...faults].find(([at]) => at.startsWith(`${place}.`))
  return faults.get(place) ?? inside?.[1]
}

function Words({
  form,
  path,
  schema,
}: {
  readonly form: Form
  readonly path: Path
  readonly schema: Schema
}) {
  const fault = form.faults.get(dotted(path))
  return (
    <small>
      {fault && <span class="fault">{fault} </span>}
      {schema.description}
    </small>
  )
}

/** Members that were given, and those that must be, are shown at once; the others when they are asked for. */
const FEW = 8

function ObjectField({
  form,
  path,
  schema,
  label,
  members,
}: FieldProps & { readonly members: readonly Member[] }) {
  return (
    <fieldset class="part">
      <legend>{label ?? labelOf(path.at(-1)!)}</legend>
      <Words form={form} path={path} schema={schema} />
      <Members form={form} path={path} schema={schema} members={members} />
    </fieldset>
  )
}

function Members({
  form,
  path,
  schema,
  members,
}: {
  readonly form: Form
  readonly path: Path
  readonly schema: Schema
  readonly members: readonly Member[]
}) {
  const first = useMemo(() => {
    if (members.length <= FEW) return members.map(({ name }) => name)
    const given = valueAt(form.value, path)
    return members
      .filter(({ name, required }) => required || (isObject(given) && given[name] !== undefined))
      .map(({ name }) => name)
  }, [members])
  return (
    <>
      <Fields form={form} path={path} schema={schema} only={first} />
      {first.length < members.length && (
        <details>
          <summary>{members.length - first.length} more options</summary>
          <Fields form={form} path={path} schema={schema} without={first} />
        </details>
      )}
    </>
  )
}

function ObjectsField({ form, path, schema, label, of }: FieldProps & { readonly of: Schema }) {
  const given = valueAt(form.value, path)
  const items = Array.isArray(given) ? given : []
  const name = label ?? labelOf(path.at(-1)!)
  return (
    <fieldset class="part">
      <legend>{name}</legend>
      <Words form={form} path={path} schema={schema} />
      {items.map((_, i) => (
        <div key={i} class="item" role="group" aria-label={`${name} ${i + 1}`}>
          <Fields form={form} path={[...path, i]} schema={of} />
          <button
            type="button"
            aria-label={`Remove ${name.toLowerCase()} ${i + 1}`}
            onClick={() => form.change(path, items.length === 1 ? undefined : items.toSpliced(i, 1))}
          >
            ×
          </button>
        </div>
      ))}
      <p>
        <button type="button" onClick={() => form.change(path, [...items, {}])}>
          add
        </button>
      </p>
    </fieldset>
  )
}

function ShapesField({
  form,
  path,
  schema,
  required,
  label,
  tag,
  shapes,
}: FieldProps & Omit<Extract<Control, { readonly kind: 'shapes' }>, 'kind'>) {
  const value = valueAt(form.value, path)
  const shape = shapes.find(({ first }) =>
    isObject(value) ? isObject(first) && (tag === undefined || first[tag] === value[tag]) : first === value,
  )
  const free = shapes.find(({ first }) => first === '')
  const chosen = shape ?? (value === undefined ? undefined : free)
  const own = chosen && form.schemas.control(chosen.schema)
  const name = label ?? labelOf(path.at(-1)!)
  const usual = tag !== undefined && isObject(schema.default) ? schema.default[tag] : undefined
  const otherwise = usual === undefined ? defaultText(schema) : String(usual)
  return (
    <fieldset class="part">
      <legend>{name}</legend>
      <Labelled
        label={tag === undefined ? name : labelOf(tag)}
        about={schema.description}
        fault={form.faults.get(dotted(path))}
      >
        {(ids) => (
          <select
            {...ids}
            value={chosen?.name ?? ''}
            onChange={({ currentTarget }) =>
              form.change(path, shapes.find((one) => one.name === currentTarget.value)?.first)
            }
          >
            {!(required && chosen) && (
              <option value="">{otherwise ? `${otherwise} (default)` : 'none'}</option>
            )}
            {shapes.map((one) => (
              <option key={one.name}>{one.name}</option>
            ))}
          </select>
        )}
      </Labelled>
      {chosen?.schema.description && chosen.schema.description !== schema.description && (
        <p class="soft">{chosen.schema.description}</p>
      )}
      {own?.kind === 'object' && (
        <Members
          key={chosen!.name}
          form={form}
          path={path}
          schema={chosen!.schema}
          members={own.members.filter(({ schema: { const: fixed } }) => fixed === undefined)}
        />
      )}
      {chosen === free && chosen !== undefined && (
        <Field form={form} path={path} schema={chosen.schema} label={`${name}, ${chosen.name}`} />
      )}
    </fieldset>
  )
}
