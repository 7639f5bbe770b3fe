/** More seeds and arms for an experiment that has begun: both are marked as additions wherever they are shown. */
import { useSignal } from '@preact/signals'
import { request } from '../../app/api.js'
import type { Experiment } from '../../data/types.js'
import { Choice, Commands, Refused } from '../../parts/controls.js'
import { useResource } from '../../parts/resource.js'

export function ExtendForm({
  experiment,
  path,
  done,
}: {
  readonly experiment: Experiment
  readonly path: string
  readonly done: () => void
}) {
  const methods = useResource<{ methods: { name: string }[] }>('/methods')
  const seeds = useSignal('')
  const method = useSignal('')
  const parallel = useSignal('')
  const fault = useSignal<unknown>(undefined)
  const known = new Set(experiment.arms.map(({ name }) => name))
  const body = {
    ...(seeds.value.trim() && { seeds: seedsOf(seeds.value) }),
    ...(method.value && { arms: [{ name: method.value, method: method.value }] }),
    ...(parallel.value.trim() && { parallel: Number(parallel.value) }),
  }
  const call = { method: 'PATCH', path, body } as const
  const send = async (event: Event) => {
    event.preventDefault()
    fault.value = undefined
    try {
      await request(call)
      seeds.value = method.value = parallel.value = ''
      done()
    } catch (error) {
      fault.value = error
    }
  }
  return (
    <form class="panel" onSubmit={send} aria-label="Extend the experiment">
      <h2>Extend</h2>
      <p class="soft">
        Seeds and arms that are added are marked as additions in the record and in every figure. The verdicts
        of the declared looks stay as they are.
      </p>
      <div class="fields">
        <label>
          Seeds: a number, or a list
          <input
            value={seeds.value}
            placeholder={`${experiment.seeds.length + 4}, or 21, 22`}
            onInput={(event) => (seeds.value = event.currentTarget.value)}
          />
        </label>
        <Choice
          label="Arm: a method"
          value={method.value}
          options={[
            ['', 'none'],
            ...(methods.answer.value?.methods ?? [])
              .map(({ name }) => name)
              .filter((name) => !known.has(name)),
          ]}
          onChange={(value) => (method.value = value)}
        />
        <label>
          Cells at a time
          <input
            inputMode="numeric"
            value={parallel.value}
            placeholder="as before"
            onInput={(event) => (parallel.value = event.currentTarget.value)}
          />
        </label>
      </div>
      <p class="actions">
        <button type="submit" class="main" disabled={Object.keys(body).length === 0}>
          extend
        </button>
      </p>
      {fault.value !== undefined && <Refused error={fault.value} />}
      <Commands calls={[{ label: 'extend', call }]} />
    </form>
  )
}

/** “12” stands for all seeds from 1 to 12; “21, 22” for these two. */
function seedsOf(text: string): number | number[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map(Number)
  return text.includes(',') ? parts : parts[0]!
}
