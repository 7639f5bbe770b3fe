/** More seeds and arms for an experiment that has begun: both are marked as additions wherever they are shown. */
import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { request } from '../../app/api.js'
import type { Experiment, MethodPreset } from '../../data/types.js'
import { ArmList } from '../../forms/arms.js'
import { faultsOf } from '../../forms/dry-run.js'
import { changed, Fields, type Form } from '../../forms/fields.js'
import { isObject, type Json } from '../../forms/json.js'
import { type Schema, Schemas } from '../../forms/schema.js'
import { Commands, Fault, Refused } from '../../parts/controls.js'
import { useResource } from '../../parts/resource.js'

interface ExtendProps {
  readonly experiment: Experiment
  readonly path: string
  readonly done: () => void
}

export function ExtendForm(props: ExtendProps) {
  const methods = useResource<{ methods: MethodPreset[] }>('/methods')
  const schema = useResource<Schema>('/schemas/experiment-change')
  const schemas = useMemo(
    () => schema.answer.value && new Schemas(schema.answer.value),
    [schema.answer.value],
  )
  const fault = methods.fault.value ?? schema.fault.value
  if (fault) return <Fault error={fault} />
  if (!methods.answer.value || !schemas) return null
  return <ExtendFields {...props} presets={methods.answer.value.methods} schemas={schemas} />
}

function ExtendFields({
  experiment,
  path,
  done,
  presets,
  schemas,
}: ExtendProps & { readonly presets: readonly MethodPreset[]; readonly schemas: Schemas }) {
  const value = useSignal<Json>({})
  const refusal = useSignal<unknown>(undefined)
  const form: Form = {
    schemas,
    value: value.value,
    faults: faultsOf(refusal.value),
    change: (place, next) => {
      refusal.value = undefined
      value.value = changed(value.value, place, next)
    },
  }
  const call = { method: 'PATCH', path, body: value.value } as const
  const send = async (event: Event) => {
    event.preventDefault()
    try {
      await request(call)
      value.value = {}
      done()
    } catch (error) {
      refusal.value = error
    }
  }
  const known = new Set(experiment.arms.map(({ name }) => name))
  return (
    <form class="panel" onSubmit={send} aria-label="Extend the experiment">
      <h2>Extend</h2>
      <p class="soft">
        Seeds and arms that are added are marked as additions in the record and in every figure. The verdicts
        of the declared looks stay as they are.
      </p>
      <Fields form={form} path={[]} schema={schemas.whole} without={['arms']} />
      <details>
        <summary>Arms to add</summary>
        <ArmList form={form} presets={presets.filter(({ name }) => !known.has(name))} />
      </details>
      <p class="actions">
        <button
          type="submit"
          class="main"
          disabled={!isObject(call.body) || Object.keys(call.body).length === 0}
        >
          extend
        </button>
      </p>
      {refusal.value !== undefined && <Refused error={refusal.value} />}
      <Commands calls={[{ label: 'extend', call }]} />
    </form>
  )
}
