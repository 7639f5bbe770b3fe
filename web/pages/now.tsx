/** Page 2: what the study is doing now, whether it is well, and the best configuration to take away. */
import { useMemo } from 'preact/hooks'
import { durationText, numberText, percentText } from '../../charts/numbers.js'
import { OVER, type Over, type ProgressStep, progressChart, unitOf } from '../../charts/progress.js'
import { goTo, linkTo, queried, setQuery } from '../app/route.js'
import type { StudyEvent } from '../data/follow.js'
import type { LiveStudy } from '../data/study.js'
import type { Progress, Study, Summary } from '../data/types.js'
import { type Area, Figure } from '../figure/figure.js'
import { BestPanel } from '../parts/best.js'
import { Choice, Code, Empty, Time, Toggle } from '../parts/controls.js'
import { Health } from '../parts/health.js'
import { RecentLanes } from '../parts/recent-lanes.js'
import { aboutTrial, cumulative } from '../parts/trial-text.js'
import { pythonLoop } from './studies.js'

export default function NowPage({ live }: { readonly live: LiveStudy }) {
  const [study, summary] = [live.study.value, live.summary.value]
  if (!study || !summary || !live.loaded.value) return <p class="waiting">…</p>
  const progress = progressNow(study, summary, live.progress.value)
  const begun = Object.values(study.trials).some((count) => count > 0)
  return (
    <>
      <Numbers study={study} summary={summary} progress={progress} />
      {begun ? <ProgressFigure live={live} study={study} progress={progress} /> : <NoTrials study={study} />}
      <Health live={live} study={study} summary={summary} />
      <RecentLanes live={live} study={study} />
      <div class="columns">
        <BestPanel study={study} summary={summary} />
        <Running live={live} />
        <Ticker events={live.ticker.value} study={study} />
      </div>
    </>
  )
}

type SoFar = Pick<Progress, 'metric' | 'direction' | 'noise' | 'now' | 'series'>

/** The steps of the best value come after the trials; what was spent is known with them. */
function progressNow(study: Study, { spent, noise }: Summary, known: Progress | undefined): SoFar {
  const { metric, direction } = study.objective
  const until = study.state === 'active' ? Date.now() : Date.parse(study.updatedAt)
  const wallSeconds = Math.max(0, until - Date.parse(study.createdAt)) / 1000
  return { metric, direction, noise, now: { ...spent, wallSeconds }, series: known?.series ?? [] }
}

function Numbers({
  study,
  summary,
  progress,
}: {
  readonly study: Study
  readonly summary: Summary
  readonly progress: SoFar
}) {
  const { budget, trials } = summary
  const ended = (trials.complete ?? 0) + (trials.failed ?? 0) + (trials.pruned ?? 0)
  const of = (limit: number | undefined, text: (value: number) => string) =>
    limit === undefined ? '' : ` of ${text(limit)}`
  return (
    <dl class="numbers">
      <div>
        <dt>best {study.objective.metric}</dt>
        <dd>
          {summary.incumbent ? numberText(summary.incumbent.value, 6) : '–'}
          {progress.noise !== null && progress.noise > 0 && (
            <small> ± {numberText(progress.noise, 2)} noise</small>
          )}
        </dd>
      </div>
      <div>
        <dt>trials ended</dt>
        <dd>
          {numberText(ended, 6)}
          <small>{of(budget.trials, (value) => numberText(value, 6))}</small>
        </dd>
      </div>
      <div>
        <dt>running</dt>
        <dd>{(trials.running ?? 0) + (trials.proposing ?? 0)}</dd>
      </div>
      <div>
        <dt>training</dt>
        <dd>
          {durationText(budget.trainSecondsUsed)}
          <small>{of(budget.trainSeconds, durationText)}</small>
        </dd>
      </div>
      <div>
        <dt>out of memory</dt>
        <dd>{percentText(summary.oomRate.all)}</dd>
      </div>
      {summary.advisor?.calls !== undefined && (
        <div>
          <dt>calls of models</dt>
          <dd>
            ${(summary.advisor.dollars ?? 0).toFixed(2)}
            <small> in {summary.advisor.calls}</small>
          </dd>
        </div>
      )}
    </dl>
  )
}

