/** The figures of a report, by the functions that draw the page. */
import { categoriesChart, categoriesOverTimeChart, programsChart } from '../../charts/agent/figures.js'
import { barChart } from '../../charts/bars.js'
import { timeUnit } from '../../charts/hours.js'
import { intervalChart } from '../../charts/intervals.js'
import { dollarsText, numberText, percentText } from '../../charts/numbers.js'
import { panels } from '../../charts/panels.js'
import { pieChart } from '../../charts/pie.js'
import { type Over, progressChart } from '../../charts/progress.js'
import type { Scene } from '../../charts/scene.js'
import { looksOf } from '../../charts/sources.js'
import { throughputChart } from '../../charts/throughput.js'
import { type Symbols, xyChart } from '../../charts/xy.js'
import type { ReportData, ReportParameter } from './report-data.js'

export interface ReportFigure {
  /** In the address of its SVG. */
  readonly name: string
  readonly scene: Scene
  readonly caption: string
}

const WIDTH = 760
/** More points are thinned to an even sample, and the caption says so. */
const MOST_POINTS = 2000
const PANEL_POINTS = 600
const MOST_PANELS = 12

export function reportFigures(data: ReportData): ReportFigure[] {
  const ended = data.trials.number.length
  return [
    ...(ended > 0
      ? [progress(data, 'trials'), ...(spentSeconds(data) > 0 ? [progress(data, 'trainSeconds')] : [])]
      : []),
    ...(data.confirmed.length > 0 ? [confirmed(data)] : []),
    ...(data.importances.status === 'shown' ? [importances(data)] : []),
    ...(data.trials.value.some(Number.isFinite) ? [slices(data)] : []),
    ...(data.sources.length > 1 && ended > 1 ? [shares(data)] : []),
    ...agentFigures(data),
    ...(data.failures.length > 0 ? [failures(data)] : []),
    ...(spentSeconds(data) > 0 ? [cost(data)] : []),
    ...throughput(data),
  ]
}

function progress(data: ReportData, over: Over): ReportFigure {
  const { trials, steps, metric, direction } = data
  const spent = addedUp(trials.seconds)
  const place = (i: number) => (over === 'trials' ? i + 1 : spent[i]! / 3600)
  const all = trials.number.map((_, i) => i)
  const valued = thinned(
    all.filter((i) => Number.isFinite(trials.value[i]!)),
    MOST_POINTS,
  )
  const failed = thinned(
    all.filter((i) => !Number.isFinite(trials.value[i]!) && trials.outcome[i] !== 'pruned'),
    MOST_POINTS / 4,
  )
  const { scene } = progressChart({
    width: WIDTH,
    height: 330,
    metric,
    direction,
    over,
    log: false,
    steps,
    end: { trials: all.length, trainSeconds: spent.at(-1) ?? 0, wallSeconds: 0, dollars: 0 },
    trials: {
      x: valued.map(place),
      y: valued.map((i) => trials.value[i]!),
      ids: valued.map((i) => trials.number[i]!),
      complete: valued.filter((i) => trials.outcome[i] === 'complete').map((i) => trials.value[i]!),
    },
    failures: { x: failed.map(place), ids: failed.map((i) => trials.number[i]!) },
    sources: data.sources.map(({ source }) => source),
  })
  return {
    name: over === 'trials' ? 'progress' : 'progress-time',
    scene,
    caption: `${scene.description} The worst fifth of the values lies outside of the figure.${thinning(all.length, MOST_POINTS)}`,
  }
}

function confirmed({ confirmed, metric, name }: ReportData): ReportFigure {
  const { scene } = intervalChart({
    title: `The best configurations of ${name}, run again`,
    description: `${confirmed.length} configurations, each run several times.`,
    width: WIDTH,
    x: { label: `${metric}: mean and 95 % interval` },
    rows: confirmed.map(({ number, runs, mean, low, high }) => ({
      label: `trial ${number}`,
      colour: 'c0',
      mean,
      low,
      high,
      note: `${runs} runs`,
    })),
  })
  return {
    name: 'confirmed',
    scene,
    caption:
      'Means and 95 % intervals of repeated runs: the values to quote, since the best observed one is the luckiest.',
  }
}

