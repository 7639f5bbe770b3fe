/** Arms of an experiment: presets to tick, and arms with options of their own. */
import type { MethodPreset } from '../data/types.js'
import { Toggle } from '../parts/controls.js'
import { Fields, type Form } from './fields.js'
import { isObject, type Json, valueAt } from './json.js'
import { MethodField } from './method.js'

interface Arm {
  readonly name: string
  readonly method: Json
}

export function ArmList({
  form,
  presets,
}: {
  readonly form: Form
  readonly presets: readonly MethodPreset[]
}) {
  const arms = armsOf(form.value)
  const setArms = (next: readonly Arm[]) =>
    form.change(['arms'], next.length === 0 ? undefined : (next as unknown as Json))
  const tick = (preset: string, on: boolean) =>
    setArms(
      on
        ? [...arms, { name: preset, method: preset }]
        : arms.filter((arm) => !(arm.name === preset && arm.method === preset)),
    )
  return (
    <>
      <ul class="choices">
        {presets.map(({ name, when, description }) => (
          <li key={name}>
            <Toggle
              label={name}
              value={arms.some((arm) => arm.name === name && arm.method === name)}
              onChange={(on) => tick(name, on)}
            />
            <small>
              <b>{when}</b> <span class="soft">{description}</span>
            </small>
          </li>
        ))}
      </ul>
      {arms.map((arm, i) =>
        arm.method === arm.name ? null : (
          <OwnArm
            key={i}
            form={form}
            place={i}
            presets={presets}
            remove={() => setArms(arms.toSpliced(i, 1))}
          />
        ),
      )}
      <p>
        <button
          type="button"
          onClick={() => setArms([...arms, { name: freeName(arms), method: { optimizer: { kind: 'gp' } } }])}
        >
          add an arm with its own options
        </button>
      </p>
    </>
  )
}

function OwnArm({
  form,
  place,
  presets,
  remove,
}: {
  readonly form: Form
  readonly place: number
  readonly presets: readonly MethodPreset[]
  readonly remove: () => void
}) {
  const arms = form.schemas.member(form.schemas.whole, 'arms')
  const schema = form.schemas.resolved(arms.items!)
  const path = ['arms', place]
  return (
    <div class="item" role="group" aria-label={`Arm ${place + 1}`}>
      <Fields form={form} path={path} schema={schema} only={['name', 'description']} />
      <MethodField form={form} path={[...path, 'method']} presets={presets} />
      <details>
        <summary>what else differs in this arm</summary>
        <Fields
          form={form}
          path={path}
          schema={schema}
          without={['name', 'description', 'method', 'space', 'objective']}
        />
      </details>
      <button type="button" aria-label={`Remove arm ${place + 1}`} onClick={remove}>
        ×
      </button>
    </div>
  )
}

export function armsOf(value: Json | undefined): readonly Arm[] {
  const arms = valueAt(value, ['arms'])
  return Array.isArray(arms) ? arms.filter(isObject).map((arm) => arm as unknown as Arm) : []
}

function freeName(arms: readonly Arm[]): string {
  const taken = new Set(arms.map(({ name }) => name))
  return Array.from({ length: arms.length + 1 }, (_, i) => `arm-${i + 1}`).find((name) => !taken.has(name))!
}
