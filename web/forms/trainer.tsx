/** Who runs the trials: a trainer of the service, or workers that ask for them. */
import type { Trainer } from '../data/types.js'
import { Choice } from '../parts/controls.js'
import type { Form } from './fields.js'
import { type Path, valueAt } from './json.js'

export function TrainerField({
  form,
  path,
  trainers,
}: {
  readonly form: Form
  readonly path: Path
  readonly trainers: readonly Trainer[]
}) {
  const name = valueAt(form.value, path)
  const trainer = trainers.find((one) => one.name === name)
  const fault = form.faults.get(path.join('.'))
  return (
    <>
      <Choice
        label="Trainer"
        value={trainer?.name ?? ''}
        options={[['', 'my own workers'], ...trainers.map((one) => one.name)]}
        onChange={(next) => form.change(path, next || undefined)}
      />
      <p class="soft">
        {trainer
          ? `${trainer.description} Its space is ${trainer.space}.`
          : 'Your own workers ask for trials over HTTP.'}
      </p>
      {trainer?.unavailable && <p class="fault">Not available here: {trainer.unavailable}</p>}
      {fault && <p class="fault">{fault}</p>}
    </>
  )
}
