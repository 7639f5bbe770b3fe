/** How a search behaves: how often its trials succeed, how long it goes without a new best, and what each source gave. */
import { useMemo } from 'preact/hooks'
import { barChart } from '../../charts/bars.js'
import type { TextTable } from '../../charts/experiment/tables.js'
import { numberText, percentText } from '../../charts/numbers.js'
import { type Line, xyChart } from '../../charts/xy.js'
import type { LiveStudy } from '../data/study.js'
import type { Progress, Study } from '../data/types.js'
import { Figure } from '../figure/figure.js'
import { Empty } from '../parts/controls.js'
import { ProgramsPanel } from '../parts/programs.js'
import { TextTableView } from '../parts/text-table.js'

export default function BehaviourPage({ live }: { readonly live: LiveStudy }) {
  const [study, progress] = [live.study.value, live.progress.value]
  const outcomes = useMemo(() => (progress ? outcomesOf(live, progress) : []), [live.version.value, progress])
  if (!study || !progress || !live.loaded.value) return <p class="waiting">…</p>
  return (
    <>
      {outcomes.length === 0 ? (
        <Empty title="No trial has ended yet">
          <p>Success rates and dry streaks are drawn from the first trials on that end.</p>
        </Empty>
      ) : (
        <>
          <SuccessFigure study={study} outcomes={outcomes} />
          <StreaksFigure study={study} outcomes={outcomes} />
          <section class="panel">
            <h2>What each source gave</h2>
            <TextTableView label="Trials by source" table={sourceTable(study, outcomes)} />
          </section>
        </>
      )}
      <ProgramsPanel study={study} ended={outcomes.length} />
    </>
  )
}

interface Outcome {
  readonly source: string
  readonly state: string
  readonly value: number
  /** Whether it was the best so far. */
  readonly best: boolean
}

/** In the order in which the trials ended. */
function outcomesOf({ table }: LiveStudy, progress: Progress): Outcome[] {
  const steps = progress.series.find(({ source }) => source === null)?.steps ?? []
  const best = new Set(steps.map(({ number }) => number))
  const [values, numbers] = [table.numbers('value'), table.numbers('number')]
  return table.ended.map((row) => ({
    source: table.text('source', row),
    state: table.text('state', row),
    value: values[row]!,
    best: best.has(numbers[row]!),
  }))
}

const WINDOW = 25
const MOST_POINTS = 400

interface FigureProps {
  readonly study: Study
  readonly outcomes: readonly Outcome[]
}

function SuccessFigure({ study, outcomes }: FigureProps) {
  const lines = useMemo(
    (): Line[] => [
      {
        label: 'ran to their end',
        colour: 'c0',
        endLabel: true,
        points: rolling(outcomes.map(({ state }) => state === 'complete')),
      },
      {
        label: 'new bests',
        colour: 'c1',
        dash: [7, 4],
        endLabel: true,
        points: rolling(outcomes.map(({ best }) => best)),
      },
    ],
    [outcomes],
  )
  return (
    <Figure
      title="Success rate"
      question={`Which share of the last ${WINDOW} trials ran to their end, and which was a new best?`}
      inputs={[lines]}
      build={(width) =>
        xyChart({
          width,
          height: 240,
          title: `Success rate of the trials of ${study.name}`,
          description: lines
            .map(({ label, points }) => `${label}: ${percentText(points.at(-1)?.[1])} at the end`)
            .join('; '),
          x: { label: 'trials that ended', whole: true, include: [0] },
          y: { label: `share of the last ${WINDOW}`, domain: [0, 1] },
          lines,
        })
      }
      csv={() => [
        ['what', 'trials', 'share'],
        ...lines.flatMap(({ label, points }) => points.map(([x, y]) => [label, x, y])),
      ]}
    />
  )
}

