/** Page 8: every attempt as a bar by worker, and how many ran at a time. */
import { useEffect, useMemo } from 'preact/hooks'
import { type TimeUnit, timeUnit } from '../../charts/hours.js'
import { type LaneBar, lanesChart } from '../../charts/lanes.js'
import { durationText, numberText, percentText } from '../../charts/numbers.js'
import type { LegendEntry } from '../../charts/scene.js'
import { throughputChart, throughputOf } from '../../charts/throughput.js'
import { xyChart } from '../../charts/xy.js'
import { goTo, queried, setQuery } from '../app/route.js'
import type { LiveStudy } from '../data/study.js'
import { type Attempt, attemptsOf, KINDS, Timeline } from '../data/timeline.js'
import { Figure } from '../figure/figure.js'
import { Empty, Fault } from '../parts/controls.js'
import { areaText, readArea } from './now.js'

/** More bars than this are too thin to see: then the latest are drawn, and a zoom shows the others. */
const MOST_BARS = 4000
const MOST_LANES = 64

export default function TimePage({ live }: { readonly live: LiveStudy }) {
  const timeline = useMemo(() => new Timeline(live.name), [live])
  useEffect(() => {
    void timeline.read()
  }, [live.version.value])
  const study = live.study.value
  const attempts = useMemo(
    () => (study ? attemptsOf(timeline.table, study) : []),
    [timeline.version.value, study?.id],
  )
  if (timeline.fault.value) return <Fault error={timeline.fault.value} />
  if (!study || !timeline.loaded.value) return <p class="waiting">…</p>
  if (attempts.length === 0)
    return (
      <Empty title="No attempts yet">
        <p>
          When workers take trials, each attempt is a bar here: who ran what, when, and how it ended. Imported
          trials have none.
        </p>
      </Empty>
    )
  const unit = timeUnit(-least(attempts.map(({ to }) => -to)))
  return (
    <>
      <TimeNumbers attempts={attempts} />
      <LanesFigure live={live} attempts={attempts} unit={unit} />
      <OccupancyFigure attempts={attempts} unit={unit} />
      <ThroughputFigure attempts={attempts} />
    </>
  )
}