function ProgressFigure({
  live,
  study,
  progress,
}: {
  readonly live: LiveStudy
  readonly study: Study
  readonly progress: SoFar
}) {
  const over = (queried('over', 'trials') in OVER ? queried('over', 'trials') : 'trials') as Over
  const log = queried('scale') === 'log'
  const zoom = readArea(queried('zoom'))
  const hidden = useMemo(() => new Set(queried('hide').split('|').filter(Boolean)), [queried('hide')])
  const version = live.version.value
  const trials = useMemo(() => trialPlaces(live, study, over), [version, over])
  const steps = useMemo(() => progressSteps(live, progress), [progress.series, version])
  const toggle = (label: string) => {
    const next = new Set(hidden)
    if (!next.delete(label)) next.add(label)
    setQuery({ hide: [...next].join('|') })
  }
  return (
    <Figure
      title={`Best ${progress.metric} so far`}
      question="Is the search still improving, and who finds the improvements?"
      inputs={[trials, steps, over, log, queried('zoom'), hidden]}
      build={(width) =>
        progressChart({
          width,
          height: width < 600 ? 280 : 360,
          metric: progress.metric,
          direction: progress.direction,
          over,
          log,
          steps,
          end: progress.now,
          trials: trials.all,
          failures: trials.failed,
          sources: progress.series.flatMap(({ source }) => (source === null ? [] : [source])),
          hidden,
          ...(zoom && { domains: zoom }),
        })
      }
      about={(number) => aboutTrial(live, number)}
      onPick={(number) => goTo('studies', live.name, 'trials', number)}
      onZoom={(area) =>
        setQuery({ zoom: area ? areaText(inBase(area, unitOf(over, progress.now).factor)) : '' })
      }
      hidden={hidden}
      onToggle={toggle}
      csv={() => [
        [
          'trial',
          progress.metric,
          'source',
          'trials',
          'trainSeconds',
          'wallSeconds',
          'dollars',
          'withinNoise',
        ],
        ...steps.map((step) => [
          step.number,
          step.value,
          step.source,
          step.trials,
          step.trainSeconds,
          step.wallSeconds,
          step.dollars,
          step.withinNoise,
        ]),
      ]}
      controls={
        <>
          <Choice
            label="over"
            value={over}
            options={[
              ['trials', 'trials'],
              ['trainSeconds', 'training time'],
              ['wallSeconds', 'wall time'],
              ['dollars', 'dollars of calls'],
            ]}
            onChange={(value) => setQuery({ over: value === 'trials' ? '' : value, zoom: '' })}
          />
          <Toggle label="log" value={log} onChange={(on) => setQuery({ scale: on ? 'log' : '' })} />
          {zoom && (
            <button type="button" onClick={() => setQuery({ zoom: '' })}>
              show all
            </button>
          )}
        </>
      }
    />
  )
}

/** Each with its source, which the table of trials knows. */
function progressSteps({ table }: LiveStudy, progress: SoFar): ProgressStep[] {
  const steps = progress.series.find(({ source }) => source === null)?.steps ?? []
  return steps.map((step) => {
    const row = table.rowOf(step.number)
    return { ...step, source: row === undefined ? '' : table.text('source', row) }
  })
}

/** Where each ended trial lies on the axis. Dollars are known of the improvements only. */
function trialPlaces({ table }: LiveStudy, study: Study, over: Over) {
  const all = { x: [] as number[], y: [] as number[], ids: [] as number[], complete: [] as number[] }
  const failed = { x: [] as number[], ids: [] as number[] }
  if (over === 'dollars') return { all, failed }
  const [values, numbers, settled] = [
    table.numbers('value'),
    table.numbers('number'),
    table.numbers('settledAt'),
  ]
  const spent = over === 'trainSeconds' ? cumulative(table) : []
  const created = Date.parse(study.createdAt)
  table.ended.forEach((row, i) => {
    const x =
      over === 'trials'
        ? i + 1
        : over === 'trainSeconds'
          ? spent[i]! / 3600
          : (settled[row]! - created) / 3.6e6
    const value = values[row]!
    if (Number.isFinite(value)) {
      all.x.push(x)
      all.y.push(value)
      all.ids.push(numbers[row]!)
      if (table.text('state', row) === 'complete') all.complete.push(value)
    } else if (table.text('state', row) === 'failed') {
      failed.x.push(x)
      failed.ids.push(numbers[row]!)
    }
  })
  return { all, failed }
}

