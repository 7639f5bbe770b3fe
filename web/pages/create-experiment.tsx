/** A new experiment: a form over the request of POST /experiments, and what the plan takes and can show before it is created. */
import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type Call, request } from '../app/api.js'
import { goTo } from '../app/route.js'
import { namedSpaces } from '../data/space.js'
import type { DryRun } from '../data/types.js'
import { Choice, Commands, Fault, Refused, Toggle } from '../parts/controls.js'
import { useResource } from '../parts/resource.js'
import { DryRunView } from './create-experiment/dry-run.js'

interface Named {
  readonly name: string
  readonly description: string
}

interface NamedTrainer extends Named {
  readonly space: string
  readonly unavailable?: string
}

/** What a plan takes can be said before it has a name. */
const UNNAMED = 'unnamed'

const CONTROLS = ['copy', 'jitter', 'random'] as const
const OPTIMIZERS = ['cma-es', 'tpe', 'gp', 'smac', 'random', 'sobol'] as const

export default function CreateExperimentPage() {
  const methods = useResource<{ methods: Named[] }>('/methods')
  const trainers = useResource<{ trainers: NamedTrainer[] }>('/trainers')
  const form = useForm()
  const dryRun = useSignal<DryRun | undefined>(undefined)
  const refusal = useSignal<unknown>(undefined)
  useEffect(() => {
    document.title = 'New experiment · Chiron'
  }, [])
  const body = bodyOf(form, trainers.answer.value?.trainers ?? [])
  const named = form.name.value === '' ? { ...body, name: UNNAMED } : body
  const tried = { method: 'POST', path: '/experiments', body: { ...named, dryRun: true } } as const
  useDryRun(tried, dryRun, refusal)
  if (methods.fault.value) return <Fault error={methods.fault.value} />
  if (!methods.answer.value || !trainers.answer.value || !namedSpaces()) return <p class="waiting">…</p>
  const call = { method: 'POST', path: '/experiments', body } as const
  const send = async (event: Event) => {
    event.preventDefault()
    try {
      const { name } = await request<{ readonly name: string }>(call)
      goTo('experiments', name)
    } catch (error) {
      refusal.value = error
    }
  }
  return (
    <form class="create" onSubmit={send}>
      <h1>New experiment</h1>
      <p class="soft">
        A grid of studies, arms × seeds. It is declared with its analysis before it runs: what it can show,
        and what it takes, is below while you write.
      </p>
      <StudyFields form={form} trainers={trainers.answer.value.trainers} />
      <ArmFields form={form} methods={methods.answer.value.methods} />
      <AnalysisFields form={form} />
      <DryRunView answer={dryRun.value} />
      {refusal.value !== undefined && <Refused error={refusal.value} />}
      <p class="actions">
        <button type="submit" class="main" disabled={dryRun.value === undefined}>
          create the experiment
        </button>
      </p>
      <Commands
        calls={[
          { label: 'dry run: create nothing', call: tried },
          { label: 'create', call },
        ]}
      />
    </form>
  )
}

function useForm() {
  return {
    name: useSignal(''),
    description: useSignal(''),
    trainer: useSignal('simulated-h200'),
    space: useSignal('autoresearch-14'),
    metric: useSignal('val_bpb'),
    direction: useSignal<'minimize' | 'maximize'>('minimize'),
    trials: useSignal('60'),
    hours: useSignal(''),
    slots: useSignal('1'),
    kind: useSignal<'compare' | 'ablate'>('compare'),
    methods: useSignal<readonly string[]>(['random', 'tpe', 'chiron']),
    baseline: useSignal('random'),
    optimizer: useSignal<(typeof OPTIMIZERS)[number]>('cma-es'),
    model: useSignal(''),
    ratios: useSignal('0, 0.1, 0.3, 0.5, 0.8, 1'),
    controls: useSignal<readonly string[]>([...CONTROLS]),
    seeds: useSignal('8'),
    repetitions: useSignal('5'),
    looks: useSignal(''),
    alternative: useSignal<'better' | 'two-sided'>('better'),
    test: useSignal<'signed-rank' | 'mann-whitney'>('signed-rank'),
    parallel: useSignal('4'),
    price: useSignal(''),
  }
}

type Form = ReturnType<typeof useForm>

