/** The method: a preset with one line on when to use it, or its optimizer, advisor and agent with every option. */
import type { MethodPreset } from '../data/types.js'
import { Choice } from '../parts/controls.js'
import { Fields, type Form } from './fields.js'
import { isObject, type Json, type Path, valueAt } from './json.js'

const OWN = ''

export function MethodField({
  form,
  path,
  presets,
}: {
  readonly form: Form
  readonly path: Path
  readonly presets: readonly MethodPreset[]
}) {
  const given = valueAt(form.value, path)
  const own = isObject(given)
  const named = presets.find(({ name }) => name === (given ?? 'chiron'))
  const label = path.length > 1 ? 'Method of the arm' : 'Method'
  return (
    <>
      <div class="controls">
        <Choice
          label={label}
          value={own ? OWN : (named?.name ?? OWN)}
          options={[...presets.map(({ name }) => name), ...(own ? [[OWN, 'my own options'] as const] : [])]}
          onChange={(name) => form.change(path, name)}
        />
        {!own && named && (
          <button type="button" onClick={() => form.change(path, named.method as unknown as Json)}>
            change its options
          </button>
        )}
      </div>
      {named && !own && (
        <p class="prose">
          <b>{named.when}</b> <span class="soft">{named.description}</span>
        </p>
      )}
      <Fault form={form} at={path.join('.')} />
      {own && <Fields form={form} path={path} schema={methodSchema(form)} without={['chosen']} />}
    </>
  )
}

function Fault({ form, at }: { readonly form: Form; readonly at: string }) {
  const fault = form.faults.get(at)
  return fault === undefined ? null : <p class="fault">{fault}</p>
}

function methodSchema({ schemas }: Form) {
  return schemas.resolved({ $ref: '#/$defs/Method' })
}
