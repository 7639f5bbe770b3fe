/** The frame of a study: its name and state, its actions, and the tabs. */
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { type Call, studyPath } from '../app/api.js'
import { loadedLater } from '../app/later.js'
import { linkTo, route } from '../app/route.js'
import { LiveStudy } from '../data/study.js'
import type { Study } from '../data/types.js'
import { Action, Commands, Fault, FaultPage, StateBadge } from '../parts/controls.js'
import { NotePanel } from '../parts/note.js'

const TABS = {
  '': loadedLater(() => import('./now.js')),
  space: loadedLater(() => import('./space.js')),
  importance: loadedLater(() => import('./importance.js')),
  trials: loadedLater(() => import('./trials.js')),
  advice: loadedLater(() => import('./advice.js')),
  time: loadedLater(() => import('./time.js')),
  behaviour: loadedLater(() => import('./behaviour.js')),
} as const

const TrialPage = loadedLater(() => import('./trial.js'))
const LABELS: Readonly<Record<keyof typeof TABS, string>> = {
  '': 'Now',
  space: 'Space',
  importance: 'Importance',
  trials: 'Trials',
  advice: 'Advice',
  time: 'Time',
  behaviour: 'Behaviour',
}

export default function StudyPage({ name }: { readonly name: string }) {
  const live = useMemo(() => new LiveStudy(name), [name])
  useEffect(() => () => live.close(), [live])
  const [, , tab = '', trial] = route.value.path
  useEffect(() => {
    document.title = `${name}${tab ? ` · ${tab}` : ''} · Chiron`
  }, [name, tab])
  if (live.fault.value && live.study.value === undefined)
    return (
      <FaultPage error={live.fault.value}>
        <a href={linkTo()}>All studies</a>
      </FaultPage>
    )
  const study = live.study.value
  if (study === undefined) return <p class="waiting">…</p>
  const Shown = TABS[tab as keyof typeof TABS] ?? TABS['']
  return (
    <>
      <StudyHead live={live} study={study} />
      <nav class="tabs" aria-label={`Study ${name}`}>
        {(Object.keys(TABS) as (keyof typeof TABS)[]).map((key) => (
          <a
            key={key}
            href={key === '' ? linkTo('studies', name) : linkTo('studies', name, key)}
            aria-current={key === tab ? 'page' : undefined}
          >
            {LABELS[key]}
          </a>
        ))}
      </nav>
      {live.fault.value && <Fault error={live.fault.value} />}
      {tab === 'trials' && trial !== undefined ? (
        <TrialPage key={trial} live={live} number={Number(trial)} />
      ) : (
        <Shown live={live} />
      )}
    </>
  )
}

function StudyHead({ live, study }: { readonly live: LiveStudy; readonly study: Study }) {
  const noting = useSignal(false)
  const cell = live.summary.value?.cell
  const path = studyPath(study.name)
  const to = (state: string): Call => ({ method: 'PATCH', path, body: { state } })
  const done = () => live.refresh()
  return (
    <header class="study-head">
      <div class="title-row">
        <h1>{study.name}</h1>
        <StateBadge state={study.state} reason={study.reason} />
        <span class="actions">
          {study.state === 'active' && <Action label="pause" call={to('paused')} done={done} />}
          {study.state === 'paused' && <Action label="resume" call={to('active')} done={done} />}
          {study.state !== 'finished' && (
            <Action
              label="stop"
              call={to('finished')}
              done={done}
              danger
              sure="Finish this study? Running trials go on."
            />
          )}
          <button type="button" aria-expanded={noting.value} onClick={() => (noting.value = !noting.value)}>
            note
          </button>
          <a class="button" href={`${path}/report?format=html`} target="_blank" rel="noopener">
            report
          </a>
          <a class="button" href={`${path}/export?format=csv`} download>
            export
          </a>
        </span>
      </div>
      <p class="soft">
        {methodText(study)} · {study.objective.direction} {study.objective.metric}
        {study.trainer && ` · trainer ${study.trainer}`}
        {study.reason && ` · ${study.reason}`}
        {cell && (
          <>
            {' '}
            · arm {cell.arm}, seed {cell.seed} of{' '}
            <a href={linkTo('experiments', cell.experiment)}>{cell.experiment}</a>
          </>
        )}
      </p>
      {study.description && <p class="prose">{study.description}</p>}
      {study.note && !noting.value && <p class="prose note">{study.note}</p>}
      {study.tags && study.tags.length > 0 && (
        <p class="tags">
          {study.tags.map((tag) => (
            <span key={tag}>{tag}</span>
          ))}
        </p>
      )}
      {noting.value && (
        <NotePanel
          path={path}
          note={study.note ?? ''}
          tags={study.tags ?? []}
          done={() => {
            noting.value = false
            done()
          }}
        />
      )}
      <Commands
        calls={[
          { label: 'pause', call: to('paused') },
          { label: 'resume', call: to('active') },
          { label: 'stop', call: to('finished') },
          { label: 'read it', call: { method: 'GET', path: `${path}/summary` } },
        ]}
      />
    </header>
  )
}

function methodText({ method }: Study): string {
  if (typeof method === 'string') return method
  const { optimizer, advisor, agent } = method
  const who = agent ? `agent ${agent.model}` : advisor && ('model' in advisor ? advisor.model : advisor.kind)
  return [optimizer?.kind, who].filter(Boolean).join(' + ')
}