/** A moment after the last change, so that not every letter is a request. */
const PAUSE_MS = 350

function useDryRun(call: Call, answer: Signal<DryRun | undefined>, refusal: Signal<unknown>): void {
  const text = JSON.stringify(call.body)
  useEffect(() => {
    const ended = new AbortController()
    const timer = setTimeout(() => {
      request<DryRun>(call, ended.signal).then(
        (found) => {
          answer.value = found
          refusal.value = undefined
        },
        (error) => {
          if (ended.signal.aborted) return
          answer.value = undefined
          refusal.value = error
        },
      )
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      ended.abort()
    }
  }, [text])
}

function bodyOf(form: Form, trainers: readonly NamedTrainer[]): object {
  const trainer = trainers.find(({ name }) => name === form.trainer.value)
  const { trials, hours } = form
  return {
    name: form.name.value,
    ...(form.description.value && { description: form.description.value }),
    study: {
      space: trainer?.space ?? form.space.value,
      objective: { metric: form.metric.value, direction: form.direction.value },
      ...(form.trainer.value && { trainer: form.trainer.value, parallel: numberOf(form.slots.value) }),
      budget: {
        ...(trials.value.trim() && { trials: numberOf(trials.value) }),
        ...(hours.value.trim() && { trainSeconds: scaled(hours.value, 3600) }),
      },
    },
    ...(form.kind.value === 'compare' ? armsOf(form) : ablationOf(form)),
    seeds: listOrNumber(form.seeds.value),
    endpoint: { of: 'recommended', repetitions: numberOf(form.repetitions.value) },
    ...(form.looks.value.trim() && { looks: listOf(form.looks.value) }),
    test: form.test.value,
    alternative: form.alternative.value,
    parallel: numberOf(form.parallel.value),
    ...(form.price.value.trim() && { gpuDollarsPerHour: numberOf(form.price.value) }),
  }
}

function armsOf({ methods, baseline }: Form): object {
  return {
    arms: methods.value.map((name) => ({ name, method: name })),
    baseline: baseline.value,
  }
}

function ablationOf({ optimizer, model, ratios, controls }: Form): object {
  const asked = model.value.trim()
  return {
    ablation: {
      optimizer: { kind: optimizer.value },
      advisor: asked ? { kind: 'llm', model: asked } : { kind: 'expert' },
      ratios: listOf(ratios.value),
      controls: controls.value,
    },
  }
}

/** What is no number is sent as it is written, so that the service says what is wrong with it. */
function numberOf(text: string): number | string {
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)
}

function scaled(text: string, factor: number): number | string {
  const value = numberOf(text)
  return typeof value === 'number' ? value * factor : value
}

function listOf(text: string): (number | string)[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map(numberOf)
}

function listOrNumber(text: string): number | string | (number | string)[] {
  return text.includes(',') ? listOf(text) : numberOf(text)
}

function Field({
  label,
  value,
  numeric,
  placeholder,
  required,
}: {
  readonly label: string
  readonly value: Signal<string>
  readonly numeric?: boolean
  readonly placeholder?: string
  readonly required?: boolean
}) {
  return (
    <label>
      {label}
      <input
        value={value.value}
        required={required}
        placeholder={placeholder}
        inputMode={numeric ? 'decimal' : 'text'}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
    </label>
  )
}

function StudyFields({
  form,
  trainers,
}: {
  readonly form: Form
  readonly trainers: readonly NamedTrainer[]
}) {
  const trainer = trainers.find(({ name }) => name === form.trainer.value)
  return (
    <fieldset>
      <legend>What every cell is</legend>
      <div class="fields">
        <Field label="Name" value={form.name} required />
        <Field label="Description" value={form.description} placeholder="none" />
        <Field label="Metric" value={form.metric} required />
        <Choice
          label="Better is"
          value={form.direction.value}
          options={[
            ['minimize', 'lower'],
            ['maximize', 'higher'],
          ]}
          onChange={(value) => (form.direction.value = value)}
        />
        <Choice
          label="Trainer"
          value={form.trainer.value}
          options={[['', 'my own workers'], ...trainers.map(({ name }) => name)]}
          onChange={(value) => (form.trainer.value = value)}
        />
        {trainer === undefined && (
          <Choice
            label="Space"
            value={form.space.value}
            options={(namedSpaces() ?? []).map(({ name }) => name)}
            onChange={(value) => (form.space.value = value)}
          />
        )}
        <Field label="Trials of a cell, at most" value={form.trials} numeric placeholder="no limit" />
        <Field label="Train hours of a cell, at most" value={form.hours} numeric placeholder="no limit" />
        {trainer !== undefined && <Field label="Trials of a cell at a time" value={form.slots} numeric />}
      </div>
      <p class="soft">
        {trainer === undefined
          ? 'Your own workers ask for the trials of each cell’s study over HTTP.'
          : `${trainer.description} Its space is ${trainer.space}.`}
      </p>
      {trainer?.unavailable && <p class="fault">Not available here: {trainer.unavailable}</p>}
    </fieldset>
  )
}