function TimeNumbers({ attempts }: { readonly attempts: readonly Attempt[] }) {
  const busy = attempts.reduce((sum, { from, to }) => sum + to - from, 0)
  const [begin, end] = [least(attempts.map(({ from }) => from)), -least(attempts.map(({ to }) => -to))]
  const workers = new Set(attempts.map(({ worker }) => worker)).size
  const lost = attempts.filter(({ kind }) => kind === 'lost')
  const wasted = lost.reduce((sum, { from, to }) => sum + to - from, 0)
  const facts: [string, string][] = [
    ['attempts', numberText(attempts.length, 6)],
    ['workers', String(workers)],
    ['busy, all workers', durationText(busy * 3600)],
    ['mean number running', numberText(busy / Math.max(end - begin, 1e-9), 3)],
    ['occupancy of a worker', percentText(busy / Math.max((end - begin) * workers, 1e-9))],
    ['trials per hour', numberText(attempts.length / Math.max(end - begin, 1e-9), 3)],
    ['lost attempts', lost.length === 0 ? 'none' : `${lost.length}, ${durationText(wasted * 3600)}`],
  ]
  return (
    <dl class="numbers small">
      {facts.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}

interface FigureProps {
  readonly attempts: readonly Attempt[]
  readonly unit: TimeUnit
}

function LanesFigure({ live, attempts, unit }: FigureProps & { readonly live: LiveStudy }) {
  const { name, perHour } = unit
  const zoom = readArea(queried('zoom'))
  const workers = useMemo(
    () => [...new Set(attempts.map(({ worker }) => worker))].sort(byNumberInName),
    [attempts],
  )
  const lanes = workers.slice(0, MOST_LANES)
  const laneOf = new Map(lanes.map((worker, i) => [worker, i]))
  const inView = attempts.filter(
    ({ worker, from, to }) => laneOf.has(worker) && (!zoom || (to >= zoom.x[0] && from <= zoom.x[1])),
  )
  const shown = inView.slice(-MOST_BARS)
  const colours = new Map(KINDS.map(({ key, colour }) => [key, colour]))
  const legend: LegendEntry[] = KINDS.filter(({ key }) => shown.some(({ kind }) => kind === key)).map(
    ({ label, colour }) => ({ label, colour, shape: 'square' }),
  )
  const bars = shown.map(
    ({ worker, from, to, kind, number, attempt, outcome }): LaneBar => ({
      lane: laneOf.get(worker)!,
      from: from * perHour,
      to: to * perHour,
      colour: colours.get(kind)!,
      id: number,
      about: `trial ${number}, attempt ${attempt}: ${outcome}, ${durationText((to - from) * 3600)}`,
    }),
  )
  const about = new Map(shown.map(({ number }, i) => [number, bars[i]!.about]))
  return (
    <Figure
      title="Workers over time"
      question="Who ran what, where were gaps, and which attempts were lost? Drag to look closer."
      inputs={[attempts, queried('zoom'), name]}
      build={(width) =>
        lanesChart({
          title: `Attempts of ${live.name} by worker`,
          description: `${attempts.length} attempts of ${workers.length} workers.`,
          width,
          x: {
            label: `${name} since the study was created`,
            ...(zoom && { domain: [zoom.x[0] * perHour, zoom.x[1] * perHour] as const }),
          },
          lanes,
          bars,
          legend,
        })
      }
      about={(number) => about.get(number) ?? ''}
      onPick={(number) => goTo('studies', live.name, 'trials', number)}
      onZoom={(area) =>
        setQuery({ zoom: area ? areaText({ x: [area.x[0] / perHour, area.x[1] / perHour], y: [0, 1] }) : '' })
      }
      csv={() => [
        ['trial', 'attempt', 'worker', 'outcome', 'fromHours', 'toHours'],
        ...attempts.map(({ number, attempt, worker, outcome, from, to }) => [
          number,
          attempt,
          worker,
          outcome,
          from,
          to,
        ]),
      ]}
      controls={
        zoom && (
          <button type="button" onClick={() => setQuery({ zoom: '' })}>
            show all
          </button>
        )
      }
    >
      {(shown.length < inView.length || lanes.length < workers.length) && (
        <p class="soft">
          {shown.length} of {attempts.length} attempts and {lanes.length} of {workers.length} workers are
          drawn: the latest. The CSV has all.
        </p>
      )}
    </Figure>
  )
}

function OccupancyFigure({ attempts, unit }: FigureProps) {
  const points = useMemo(() => occupancy(attempts), [attempts])
  const most = -least(points.map(([, count]) => -count))
  return (
    <Figure
      title="Running at a time"
      question="Are the devices busy?"
      inputs={[points, unit.name]}
      build={(width) =>
        xyChart({
          width,
          height: 200,
          title: 'Attempts running at a time',
          description: `At most ${most} at a time.`,
          x: { label: `${unit.name} since the study was created` },
          y: { label: 'attempts', include: [0], whole: true },
          lines: [
            {
              label: 'running',
              colour: 'c0',
              steps: true,
              width: 1.5,
              points: points.map(([at, count]) => [at * unit.perHour, count]),
            },
          ],
        })
      }
      csv={() => [['hours', 'running'], ...points]}
    />
  )
}

/** Only where the number of busy workers has changed. */
function ThroughputFigure({ attempts }: { readonly attempts: readonly Attempt[] }) {
  const found = useMemo(() => throughputOf(attempts.filter(({ kind }) => kind !== 'running')), [attempts])
  if (throughputChart(found, 600) === undefined) return null
  return (
    <Figure
      title="Trials per hour"
      question="What do more devices bring? The dashed line is what as many times the devices would bring."
      inputs={[found]}
      build={(width) => throughputChart(found, width)!}
      csv={() => [
        ['running', 'hours', 'ended', 'perHour'],
        ...found.map(({ running, hours, ended, perHour }) => [running, hours, ended, perHour]),
      ]}
    />
  )
}

/** A step at every begin and end; many of them are thinned to the highest of each of 1 000 parts. */
function occupancy(attempts: readonly Attempt[]): [number, number][] {
  const moves = attempts.flatMap(({ from, to }) => [
    [from, 1],
    [to, -1],
  ])
  moves.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!)
  let count = 0
  const steps = moves.map(([at, change]): [number, number] => {
    count += change!
    return [at!, count]
  })
  const every = Math.ceil(steps.length / 1000)
  if (every < 2) return steps
  return Array.from({ length: Math.ceil(steps.length / every) }, (_, i) => {
    const part = steps.slice(i * every, (i + 1) * every)
    return [part[0]![0], Math.max(...part.map(([, running]) => running))]
  })
}

/** gpu-2 before gpu-10. */
function byNumberInName(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
}
