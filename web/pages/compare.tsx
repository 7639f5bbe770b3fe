/** Any studies beside each other. Who chooses them after the fact chooses what is seen, so nothing here is tested. */
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { TextTable } from '../../charts/experiment/tables.js'
import { dollarsText, durationText, numberText, percentText } from '../../charts/numbers.js'
import { OVER, type Over, placeOf, unitOf } from '../../charts/progress.js'
import { DASHES, looksOf } from '../../charts/sources.js'
import { type Line, xyChart } from '../../charts/xy.js'
import { get, studyPath } from '../app/api.js'
import { linkTo, queried, setQuery } from '../app/route.js'
import type { OverviewStudy, Progress } from '../data/types.js'
import { Figure } from '../figure/figure.js'
import { Choice, Empty, Fault, Toggle } from '../parts/controls.js'
import { useResource } from '../parts/resource.js'
import { TextTableView } from '../parts/text-table.js'

const MOST = 8
const MOST_SHOWN = 40

interface Overview {
  readonly studies: readonly OverviewStudy[]
  /** How many studies belong to experiments. */
  readonly cells: number
}

export default function ComparePage() {
  const withCells = queried('cells') !== ''
  const overview = useResource<Overview>(`/overview?limit=200&cells=${withCells}`)
  const chosen = useMemo(
    () => queried('studies').split('|').filter(Boolean).slice(0, MOST),
    [queried('studies')],
  )
  const { found, fault } = useCompared(chosen)
  useEffect(() => {
    document.title = 'Compare · Chiron'
  }, [])
  if (overview.fault.value) return <Fault error={overview.fault.value} />
  if (!overview.answer.value) return <p class="waiting">…</p>
  const { studies, cells } = overview.answer.value
  const metrics = [...new Set(found.map(({ metric }) => metric))]
  return (
    <>
      <h1>Compare studies</h1>
      <p class="prose">
        An unplanned comparison: the studies are chosen after their results are known, so nothing is tested
        here. <a href={linkTo('new-experiment')}>An experiment</a> declares beforehand what it compares.
      </p>
      <StudyChoice studies={studies} chosen={chosen} cells={cells} withCells={withCells} />
      {fault !== undefined && <Fault error={fault} />}
      {metrics.length > 1 && (
        <p class="fault">
          The studies have different metrics, {metrics.join(', ')}: their values say nothing together.
        </p>
      )}
      {found.length === 0 ? (
        <Empty title="No study is chosen">
          <p>Choose up to {MOST} studies above. The address keeps them, so it can be sent.</p>
        </Empty>
      ) : (
        <>
          <CompareFigure found={found} />
          <TextTableView label="The studies" table={comparedTable(found)} />
        </>
      )}
    </>
  )
}

/** A study's progress, and its row in the list of studies. */
interface Compared extends Progress {
  readonly row: OverviewStudy | undefined
}

function useCompared(chosen: readonly string[]): { found: readonly Compared[]; fault: unknown } {
  const found = useSignal<readonly Compared[]>([])
  const fault = useSignal<unknown>(undefined)
  useEffect(() => {
    const ended = new AbortController()
    Promise.all(chosen.map((name) => readCompared(name, ended.signal))).then(
      (answers) => {
        found.value = answers
        fault.value = undefined
      },
      (error) => {
        if (!ended.signal.aborted) fault.value = error
      },
    )
    return () => ended.abort()
  }, [chosen.join('|')])
  return { found: found.value, fault: fault.value }
}

async function readCompared(name: string, cancel: AbortSignal): Promise<Compared> {
  const [progress, { studies }] = await Promise.all([
    get<Progress>(studyPath(name, 'progress'), cancel),
    get<Overview>(`/overview?limit=200&search=${encodeURIComponent(name)}`, cancel),
  ])
  return { ...progress, row: studies.find((study) => study.name === name) }
}