function ArmFields({ form, methods }: { readonly form: Form; readonly methods: readonly Named[] }) {
  return (
    <fieldset>
      <legend>Arms</legend>
      <Choice
        label="Kind"
        value={form.kind.value}
        options={[
          ['compare', 'compare methods'],
          ['ablate', 'ablate an advisor'],
        ]}
        onChange={(value) => (form.kind.value = value)}
      />
      {form.kind.value === 'compare' ? (
        <MethodChoice form={form} methods={methods} />
      ) : (
        <AblationFields form={form} />
      )}
    </fieldset>
  )
}

function MethodChoice({ form, methods }: { readonly form: Form; readonly methods: readonly Named[] }) {
  const chosen = new Set(form.methods.value)
  const choose = (name: string, on: boolean) => {
    form.methods.value = methods
      .map((method) => method.name)
      .filter((other) => (other === name ? on : chosen.has(other)))
    if (!form.methods.value.includes(form.baseline.value)) form.baseline.value = form.methods.value[0] ?? ''
  }
  return (
    <>
      <ul class="choices">
        {methods.map(({ name, description }) => (
          <li key={name}>
            <Toggle label={name} value={chosen.has(name)} onChange={(on) => choose(name, on)} />
            <small class="soft">{description}</small>
          </li>
        ))}
      </ul>
      <Choice
        label="Baseline"
        value={form.baseline.value}
        options={form.methods.value}
        onChange={(value) => (form.baseline.value = value)}
      />
    </>
  )
}

function AblationFields({ form }: { readonly form: Form }) {
  return (
    <>
      <div class="fields">
        <Choice
          label="Optimizer"
          value={form.optimizer.value}
          options={OPTIMIZERS}
          onChange={(value) => (form.optimizer.value = value)}
        />
        <Field label="Model that advises" value={form.model} placeholder="none: rules of thumb" />
        <Field label="Shares of the trials" value={form.ratios} />
      </div>
      <p class="soft">
        A model is named provider:model, as anthropic:claude-opus-4-6. The optimizer alone is always an arm.
        Controls take the advisor’s place at every share: a gain that a control has too does not come from
        what the advisor knows.
      </p>
      {CONTROLS.map((name) => (
        <Toggle
          key={name}
          label={`control ${name}`}
          value={form.controls.value.includes(name)}
          onChange={(on) =>
            (form.controls.value = CONTROLS.filter((other) =>
              other === name ? on : form.controls.value.includes(other),
            ))
          }
        />
      ))}
    </>
  )
}

function AnalysisFields({ form }: { readonly form: Form }) {
  return (
    <fieldset>
      <legend>Seeds and analysis</legend>
      <div class="fields">
        <Field label="Seeds: a number, or a list" value={form.seeds} required />
        <Field label="Runs of each recommendation" value={form.repetitions} numeric />
        <Field label="Looks after so many seeds" value={form.looks} placeholder="one, at the end" />
        <Choice
          label="Test"
          value={form.test.value}
          options={['signed-rank', 'mann-whitney']}
          onChange={(value) => (form.test.value = value)}
        />
        <Choice
          label="Alternative"
          value={form.alternative.value}
          options={['better', 'two-sided']}
          onChange={(value) => (form.alternative.value = value)}
        />
        <Field label="Cells at a time" value={form.parallel} numeric />
        <Field label="Dollars of a GPU hour" value={form.price} numeric placeholder="not known" />
      </div>
    </fieldset>
  )
}