/** In hours, whatever the unit of the axis is now. */
function inBase({ x, y }: Area, factor: number): Area {
  return { x: [x[0] / factor, x[1] / factor], y }
}

/** In the address as x0,x1,y0,y1. */
export function readArea(text: string): Area | undefined {
  const [a, b, c, d] = text.split(',').map(Number)
  return [a, b, c, d].every((value) => Number.isFinite(value)) && text !== ''
    ? { x: [a!, b!], y: [c!, d!] }
    : undefined
}

export function areaText({ x, y }: Area): string {
  return [...x, ...y].map((value) => Number(value.toPrecision(6))).join(',')
}

function Running({ live }: { readonly live: LiveStudy }) {
  const rows = useMemo(() => runningRows(live), [live.version.value])
  const started = live.table.numbers('createdAt')
  return (
    <section class="panel">
      <h2>Workers</h2>
      {rows.length === 0 ? (
        <p class="soft">No trial is running.</p>
      ) : (
        <ul class="workers">
          {rows.slice(0, 24).map((row) => (
            <li key={row}>
              <span class="worker">{live.table.text('worker', row) || 'its advisor is asked'}</span>{' '}
              <a href={linkTo('studies', live.name, 'trials', live.table.numbers('number')[row]!)}>
                trial {live.table.numbers('number')[row]}
              </a>{' '}
              <small>{durationText(Math.max(0, (Date.now() - started[row]!) / 1000))}</small>
            </li>
          ))}
          {rows.length > 24 && <li class="soft">and {rows.length - 24} more</li>}
        </ul>
      )}
    </section>
  )
}

function runningRows({ table }: LiveStudy): number[] {
  const column = table.column('state')
  if (column === undefined) return []
  const wanted = new Set(['running', 'proposing'].map((state) => column.categories.indexOf(state)))
  const rows: number[] = []
  column.values.forEach((code, row) => {
    if (wanted.has(code)) rows.push(row)
  })
  return rows
}

/** What happens while one looks. */
function Ticker({ events, study }: { readonly events: readonly StudyEvent[]; readonly study: Study }) {
  return (
    <section class="panel">
      <h2>Events</h2>
      {events.length === 0 ? (
        <p class="soft">Nothing has happened since this page was opened.</p>
      ) : (
        <ol class="ticker">
          {events.slice(0, 14).map((event) => (
            <li key={event.seq}>
              <small>
                <Time at={event.at} />
              </small>{' '}
              {eventText(event)}
              {event.number !== null && (
                <>
                  {' '}
                  <a href={linkTo('studies', study.name, 'trials', event.number)}>trial {event.number}</a>
                </>
              )}
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

function eventText({ kind, value, outcome, state, failure, reason }: StudyEvent): string {
  if (kind === 'incumbent') return `new best ${numberText(Number(value), 6)}`
  if (kind === 'settled')
    return [failure ?? outcome ?? state ?? 'ended', typeof value === 'number' ? numberText(value, 6) : '']
      .join(' ')
      .trim()
  return [kind, typeof reason === 'string' ? `(${reason})` : ''].join(' ').trim()
}

function NoTrials({ study }: { readonly study: Study }) {
  return (
    <Empty title="No trials yet">
      {study.state === 'paused' && (
        <p>
          <b>The study is paused: nothing is given out until it is resumed.</b>
        </p>
      )}
      {study.trainer ? (
        <p>
          The trainer {study.trainer} runs the trials of this study; the first one begins when a device is
          free.
        </p>
      ) : (
        <>
          <p>Workers of your own ask for trials, train, and tell the results. One ask from a terminal:</p>
          <Code
            label="curl"
            text={`curl -s ${location.origin}/studies/${study.name}/ask -H 'content-type: application/json' -d '{"worker": "worker-1"}'`}
          />
          <Code label="Python (standard library): the whole loop" text={pythonLoop({ name: study.name })} />
        </>
      )}
    </Empty>
  )
}
