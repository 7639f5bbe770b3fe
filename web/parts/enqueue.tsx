/** Queues a configuration: a field for each parameter, filled from a trial or from the defaults. */
import { useSignal } from '@preact/signals'
import { Refusal, request, studyPath } from '../app/api.js'
import { parametersOf } from '../data/space.js'
import type { ParameterSpec, Params, Study, Trial, Value } from '../data/types.js'
import { Commands, faultText, Toggle } from './controls.js'

export function EnqueueForm({
  study,
  params,
  done,
}: {
  readonly study: Study
  readonly params: Params | undefined
  readonly done: (trial: Trial) => void
}) {
  const specs = parametersOf(study)
  const values = useSignal<Readonly<Record<string, string>>>({})
  const repair = useSignal(false)
  const fault = useSignal<unknown>(undefined)
  if (specs === undefined) return <p class="waiting">…</p>
  const names = Object.keys(specs).filter((name) => specs[name]!.type !== 'fixed')
  const shown = (name: string) =>
    values.value[name] ?? textOf(params?.[name] ?? (specs[name]!.default as Value | undefined))
  const given = Object.fromEntries(
    names.filter((name) => shown(name) !== '').map((name) => [name, readValue(specs[name]!, shown(name))]),
  )
  const call = {
    method: 'POST',
    path: studyPath(study.name, 'trials'),
    body: { params: given, ...(repair.value && { repair: true }) },
  } as const
  const send = async (event: Event) => {
    event.preventDefault()
    try {
      done(await request<Trial>(call))
    } catch (error) {
      fault.value = error
    }
  }
  const errors = fault.value instanceof Refusal ? fault.value.errors : []
  return (
    <form class="enqueue panel" onSubmit={send} aria-label="Queue a configuration">
      <div class="fields">
        {names.map((name) => (
          <Field
            key={name}
            name={name}
            spec={specs[name]!}
            value={shown(name)}
            error={errors.find(({ path }) => path === name || path === `params.${name}`)?.message}
            onInput={(text) => {
              values.value = { ...values.value, [name]: text }
            }}
          />
        ))}
      </div>
      <p class="actions">
        <button type="submit" class="main">
          queue it
        </button>
        <Toggle
          label="move wrong values into the space"
          value={repair.value}
          onChange={(on) => (repair.value = on)}
        />
      </p>
      {fault.value !== undefined && (
        <p class="fault" role="alert">
          {faultText(fault.value)}
        </p>
      )}
      <Commands calls={[{ label: 'queue', call }]} />
    </form>
  )
}

function Field({
  name,
  spec,
  value,
  error,
  onInput,
}: {
  readonly name: string
  readonly spec: ParameterSpec
  readonly value: string
  readonly error?: string | undefined
  readonly onInput: (text: string) => void
}) {
  const options = spec.type === 'bool' ? ['true', 'false'] : spec.choices?.map(String)
  const range = spec.low === undefined ? '' : `${spec.low} to ${spec.high}${spec.log ? ', log' : ''}`
  return (
    <label class={error ? 'wrong' : ''}>
      <span>
        {name} <small>{range}</small>
      </span>
      {options ? (
        <select value={value} onChange={(event) => onInput(event.currentTarget.value)}>
          <option value="" />
          {options.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      ) : (
        <input
          inputMode="decimal"
          value={value}
          aria-invalid={error !== undefined}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
      {error && <small class="fault">{error}</small>}
    </label>
  )
}

function textOf(value: Value | undefined): string {
  return value === undefined ? '' : String(value)
}

/** What is no number is sent as it is written, so that the service says what is wrong with it. */
function readValue({ type, choices }: ParameterSpec, text: string): Value {
  if (choices) return choices.find((choice) => String(choice) === text) ?? text
  if (type === 'bool') return text === 'true'
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}