function StudyChoice({
  studies,
  chosen,
  cells,
  withCells,
}: {
  readonly studies: readonly OverviewStudy[]
  readonly chosen: readonly string[]
  readonly cells: number
  readonly withCells: boolean
}) {
  const search = useSignal('')
  const found = studies
    .map(({ name }) => name)
    .filter((name) => name.toLowerCase().includes(search.value.toLowerCase()))
  const shown = [...new Set([...chosen, ...found.slice(0, MOST_SHOWN)])]
  const choose = (name: string, on: boolean) =>
    setQuery({ studies: (on ? [...chosen, name] : chosen.filter((other) => other !== name)).join('|') })
  return (
    <fieldset>
      <legend>Studies</legend>
      <div class="controls">
        <label class="choice">
          Search{' '}
          <input
            type="search"
            value={search.value}
            onInput={(event) => (search.value = event.currentTarget.value)}
          />
        </label>
        {(cells > 0 || withCells) && (
          <Toggle
            label={`studies of experiments (${cells})`}
            value={withCells}
            onChange={(on) => setQuery({ cells: on ? 'shown' : '' })}
          />
        )}
      </div>
      <div class="tags-to-choose">
        {shown.map((name) => (
          <Toggle key={name} label={name} value={chosen.includes(name)} onChange={(on) => choose(name, on)} />
        ))}
      </div>
    </fieldset>
  )
}

function CompareFigure({ found }: { readonly found: readonly Progress[] }) {
  const over = (queried('over', 'trials') in OVER ? queried('over', 'trials') : 'trials') as Over
  const longest = found.reduce((a, b) => (b.now[over] > a.now[over] ? b : a))
  const { label, factor } = unitOf(over, longest.now)
  const lines = useMemo(() => linesOf(found, over, factor), [found, over, factor])
  const { metric } = found[0]!
  return (
    <Figure
      title="Best so far"
      question="Which study is ahead, after as much of the same effort?"
      inputs={[lines]}
      build={(width) =>
        xyChart({
          width,
          height: 340,
          title: `Best ${metric} of ${found.length} studies`,
          description: lines
            .map(({ label: name, points }) => `${name}: ${numberText(points.at(-1)?.[1] ?? Number.NaN, 6)}`)
            .join('; '),
          x: { label, include: [0] },
          y: yAxis(metric, found),
          lines,
        })
      }
      csv={() => [
        ['study', over, metric],
        ...lines.flatMap(({ label: name, points }) => points.map(([x, y]) => [name, x / factor, y])),
      ]}
      controls={
        <Choice
          label="over"
          value={over}
          options={Object.entries(OVER) as [Over, string][]}
          onChange={(value) => setQuery({ over: value === 'trials' ? '' : value })}
        />
      }
    />
  )
}

function linesOf(found: readonly Progress[], over: Over, factor: number): Line[] {
  const looks = looksOf(found.map(({ study }) => study))
  return found.map((progress, i) => {
    const { study, now } = progress
    const steps = stepsOf(progress)
    const last = steps.at(-1)
    const dash = DASHES[i % DASHES.length]
    return {
      label: study,
      colour: looks.get(study)!.colour,
      steps: true,
      endLabel: true,
      ...(dash && { dash }),
      points: [...steps, ...(last ? [{ ...now, value: last.value }] : [])].map(
        (step) => [placeOf(step, over) * factor, step.value] as const,
      ),
    }
  })
}

function stepsOf({ series }: Progress) {
  return series.find(({ source }) => source === null)?.steps ?? []
}

/** From the worst of the second steps on: first values may be far away. */
function yAxis(metric: string, found: readonly Progress[]) {
  const label = `${metric}, best so far`
  const values = found.flatMap((progress) =>
    stepsOf(progress)
      .slice(1)
      .map(({ value }) => value),
  )
  if (values.length < 2) return { label }
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = (high - low) * 0.06
  return low < high ? { label, domain: [low - room, high + room] as const } : { label }
}

function comparedTable(found: readonly Compared[]): TextTable {
  return {
    head: ['study', 'method', 'metric', 'best', 'trials', 'training', 'out of memory', 'dollars'],
    words: 3,
    rows: found.map(({ study, metric, direction, now, row }) => [
      study,
      row === undefined ? '–' : [row.optimizer, ...(row.advisor ? [row.advisor] : [])].join(' + '),
      `${metric} (${direction})`,
      row?.best === undefined ? '–' : numberText(row.best.value, 6),
      String(now.trials),
      durationText(now.trainSeconds),
      percentText(row?.oomRate.all),
      dollarsText(now.dollars),
    ]),
  }
}