function rolling(hits: readonly boolean[]): [number, number][] {
  const every = Math.max(1, Math.floor(hits.length / MOST_POINTS))
  const points: [number, number][] = []
  let count = 0
  hits.forEach((hit, i) => {
    if (hit) count++
    if (i >= WINDOW && hits[i - WINDOW]) count--
    if (i % every === 0 || i === hits.length - 1) points.push([i + 1, count / Math.min(i + 1, WINDOW)])
  })
  return points
}

/** Dry streaks in steps that double: 0, 1, 2 to 3, 4 to 7 … */
function StreaksFigure({ study, outcomes }: FigureProps) {
  const streaks = useMemo(() => dryStreaks(outcomes), [outcomes])
  const rows = useMemo(() => binned(streaks), [streaks])
  if (rows.length === 0) return null
  const longest = Math.max(...streaks)
  return (
    <Figure
      title="Dry streaks"
      question={`How many trials pass without a new best? The longest streak is ${numberText(longest, 6)}, the last one is ${numberText(streaks.at(-1)!, 6)}${study.state === 'finished' ? '' : ' and goes on'}.`}
      inputs={[rows]}
      build={(width) =>
        barChart({
          title: `Dry streaks of ${study.name}`,
          description: rows.map(({ label, values }) => `${label}: ${values[0]}`).join('; '),
          width,
          x: { label: 'streaks', whole: true },
          series: [{ label: 'streaks', colour: 'c0' }],
          rows,
        })
      }
      csv={() => [['streak'], ...streaks.map((streak) => [streak])]}
    />
  )
}

/** Trials between two new bests, and after the last one. */
function dryStreaks(outcomes: readonly Outcome[]): number[] {
  const streaks: number[] = []
  let dry = 0
  let begun = false
  for (const { best } of outcomes) {
    if (!best) dry++
    else {
      if (begun) streaks.push(dry)
      begun = true
      dry = 0
    }
  }
  return begun ? [...streaks, dry] : []
}

function binned(streaks: readonly number[]): { label: string; values: number[] }[] {
  const binOf = (streak: number) => (streak === 0 ? 0 : 1 + Math.floor(Math.log2(streak)))
  const most = Math.max(-1, ...streaks.map(binOf))
  return Array.from({ length: most + 1 }, (_, bin) => ({
    label: bin === 0 ? 'none' : bin === 1 ? '1 trial' : `${2 ** (bin - 1)} to ${2 ** bin - 1} trials`,
    values: [streaks.filter((streak) => binOf(streak) === bin).length],
  }))
}

/** What was kept, discarded and lost, and the improvement over the first value, by source. */
function sourceTable({ objective }: Study, outcomes: readonly Outcome[]): TextTable {
  const sources = [...new Set(outcomes.map(({ source }) => source))]
  const sign = objective.direction === 'minimize' ? 1 : -1
  const first = outcomes.find(({ value }) => Number.isFinite(value))?.value
  return {
    head: [
      'source',
      'trials',
      'kept',
      'discarded',
      'pruned',
      'failed',
      'kept %',
      'failed %',
      'best',
      'improvement',
    ],
    words: 1,
    rows: sources.map((source) => {
      const own = outcomes.filter((one) => one.source === source)
      const count = (is: (one: Outcome) => boolean) => own.filter(is).length
      const kept = count(({ best }) => best)
      const [pruned, failed] = [
        count(({ state }) => state === 'pruned'),
        count(({ state }) => state === 'failed'),
      ]
      const values = own.flatMap(({ value, state }) => (state === 'complete' ? [sign * value] : []))
      const best = values.length === 0 ? undefined : sign * values.reduce((a, b) => Math.min(a, b))
      return [
        source,
        String(own.length),
        String(kept),
        String(own.length - kept - pruned - failed),
        String(pruned),
        String(failed),
        percentText(kept / own.length),
        percentText(failed / own.length),
        best === undefined ? '–' : numberText(best, 6),
        best === undefined || !first
          ? '–'
          : `${numberText((100 * sign * (first - best)) / Math.abs(first), 3)} %`,
      ]
    }),
  }
}
