/** Page 1: every study of the service, with what one wants to know before opening it. */
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { dollarsText, numberText, percentText } from '../../charts/numbers.js'
import { sparkline } from '../../charts/sparkline.js'
import { studyPath } from '../app/api.js'
import { linkTo, queried, setQuery } from '../app/route.js'
import { listen } from '../data/stream.js'
import type { OverviewStudy } from '../data/types.js'
import { Drawing } from '../figure/figure.js'
import { Action, Choice, Code, Empty, Fault, Scroll, StateBadge, Toggle } from '../parts/controls.js'
import { useResource } from '../parts/resource.js'

const AGAIN_MS = 1500

interface Overview {
  readonly studies: readonly OverviewStudy[]
  /** How many of the studies that match belong to experiments. */
  readonly cells: number
  readonly nextCursor?: string
}

export function StudiesPage() {
  const [search, state, cursor] = [queried('search'), queried('state'), queried('cursor')]
  const withCells = queried('cells') !== ''
  const query = new URLSearchParams({
    limit: '50',
    cells: String(withCells),
    ...(search && { search }),
    ...(state && { state }),
    ...(cursor && { cursor }),
  })
  const { answer, fault, again } = useResource<Overview>(`/overview?${query}`)
  useEffect(() => followChanges(again), [])
  useEffect(() => {
    document.title = 'Studies · Chiron'
  }, [])
  if (fault.value) return <Fault error={fault.value} />
  if (answer.value === undefined) return <p class="waiting">…</p>
  const { studies, cells, nextCursor } = answer.value
  const searching = search !== '' || state !== ''
  return (
    <>
      <div class="title-row">
        <h1>Studies</h1>
        <span class="actions">
          <a class="button" href={linkTo('compare')}>
            compare
          </a>
          <a class="button main" href={linkTo('new')}>
            New study
          </a>
        </span>
      </div>
      {(studies.length > 0 || cells > 0 || searching) && (
        <Search search={search} state={state} cells={cells} withCells={withCells} />
      )}
      {studies.length > 0 ? (
        <StudyTable studies={studies} changed={again} />
      ) : searching ? (
        <NoMatch />
      ) : cells > 0 ? (
        <CellsAlone cells={cells} />
      ) : (
        <FirstStudy />
      )}
      <p class="pages">
        {cursor && (
          <button type="button" onClick={() => setQuery({ cursor: '' })}>
            newest
          </button>
        )}
        {nextCursor && (
          <button type="button" onClick={() => setQuery({ cursor: nextCursor })}>
            older
          </button>
        )}
      </p>
    </>
  )
}

/** However much happens, the list is read this often at most. */
function followChanges(again: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = listen(() => {
    timer ??= setTimeout(() => {
      timer = undefined
      if (!document.hidden) again()
    }, AGAIN_MS)
  })
  return () => {
    stop()
    clearTimeout(timer)
  }
}

function Search({
  search,
  state,
  cells,
  withCells,
}: {
  readonly search: string
  readonly state: string
  readonly cells: number
  readonly withCells: boolean
}) {
  const text = useSignal(search)
  return (
    <form
      class="controls"
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        setQuery({ search: text.value, cursor: '' })
      }}
    >
      <label class="choice">
        Search{' '}
        <input
          type="search"
          value={text.value}
          placeholder="name, description or note"
          onInput={(event) => {
            text.value = event.currentTarget.value
          }}
          onChange={() => setQuery({ search: text.value, cursor: '' })}
        />
      </label>
      <Choice
        label="State"
        value={state}
        options={[['', 'any'], 'active', 'paused', 'finished']}
        onChange={(value) => setQuery({ state: value, cursor: '' })}
      />
      {(cells > 0 || withCells) && (
        <Toggle
          label={`studies of experiments (${cells})`}
          value={withCells}
          onChange={(on) => setQuery({ cells: on ? 'shown' : '', cursor: '' })}
        />
      )}
    </form>
  )
}

