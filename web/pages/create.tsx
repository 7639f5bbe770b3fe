/** A new study: a form made from the schema of POST /studies, which the service checks while it is written. */
import { useSignal } from '@preact/signals'
import { request } from '../app/api.js'
import { goTo } from '../app/route.js'
import type { NamedSpace } from '../data/space.js'
import type { CheckedStudy, Study } from '../data/types.js'
import { faultsOf, useDryRun } from '../forms/dry-run.js'
import { changed, Fields, type Form } from '../forms/fields.js'
import { FormPage, type FormSources } from '../forms/form-page.js'
import { isObject, type Json } from '../forms/json.js'
import { MethodField } from '../forms/method.js'
import { TrainerField } from '../forms/trainer.js'
import { Choice, Commands, Refused } from '../parts/controls.js'
import { emptyParameter, type ParameterDraft, SpaceEditor, spaceOf } from '../parts/space-editor.js'

/** What a study is can be checked before it has a name. */
const UNNAMED = 'unnamed'
const FIRST: Json = { objective: { metric: 'loss' }, budget: { trials: 100 } }
const OWN = 'own'
/** What most studies say; every other member of the schema is further below. */
const ABOVE = ['name', 'description', 'space', 'objective', 'method', 'trainer', 'parallel', 'budget']

export default function CreatePage() {
  return <FormPage title="New study" of="study" form={StudyForm} />
}

function StudyForm({ presets, trainers, schemas, spaces }: FormSources) {
  const { whole: schema } = schemas
  const value = useSignal<Json>(FIRST)
  const space = useSignal(OWN)
  const drafts = useSignal<readonly ParameterDraft[]>([emptyParameter()])
  const sent = useSignal<unknown>(undefined)
  const { space: own, faults: spaceFaults } = spaceOf(drafts.value)
  const members = isObject(value.value) ? value.value : {}
  const trainer = trainers.find(({ name }) => name === members.trainer)
  const ready = trainer !== undefined || space.value !== OWN || spaceFaults.size === 0
  const body = trainer ? members : { ...members, space: (space.value === OWN ? own : space.value) as Json }
  const check = {
    method: 'POST',
    path: '/studies/check',
    body: { ...body, name: members.name ?? UNNAMED },
  } as const
  const { answer, refusal } = useDryRun<CheckedStudy>(ready ? check : undefined)
  const form: Form = {
    schemas,
    value: value.value,
    faults: faultsOf(sent.value ?? refusal.value),
    change: (path, next) => {
      sent.value = undefined
      value.value = changed(value.value, path, next)
    },
  }
  const call = { method: 'POST', path: '/studies', body } as const
  const send = async (event: Event) => {
    event.preventDefault()
    try {
      const study = await request<Study>(call)
      goTo('studies', study.name)
    } catch (error) {
      sent.value = error
    }
  }
  const wrong = sent.value ?? refusal.value
  return (
    <form class="create" onSubmit={send}>
      <h1>New study</h1>
      <fieldset>
        <legend>What is searched</legend>
        <Fields form={form} path={[]} schema={schema} only={['name', 'description']} />
        <Fields form={form} path={['objective']} schema={schemas.member(schema, 'objective')} />
      </fieldset>
      <fieldset>
        <legend>Who trains</legend>
        <TrainerField form={form} path={['trainer']} trainers={trainers} />
        {trainer && <Fields form={form} path={[]} schema={schema} only={['parallel']} />}
      </fieldset>
      {trainer === undefined && (
        <fieldset>
          <legend>Space</legend>
          <SpaceChoice value={space.value} spaces={spaces} onChange={(next) => (space.value = next)} />
          {space.value === OWN && (
            <SpaceEditor
              drafts={drafts.value}
              faults={spaceFaults}
              onChange={(next) => (drafts.value = next)}
            />
          )}
        </fieldset>
      )}
      <fieldset>
        <legend>Method</legend>
        <MethodField form={form} path={['method']} presets={presets} />
      </fieldset>
      <fieldset>
        <legend>Budget</legend>
        <p class="soft">{schemas.member(schema, 'budget').description}</p>
        <Fields form={form} path={['budget']} schema={schemas.member(schema, 'budget')} />
      </fieldset>
      <details>
        <summary>Seed, pruning, leases, earlier studies and more</summary>
        <Fields form={form} path={[]} schema={schema} without={ABOVE} />
      </details>
      <Verdict ready={ready} answer={answer.value} wrong={wrong} />
      <p class="actions">
        <button type="submit" class="main" disabled={!ready}>
          create the study
        </button>
      </p>
      <Commands
        calls={[
          { label: 'check: create nothing', call: check },
          { label: 'create', call },
        ]}
      />
    </form>
  )
}

/** What the service says of the study as it is written now. */
function Verdict({
  ready,
  answer,
  wrong,
}: {
  readonly ready: boolean
  readonly answer: CheckedStudy | undefined
  readonly wrong: unknown
}) {
  if (!ready) return <p class="soft">The space has no parameter yet, or one that is not complete.</p>
  if (wrong !== undefined) return <Refused error={wrong} />
  if (answer === undefined) return <p class="soft">…</p>
  const { method } = answer.study
  const chosen = typeof method === 'string' ? undefined : method.chosen
  return (
    <p class="soft" role="status">
      {answer.exists
        ? 'This study exists already, with the same spec: creating it leads to it.'
        : 'The service would create this study.'}
      {chosen && ` ${chosen}.`}
    </p>
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
        options={[[OWN, 'written here'], ...spaces.map(({ name }) => name)]}
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