function importances({ importances: { total, local, r2 }, metric }: ReportData): ReportFigure {
  const rows = Object.keys(total)
    .sort((a, b) => total[b]! - total[a]!)
    .map((name) => ({ label: name, values: [100 * total[name]!, name in local ? 100 * local[name]! : null] }))
  const { scene } = barChart({
    title: `Importance of the parameters for ${metric}`,
    description: `${rows[0]?.label} matters most.`,
    width: WIDTH,
    x: { label: 'share of the spread, %' },
    series: [
      { label: 'over the space (Sobol, total)', colour: 'c0' },
      { label: 'near the recommendation', colour: 'c4' },
    ],
    rows,
    text: (percent) => percentText(percent / 100),
  })
  return {
    name: 'importances',
    scene,
    caption: `By a Gaussian process fitted to the trials; leave-one-out R² ${r2?.toFixed(2)}. Total indices add up to more than 100 % where parameters interact.`,
  }
}

/** The most important parameters first, where that is known. */
function slices(data: ReportData): ReportFigure {
  const { trials, metric, importances } = data
  const names = [...trials.params.keys()]
    .sort((a, b) => (importances.total[b] ?? 0) - (importances.total[a] ?? 0))
    .slice(0, MOST_PANELS)
  const rows = thinned(
    trials.value.flatMap((value, i) => (Number.isFinite(value) ? [i] : [])),
    PANEL_POINTS,
  )
  const scene = panels(
    {
      title: `${metric} over each parameter`,
      description: `${rows.length} trials over ${names.length} parameters.`,
      columns: 3,
    },
    names.map((name) => slice(data, name, trials.params.get(name)!, rows)),
  )
  const others = trials.params.size - names.length
  return {
    name: 'slices',
    scene,
    caption: `Each trial with a value. The worst fifth is left out.${others > 0 ? ` ${others} less important parameters are not shown.` : ''}${thinning(trials.value.length, PANEL_POINTS)}`,
  }
}

function slice(
  { trials, direction, metric }: ReportData,
  name: string,
  { values, categories, log }: ReportParameter,
  rows: readonly number[],
): Scene {
  const sorted = rows.map((i) => trials.value[i]!).sort((a, b) => (direction === 'minimize' ? a - b : b - a))
  const edge = sorted[Math.floor(0.8 * (sorted.length - 1))]!
  const shown =
    rows.length < 8
      ? rows
      : rows.filter((i) => (direction === 'minimize' ? trials.value[i]! <= edge : trials.value[i]! >= edge))
  const layer: Symbols = {
    label: 'trials',
    shape: 'circle',
    colour: 'c0',
    size: 3.5,
    opacity: 0.6,
    quiet: true,
    x: shown.map((i) => values[i]! + (categories ? (((i * 0.618034) % 1) - 0.5) * 0.5 : 0)),
    y: shown.map((i) => trials.value[i]!),
  }
  return xyChart({
    width: 244,
    height: 170,
    title: name,
    description: `${metric} over ${name}`,
    x: categories ? { label: '', kind: 'category', categories } : { label: '', kind: log ? 'log' : 'linear' },
    y: { label: metric },
    symbols: [layer],
  }).scene
}

const WINDOW = 25

function shares({ trials, sources, name }: ReportData): ReportFigure {
  const looks = looksOf(sources.map(({ source }) => source))
  const every = Math.max(1, Math.floor(trials.number.length / 200))
  const lines = sources.slice(0, 8).map(({ source }, k) => {
    const points: [number, number][] = []
    let count = 0
    trials.source.forEach((one, i) => {
      if (one === source) count++
      if (i >= WINDOW && trials.source[i - WINDOW] === source) count--
      if (i % every === 0) points.push([i + 1, count / Math.min(i + 1, WINDOW)])
    })
    return {
      label: source,
      colour: looks.get(source)!.colour,
      points,
      endLabel: true,
      ...(k > 0 && {
        dash: [
          [7, 4],
          [2, 3],
          [10, 3, 2, 3],
        ][(k - 1) % 3]!,
      }),
    }
  })
  const { scene } = xyChart({
    width: WIDTH,
    height: 240,
    title: `Sources of the trials of ${name}`,
    description: sources.map(({ source, trials }) => `${source}: ${trials} trials`).join(', '),
    x: { label: 'trials that ended', whole: true },
    y: { label: `share of the last ${WINDOW}`, domain: [0, 1] },
    lines,
  })
  return { name: 'sources', scene, caption: `Which share of the last ${WINDOW} trials each source proposed.` }
}