function StudyTable({
  studies,
  changed,
}: {
  readonly studies: readonly OverviewStudy[]
  readonly changed: () => void
}) {
  return (
    <Scroll label="Studies">
      <table class="studies">
        <thead>
          <tr>
            <th scope="col">Study</th>
            <th scope="col">State</th>
            <th scope="col">Best</th>
            <th scope="col">Best so far</th>
            <th scope="col">Trials</th>
            <th scope="col">Budget</th>
            <th scope="col" class="number" title="Trials that ran out of memory">
              OOM
            </th>
            <th scope="col" class="number" title="Spent on calls of language models">
              Calls
            </th>
            <th scope="col" class="number" title="Workers with a running trial">
              Workers
            </th>
            <th scope="col">
              <span class="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {studies.map((study) => (
            <StudyRow key={study.id} study={study} changed={changed} />
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

function StudyRow({ study, changed }: { readonly study: OverviewStudy; readonly changed: () => void }) {
  const { best } = study
  const ended = endedOf(study)
  const to = (state: string) => ({ method: 'PATCH', path: studyPath(study.name), body: { state } }) as const
  return (
    <tr>
      <th scope="row">
        <a href={linkTo('studies', study.name)}>{study.name}</a>
        <small>
          {study.optimizer}
          {study.advisor && ` + ${study.advisor}`}
          {study.experiment !== undefined && (
            <>
              {' '}
              · in <a href={linkTo('experiments', study.experiment)}>{study.experiment}</a>
            </>
          )}
          {study.tags.length > 0 && ` · ${study.tags.join(', ')}`}
        </small>
      </th>
      <td data-label="State">
        <StateBadge state={study.state} reason={study.reason} />
      </td>
      <td data-label="Best">
        {best ? (
          <span>
            {numberText(best.value)}
            {best.noise !== null && <span class="soft"> ± {numberText(best.noise, 2)}</span>}
            <small>
              {study.metric}, trial {best.number}
            </small>
          </span>
        ) : (
          <span class="soft">none yet</span>
        )}
      </td>
      <td data-label="Best so far">
        <Spark study={study} ended={ended} />
      </td>
      <td data-label="Trials">
        <span>
          {numberText(ended, 6)} <small>ended</small>
        </span>
      </td>
      <td data-label="Budget">
        <BudgetBar budget={study.budget} />
      </td>
      <td class="number" data-label="OOM">
        {percentText(study.oomRate.all)}
      </td>
      <td class="number" data-label="Calls">
        {study.llmCalls > 0 ? dollarsText(study.dollars) : '–'}
      </td>
      <td class="number" data-label="Workers">
        {study.workers}
      </td>
      <td class="row-actions">
        {study.state === 'active' && <Action label="pause" call={to('paused')} done={changed} />}
        {study.state === 'paused' && <Action label="resume" call={to('active')} done={changed} />}
        {study.state !== 'finished' && (
          <Action label="stop" call={to('finished')} done={changed} sure={`Finish ${study.name}?`} danger />
        )}
      </td>
    </tr>
  )
}

export function endedOf({ trials }: { readonly trials: Readonly<Record<string, number>> }): number {
  return (trials.complete ?? 0) + (trials.failed ?? 0) + (trials.pruned ?? 0)
}

function Spark({ study, ended }: { readonly study: OverviewStudy; readonly ended: number }) {
  const scene = useMemo(
    () =>
      sparkline({
        width: 120,
        height: 30,
        points: study.spark,
        end: ended,
        description: study.best
          ? `${study.spark.length} improvements, now ${numberText(study.best.value)}`
          : 'no value yet',
      }),
    [study.seq],
  )
  return study.spark.length > 0 ? <Drawing scene={scene} /> : null
}

/** The limit of which most is used. */
export function BudgetBar({ budget }: { readonly budget: OverviewStudy['budget'] }) {
  if (budget.used === null) return <span class="soft">no limit</span>
  const share = Math.min(1, budget.used)
  return (
    <span class="budget">
      <progress value={share} max={1} aria-label="Part of the budget that is used" />
      <small>{percentText(share)}</small>
    </span>
  )
}

function NoMatch() {
  return (
    <Empty title="No study matches">
      <p>The search looks at names, descriptions and notes.</p>
      <button type="button" onClick={() => setQuery({ search: '', state: '' })}>
        show all studies
      </button>
    </Empty>
  )
}

/** Nothing but what experiments have made. */
function CellsAlone({ cells }: { readonly cells: number }) {
  return (
    <Empty title="All studies here belong to experiments">
      <p>
        {cells} studies run the cells of <a href={linkTo('experiments')}>experiments</a>, whose pages lead to
        them.
      </p>
      <button type="button" onClick={() => setQuery({ cells: 'shown' })}>
        list them here
      </button>
    </Empty>
  )
}

function FirstStudy() {
  const body = {
    name: 'first',
    space: {
      parameters: {
        x: { type: 'float', low: -5, high: 10 },
        lr: { type: 'float', low: 0.0001, high: 1, log: true },
      },
    },
    objective: { metric: 'loss', direction: 'minimize' },
    budget: { trials: 50 },
  }
  return (
    <Empty title="No studies yet">
      <p>
        A study is one search: a space of parameters, an objective, a method and a budget. Make one with the
        form, or from a terminal or a script, and it appears here.
      </p>
      <p>
        <a class="button main" href={linkTo('new')}>
          New study
        </a>
      </p>
      <Code
        label="curl"
        text={`curl -s ${location.origin}/studies -H 'content-type: application/json' -d '${JSON.stringify(body, null, 2)}'`}
      />
      <Code label="Python (standard library)" text={pythonLoop(body)} />
      <p>
        <code>npm run demo</code> runs five whole studies on a simulated GPU in a few seconds.
      </p>
    </Empty>
  )
}

/** The whole loop of a worker: create, ask, train, tell. */
export function pythonLoop(body: { readonly name: string }): string {
  return `import json, urllib.request

def call(path, body):
    request = urllib.request.Request("${location.origin}" + path, json.dumps(body).encode(),
                                     {"content-type": "application/json"})
    return json.load(urllib.request.urlopen(request))

call("/studies", json.loads('''${JSON.stringify(body)}'''))
while True:
    asked = call("/studies/${body.name}/ask", {"worker": "worker-1", "wait": 30})
    for trial in asked["trials"]:
        value = train(**trial["params"])          # your training: it returns the loss
        call(f"/studies/${body.name}/trials/{trial['number']}/tell",
             {"token": trial["lease"]["token"], "outcome": "complete", "value": value})
    if asked.get("reason", {}).get("code") == "finished":
        break`
}
