/** A new experiment: a form made from the schema of POST /experiments, and what the plan takes and can show before it is created. */
import { useSignal } from '@preact/signals'
import { request } from '../app/api.js'
import { goTo } from '../app/route.js'
import { FIRST_EXPERIMENT } from '../data/first-experiment.js'
import type { NamedSpace } from '../data/space.js'
import type { DryRun, Trainer } from '../data/types.js'
import { ArmList, armsOf } from '../forms/arms.js'
import { faultsOf, useDryRun } from '../forms/dry-run.js'
import { changed, Fields, type Form } from '../forms/fields.js'
import { FormPage, type FormSources } from '../forms/form-page.js'
import { isObject, type Json, valueAt } from '../forms/json.js'
import type { Schema } from '../forms/schema.js'
import { TrainerField } from '../forms/trainer.js'
import { Choice, Commands, Refused } from '../parts/controls.js'
import { DryRunView } from './create-experiment/dry-run.js'

/** What a plan takes can be said before it has a name. */
const UNNAMED = 'unnamed'

const FIRST = {
  ...FIRST_EXPERIMENT,
  ablation: { optimizer: { kind: 'cma-es' }, advisor: { kind: 'expert' } },
  parallel: 4,
}

/** Of the study of every cell, beside what has a place of its own. */
const OF_STUDY = ['space', 'objective', 'method', 'trainer', 'parallel', 'budget']
const ANALYSIS = ['seeds', 'looks', 'test', 'alternative', 'alpha', 'parallel', 'gpuDollarsPerHour']
const ABOVE = [
  'name',
  'description',
  'study',
  'arms',
  'ablation',
  'baseline',
  'endpoint',
  'dryRun',
  ...ANALYSIS,
]

export default function CreateExperimentPage() {
  return <FormPage title="New experiment" of="experiment" form={ExperimentForm} />
}

function ExperimentForm({ presets, trainers, schemas, spaces }: FormSources) {
  const { whole: schema } = schemas
  const value = useSignal<Json>(FIRST)
  const kind = useSignal<Kind>('compare')
  const sent = useSignal<unknown>(undefined)
  const body = bodyOf(value.value, kind.value, trainers)
  const dryRun = {
    method: 'POST',
    path: '/experiments',
    body: { ...body, name: body.name ?? UNNAMED, dryRun: true },
  } as const
  const { answer, refusal } = useDryRun<DryRun>(dryRun)
  const wrong = sent.value ?? refusal.value
  const form: Form = {
    schemas,
    value: value.value,
    faults: faultsOf(wrong),
    change: (path, next) => {
      sent.value = undefined
      value.value = changed(value.value, path, next)
    },
  }
  const call = { method: 'POST', path: '/experiments', body } as const
  const send = async (event: Event) => {
    event.preventDefault()
    try {
      const { name } = await request<{ readonly name: string }>(call)
      goTo('experiments', name)
    } catch (error) {
      sent.value = error
    }
  }
  const endpoint = schemas.member(schema, 'endpoint')
  return (
    <form class="create" onSubmit={send}>
      <h1>New experiment</h1>
      <p class="soft">
        A grid of studies, arms × seeds. It is declared with its analysis before it runs: what it can show,
        and what it takes, is below while you write.
      </p>
      <fieldset>
        <legend>Experiment</legend>
        <Fields form={form} path={[]} schema={schema} only={['name', 'description']} />
      </fieldset>
      <CellFields form={form} trainers={trainers} spaces={spaces} />
      <fieldset>
        <legend>Arms</legend>
        <Choice
          label="Kind"
          value={kind.value}
          options={[
            ['compare', 'compare methods'],
            ['ablate', 'ablate an advisor'],
          ]}
          onChange={(next) => (kind.value = next)}
        />
        {kind.value === 'compare' ? (
          <>
            <ArmList form={form} presets={presets} />
            <Choice
              label="Baseline"
              value={String(body.baseline ?? '')}
              options={armsOf(value.value).map(({ name }) => name)}
              onChange={(name) => form.change(['baseline'], name)}
            />
          </>
        ) : (
          <Ablation form={form} schema={schema} />
        )}
      </fieldset>
      <fieldset>
        <legend>Seeds and analysis</legend>
        <Fields form={form} path={[]} schema={schema} only={ANALYSIS} />
        <Fields form={form} path={[]} schema={{ properties: { endpoint } }} />
        <details>
          <summary>Contrasts, hypotheses and more</summary>
          <Fields form={form} path={[]} schema={schema} without={ABOVE} />
        </details>
      </fieldset>
      <DryRunView answer={answer.value} />
      {wrong !== undefined && <Refused error={wrong} />}
      <p class="actions">
        <button type="submit" class="main" disabled={answer.value === undefined}>
          create the experiment
        </button>
      </p>
      <Commands
        calls={[
          { label: 'dry run: create nothing', call: dryRun },
          { label: 'create', call },
        ]}
      />
    </form>
  )
}

type Kind = 'compare' | 'ablate'
type Members = { readonly [name: string]: Json }

/** Of arms and an ablation the one that is chosen; the space is the trainer's, where one is. */
function bodyOf(value: Json, kind: Kind, trainers: readonly Trainer[]): Members {
  const { arms, ablation, baseline: _, study, ...rest } = value as Members
  const { space, ...cell } = isObject(study) ? study : {}
  const trained = trainers.some(({ name }) => name === cell.trainer)
  return {
    ...rest,
    study: trained || space === undefined ? cell : { ...cell, space },
    ...(kind === 'ablate' ? present({ ablation }) : present({ arms, baseline: baselineOf(value) })),
  }
}

/** The one that is chosen, while it is an arm. */
function baselineOf(value: Json): string | undefined {
  const names = armsOf(value).map(({ name }) => name)
  return names.find((name) => name === valueAt(value, ['baseline'])) ?? names[0]
}

function present(members: Readonly<Record<string, Json | undefined>>): Members {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

function CellFields({
  form,
  trainers,
  spaces,
}: {
  readonly form: Form
  readonly trainers: readonly Trainer[]
  readonly spaces: readonly NamedSpace[]
}) {
  const { schemas } = form
  const study = schemas.member(schemas.whole, 'study')
  const given = (form.value as Members).study
  const { trainer, space } = isObject(given) ? given : {}
  return (
    <fieldset>
      <legend>What every cell is</legend>
      <Fields form={form} path={['study', 'objective']} schema={schemas.member(study, 'objective')} />
      <TrainerField form={form} path={['study', 'trainer']} trainers={trainers} />
      {trainer === undefined && (
        <Choice
          label="Space"
          value={String(space ?? '')}
          options={spaces.map(({ name }) => name)}
          onChange={(next) => form.change(['study', 'space'], next)}
        />
      )}
      <Fields form={form} path={['study']} schema={study} only={['parallel']} />
      <h3>Budget of a cell</h3>
      <Fields form={form} path={['study', 'budget']} schema={schemas.member(study, 'budget')} />
      <details>
        <summary>Pruning, leases and more</summary>
        <Fields form={form} path={['study']} schema={study} without={OF_STUDY} />
      </details>
    </fieldset>
  )
}

function Ablation({ form, schema }: { readonly form: Form; readonly schema: Schema }) {
  const ablation = form.schemas.member(schema, 'ablation')
  return (
    <>
      <p class="soft">
        {ablation.description} A gain that a control has too does not come from what the advisor knows.
      </p>
      <Fields form={form} path={['ablation']} schema={ablation} />
    </>
  )
}