function failures({ failures }: ReportData): ReportFigure {
  const { scene } = pieChart({
    title: 'Failures by kind',
    description: failures.map(({ kind, count }) => `${kind}: ${count}`).join(', '),
    width: 460,
    parts: failures.map(({ kind, count }) => ({ label: kind, count })),
  })
  return { name: 'failures', scene, caption: 'How the trials failed that did.' }
}

function cost({ trials }: ReportData): ReportFigure {
  const spent = addedUp(trials.seconds)
  const unit = timeUnit(spent.at(-1)! / 3600)
  const shown = thinned(
    spent.map((_, i) => i),
    400,
  )
  const { scene } = xyChart({
    width: WIDTH,
    height: 220,
    title: 'Training time, added up',
    description: `${numberText((spent.at(-1)! / 3600) * unit.perHour, 3)} ${unit.name} in ${spent.length} trials.`,
    x: { label: 'trials that ended', whole: true },
    y: { label: `training time (${unit.name})`, include: [0] },
    lines: [
      {
        label: 'training time',
        colour: 'c0',
        points: shown.map((i) => [i + 1, (spent[i]! / 3600) * unit.perHour]),
      },
    ],
  })
  return { name: 'cost', scene, caption: scene.description }
}

function agentFigures({ agent, metric, direction }: ReportData): ReportFigure[] {
  if (agent === undefined || agent.behaviour.n === 0) return []
  const { behaviour, programs } = agent
  return [
    {
      name: 'programs',
      scene: programsChart(programs, { metric, direction }, WIDTH).scene,
      caption:
        'Each program at the trial that ran it first. A crashed one has no value and is at the worst one.',
    },
    {
      name: 'categories',
      scene: categoriesChart(behaviour.byCategory, WIDTH).scene,
      caption: 'Categories by the agent’s own word.',
    },
    {
      name: 'categories-over-time',
      scene: categoriesOverTimeChart(programs, WIDTH).scene,
      caption: 'A line that stays flat is a category that the agent has left.',
    },
  ]
}

/** Only where the number of busy workers has changed. */
function throughput({ throughput, advice, trials }: ReportData): ReportFigure[] {
  const chart = throughputChart(throughput, WIDTH)
  if (chart === undefined) return []
  const hours = trials.seconds.reduce((sum, seconds) => sum + seconds, 0) / 3600
  const dollars = advice?.dollars === undefined ? '' : `, and calls for ${dollarsText(advice.dollars)}`
  return [
    {
      name: 'throughput',
      scene: chart.scene,
      caption: `Trials that ended per hour while so many ran, by the clock. All of them took ${numberText(hours, 3)} hours of training${dollars}.`,
    },
  ]
}

function spentSeconds({ trials }: ReportData): number {
  return trials.seconds.reduce((sum, seconds) => sum + seconds, 0)
}

function addedUp(seconds: readonly number[]): number[] {
  let sum = 0
  return seconds.map((one) => {
    sum += one
    return sum
  })
}

/** Evenly chosen, the last one among them. */
function thinned(rows: readonly number[], most: number): readonly number[] {
  if (rows.length <= most) return rows
  return Array.from({ length: most }, (_, i) => rows[Math.round((i * (rows.length - 1)) / (most - 1))]!)
}

function thinning(count: number, most: number): string {
  return count > most ? ` Of ${count} trials an even sample is drawn.` : ''
}
