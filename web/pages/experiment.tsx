/** Page 10: one experiment: its cells, its arms, and what can be concluded so far. The figures are those of its report. */
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { ExperimentFigure } from '../../charts/experiment/facts.js'
import { experimentFigures } from '../../charts/experiment/figures.js'
import { costTable, leaderboard } from '../../charts/experiment/tables.js'
import { durationText } from '../../charts/numbers.js'
import { linkTo } from '../app/route.js'
import type { Analysis, Experiment } from '../data/types.js'
import { Figure } from '../figure/figure.js'
import { Action, Commands, FaultPage, StateBadge, Time } from '../parts/controls.js'
import { useResource } from '../parts/resource.js'
import { TextTableView } from '../parts/text-table.js'
import { Behaviour } from './experiment/behaviour.js'
import { CellGrid } from './experiment/cells.js'
import { Changes } from './experiment/changes.js'
import { Conclusions } from './experiment/conclusions.js'
import { ExtendForm } from './experiment/extend.js'

const AGAIN_MS = 4000

export default function ExperimentPage({ name }: { readonly name: string }) {
  const path = `/experiments/${encodeURIComponent(name)}`
  const { answer, fault, again } = useResource<Experiment>(path, AGAIN_MS)
  const analysis = useResource<Analysis>(`${path}/analysis`, undefined, answer.value?.updatedAt)
  const experiment = answer.value
  const found = analysis.answer.value
  const figures = useMemo(
    () => (experiment && found ? experimentFigures(experiment, found) : []),
    [experiment?.updatedAt, found],
  )
  useEffect(() => {
    document.title = `${name} · Chiron`
  }, [name])
  if (fault.value)
    return (
      <FaultPage error={fault.value}>
        <a href={linkTo('experiments')}>All experiments</a>
      </FaultPage>
    )
  if (!experiment) return <p class="waiting">…</p>
  return (
    <>
      <ExperimentHead experiment={experiment} path={path} done={again} analysed={found !== undefined} />
      {found && <Conclusions analysis={found} experiment={experiment} />}
      {found && <Leaderboard analysis={found} experiment={experiment} />}
      <CellGrid experiment={experiment} metric={found?.metric} path={path} done={again} />
      {figures.map((figure) => (
        <SharedFigure key={figure.name} figure={figure} />
      ))}
      <section class="panel">
        <h2>Cost</h2>
        <TextTableView label="Cost of each arm" table={costTable(experiment)} />
      </section>
      <Behaviour experiment={experiment} />
      <ExtendForm experiment={experiment} path={path} done={again} />
      <Changes path={path} at={experiment.updatedAt} />
    </>
  )
}

function ExperimentHead({
  experiment,
  path,
  done,
  analysed,
}: {
  readonly experiment: Experiment
  readonly path: string
  readonly done: () => void
  /** The analysis repeats what the plan can show. */
  readonly analysed: boolean
}) {
  const { name, state, reason, description, progress, plan, digest, updatedAt, cells } = experiment
  const to = (what: string) => ({ method: 'POST', path: `${path}/${what}` }) as const
  const stopped = cells.some((cell) => cell.state === 'stopped')
  return (
    <header>
      <div class="title-row">
        <h1>{name}</h1>
        <StateBadge state={state} reason={reason} />
        <span class="actions">
          {state === 'running' && <Action label="pause" call={to('pause')} done={done} />}
          {(state === 'paused' || stopped) && <Action label="resume" call={to('resume')} done={done} />}
          {(state === 'running' || state === 'paused') && (
            <Action
              label="stop"
              call={to('stop')}
              done={done}
              danger
              sure="Stop this experiment? Cells that run are stopped."
            />
          )}
          <a class="button" href={`${path}/report`} target="_blank" rel="noopener">
            report
          </a>
        </span>
      </div>
      <p class="soft">
        {progress.finished} of {progress.cells} cells finished, {progress.running} running
        {progress.failed > 0 && `, ${progress.failed} failed`}
        {progress.etaSeconds !== undefined && `, about ${durationText(progress.etaSeconds)} left`} · declared
        as <code>{digest.slice(0, 12)}</code> · last updated <Time at={updatedAt} />
        {reason && ` · ${reason}`}
      </p>
      {description && <p class="prose">{description}</p>}
      {!analysed && <p class={plan.canShow ? 'prose' : 'fault'}>{plan.summary}</p>}
      <Commands
        calls={[
          { label: 'pause', call: to('pause') },
          { label: 'resume', call: to('resume') },
          { label: 'stop', call: to('stop') },
          { label: 'the analysis', call: { method: 'GET', path: `${path}/analysis` } },
          { label: 'the report', call: { method: 'GET', path: `${path}/report` } },
        ]}
      />
    </header>
  )
}

function Leaderboard({
  analysis,
  experiment,
}: {
  readonly analysis: Analysis
  readonly experiment: Experiment
}) {
  return (
    <section class="panel">
      <h2>Leaderboard</h2>
      <TextTableView label="Arms, best first" table={leaderboard(experiment, analysis)} />
    </section>
  )
}

/** A figure that the report has too. */
function SharedFigure({ figure }: { readonly figure: ExperimentFigure }) {
  const hidden = useSignal<ReadonlySet<string>>(new Set())
  const toggle = (label: string) => {
    const next = new Set(hidden.value)
    if (!next.delete(label)) next.add(label)
    hidden.value = next
  }
  return (
    <Figure
      title={figure.title}
      question={figure.question}
      inputs={[figure, hidden.value]}
      build={(width) => figure.build(width, hidden.value)}
      csv={figure.csv}
      {...(figure.canHide && { hidden: hidden.value, onToggle: toggle })}
    />
  )
}
