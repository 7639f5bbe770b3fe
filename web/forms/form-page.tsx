/** What the forms of a study and of an experiment are made from, read before they are shown. */
import type { ComponentType } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { type NamedSpace, namedSpaces } from '../data/space.js'
import type { MethodPreset, Trainer } from '../data/types.js'
import { Fault } from '../parts/controls.js'
import { useResource } from '../parts/resource.js'
import { type Schema, Schemas } from './schema.js'

export interface FormSources {
  readonly presets: readonly MethodPreset[]
  readonly trainers: readonly Trainer[]
  readonly schemas: Schemas
  readonly spaces: readonly NamedSpace[]
}

/** `of`: whose request the form writes. */
export function FormPage({
  title,
  of,
  form: Form,
}: {
  readonly title: string
  readonly of: 'study' | 'experiment'
  readonly form: ComponentType<FormSources>
}) {
  const methods = useResource<{ methods: MethodPreset[] }>('/methods')
  const trainers = useResource<{ trainers: Trainer[] }>('/trainers')
  const schema = useResource<Schema>(`/schemas/${of}`)
  const schemas = useMemo(
    () => schema.answer.value && new Schemas(schema.answer.value),
    [schema.answer.value],
  )
  useEffect(() => {
    document.title = `${title} · Chiron`
  }, [title])
  const fault = methods.fault.value ?? trainers.fault.value ?? schema.fault.value
  if (fault) return <Fault error={fault} />
  const spaces = namedSpaces()
  if (!methods.answer.value || !trainers.answer.value || !schemas || !spaces) return <p class="waiting">…</p>
  return (
    <Form
      presets={methods.answer.value.methods}
      trainers={trainers.answer.value.trainers}
      schemas={schemas}
      spaces={spaces}
    />
  )
}
