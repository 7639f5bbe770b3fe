/** A new study: a form over the request of POST /studies, which is shown as it grows, and checked by the service. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { request } from '../app/api.js'
import { goTo } from '../app/route.js'
import { type NamedSpace, namedSpaces } from '../data/space.js'
import type { Budget, Method, Study } from '../data/types.js'
import { Choice, Commands, Fault, Refused } from '../parts/controls.js'
import { useResource } from '../parts/resource.js'
import { emptyParameter, type ParameterDraft, SpaceEditor, spaceOf } from '../parts/space-editor.js'

interface NamedMethod {
  readonly name: string
  readonly description: string
  readonly method: Method
}

interface NamedTrainer {
  readonly name: string
  readonly description: string
  readonly space: string
}

/** When to use which, in one line. */
const WHEN: Readonly<Record<string, string>> = {
  chiron: 'The default: start here.',
  gp: 'Up to some thousand trials, each of which costs minutes or more.',
  'cma-es': 'Numbers only, hundreds of trials, many at a time.',
  tpe: 'Conditional and categorical spaces, thousands of trials.',
  random: 'A baseline, and hundreds of workers at once.',
  sobol: 'An even first look at a space.',
  centaur: 'A space about which a language model has read: training of neural networks.',
}

const BUDGETS: readonly (readonly [keyof Budget, string])[] = [
  ['trials', 'trials'],
  ['trainSeconds', 'train seconds, all trials'],
  ['wallSeconds', 'seconds since its creation'],
  ['llmUsd', 'dollars for calls'],
]

export default function CreatePage() {
  const methods = useResource<{ methods: NamedMethod[] }>('/methods')
  const trainers = useResource<{ trainers: NamedTrainer[] }>('/trainers')
  const spaces = namedSpaces()
  const name = useSignal('')
  const metric = useSignal('loss')
  const direction = useSignal<'minimize' | 'maximize'>('minimize')
  const space = useSignal('own')
  const drafts = useSignal<readonly ParameterDraft[]>([emptyParameter()])
  const method = useSignal('chiron')
  const trainer = useSignal('')
  const parallel = useSignal('1')
  const budget = useSignal<Readonly<Partial<Record<keyof Budget, string>>>>({ trials: '100' })
  const fault = useSignal<unknown>(undefined)
  useEffect(() => {
    document.title = 'New study · Chiron'
  }, [])
  if (methods.fault.value) return <Fault error={methods.fault.value} />
  if (!methods.answer.value || !trainers.answer.value || !spaces) return <p class="waiting">…</p>
  const { space: own, faults } = spaceOf(drafts.value)
  const call = {
    method: 'POST',
    path: '/studies',
    body: {
      name: name.value,
      space: space.value === 'own' ? own : space.value,
      objective: { metric: metric.value, direction: direction.value },
      method: method.value,
      ...(trainer.value && { trainer: trainer.value, parallel: Number(parallel.value) }),
      budget: numbersOf(budget.value),
    },
  } as const
  const send = async (event: Event) => {
    event.preventDefault()
    try {
      const study = await request<Study>(call)
      goTo('studies', study.name)
    } catch (error) {
      fault.value = error
    }
  }
  const chosen = methods.answer.value.methods.find((one) => one.name === method.value)
  return (
    <form class="create" onSubmit={send}>
      <h1>New study</h1>
      <fieldset>
        <legend>What is searched</legend>
        <div class="fields">
          <label>
            Name
            <input
              required
              value={name.value}
              pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
              title="letters, digits, dots, _ and -"
              onInput={(event) => (name.value = event.currentTarget.value)}
            />
          </label>
          <label>
            Metric
            <input
              required
              value={metric.value}
              onInput={(event) => (metric.value = event.currentTarget.value)}
            />
          </label>
          <Choice
            label="Better is"
            value={direction.value}
            options={[
              ['minimize', 'lower'],
              ['maximize', 'higher'],
            ]}
            onChange={(value) => (direction.value = value)}
          />
        </div>
      </fieldset>
      <fieldset>
        <legend>Space</legend>
        <SpaceChoice value={space.value} spaces={spaces} onChange={(value) => (space.value = value)} />
        {space.value === 'own' && (
          <SpaceEditor drafts={drafts.value} faults={faults} onChange={(next) => (drafts.value = next)} />
        )}
      </fieldset>
      <fieldset>
        <legend>Method</legend>
        <Choice
          label="Method"
          value={method.value}
          options={methods.answer.value.methods.map((one) => one.name)}
          onChange={(value) => (method.value = value)}
        />
        <p class="soft">
          {WHEN[method.value]} {chosen?.description}
        </p>
      </fieldset>
      <fieldset>
        <legend>Who trains, and how much</legend>
        <Choice
          label="Trainer"
          value={trainer.value}
          options={[['', 'my own workers'], ...trainers.answer.value.trainers.map((one) => one.name)]}
          onChange={(value) => (trainer.value = value)}
        />
        <p class="soft">
          {trainers.answer.value.trainers.find((one) => one.name === trainer.value)?.description ??
            'Your own workers ask for trials over HTTP.'}
        </p>
        <div class="fields">
          {trainer.value && (
            <label>
              Trials at a time
              <input
                inputMode="numeric"
                value={parallel.value}
                onInput={(event) => (parallel.value = event.currentTarget.value)}
              />
            </label>
          )}
          {BUDGETS.map(([key, label]) => (
            <label key={key}>
              At most: {label}
              <input
                inputMode="decimal"
                value={budget.value[key] ?? ''}
                placeholder="no limit"
                onInput={(event) => (budget.value = { ...budget.value, [key]: event.currentTarget.value })}
              />
            </label>
          ))}
        </div>
      </fieldset>
      <p class="actions">
        <button type="submit" class="main" disabled={space.value === 'own' && faults.size > 0}>
          create the study
        </button>
      </p>
      {fault.value !== undefined && <Refused error={fault.value} />}
      <Commands calls={[{ label: 'create', call }]} />
    </form>
  )
}

function SpaceChoice({
  value,
  spaces,
  onChange,
}: {
  readonly value: string
  readonly spaces: readonly NamedSpace[]
  readonly onChange: (value: string) => void
}) {
  const named = spaces.find(({ name }) => name === value)
  return (
    <>
      <Choice
        label="Space"
        value={value}
        options={[['own', 'written here'], ...spaces.map(({ name }) => name)]}
        onChange={onChange}
      />
      {named && (
        <p class="soft">
          {named.description} Parameters: {Object.keys(named.spec.parameters).join(', ')}.
        </p>
      )}
    </>
  )
}

/** What is no number is sent as it is written, so that the service says what is wrong with it. */
function numbersOf(given: Readonly<Partial<Record<keyof Budget, string>>>): object {
  return Object.fromEntries(
    Object.entries(given)
      .filter(([, text]) => text.trim() !== '')
      .map(([key, text]) => [key, Number.isNaN(Number(text)) ? text : Number(text)]),
  )
}
