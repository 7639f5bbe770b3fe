/** The arms of an experiment over their hours: best so far with its spread over seeds, and the share of runs at a level. */
import { timeUnit } from '../hours.js'
import { numberText } from '../numbers.js'
import { panels } from '../panels.js'
import type { Axis } from '../scales.js'
import type { Colour } from '../scene.js'
import { DASHES, looksOf } from '../sources.js'
import { type Chart, type Line, xyChart } from '../xy.js'
import type { AnalysisFacts, ExperimentFacts, ExperimentFigure, LevelFacts } from './facts.js'

type Curve = AnalysisFacts['anytime'][number]

/** More arms than these have a panel each: their bands would hide one another. */
const MOST_TOGETHER = 8
const PANEL = { least: 200, height: 170, gap: 16 }

export function anytimeFigure(experiment: ExperimentFacts, analysis: AnalysisFacts): ExperimentFigure {
  const curves = analysis.anytime.filter(({ points }) => points.length > 0)
  const together = curves.length <= MOST_TOGETHER
  return {
    name: 'anytime',
    title: 'Best so far, over hours of training',
    question: `Which arm is ahead after how long? Mean over seeds of the best observed value, and one standard deviation to each side.${together ? '' : ' Each panel has one arm, and the baseline as a broken line.'} What is far from the end values lies outside of the figure.`,
    build: (width, hidden = new Set()) =>
      together
        ? togetherChart(experiment, analysis, curves, width, hidden)
        : panelsChart(experiment, analysis, curves, width),
    csv: () => [
      ['arm', 'runs', 'hours', 'mean', 'sd'],
      ...curves.flatMap(({ arm, n, points }) =>
        points.map(([hours, mean, sd]) => [arm, n, hours!, mean!, sd!]),
      ),
    ],
    canHide: together,
  }
}

function togetherChart(
  experiment: ExperimentFacts,
  analysis: AnalysisFacts,
  curves: readonly Curve[],
  width: number,
  hidden: ReadonlySet<string>,
): Chart {
  const looks = looksOf(experiment.arms.map(({ name }) => name))
  const shown = curves.filter(({ arm }) => !hidden.has(arm))
  const unit = timeUnit(endOf(curves))
  const lines = shown.map((curve) => ({
    ...lineOf(curve, unit.perHour, looks.get(curve.arm)!.colour),
    ...dashOf(experiment.arms.findIndex(({ name }) => name === curve.arm)),
    endLabel: true,
  }))
  const chart = xyChart({
    title: `${analysis.metric}: best so far of each arm`,
    description: curves.map((curve) => `${curve.arm} ends at ${endText(curve)}`).join('; '),
    width,
    height: 340,
    x: { label: `training time (${unit.name})`, include: [0] },
    y: yAxis(analysis, shown.length > 0 ? shown : curves),
    lines,
  })
  const missing = curves
    .filter(({ arm }) => hidden.has(arm))
    .map(({ arm }) => ({ label: arm, colour: 'muted' as const, line: true }))
  return { ...chart, scene: { ...chart.scene, legend: [...chart.scene.legend, ...missing] } }
}

function panelsChart(
  { baseline }: ExperimentFacts,
  analysis: AnalysisFacts,
  curves: readonly Curve[],
  width: number,
): Chart {
  const columns = Math.max(1, Math.min(4, Math.floor((width + PANEL.gap) / (PANEL.least + PANEL.gap))))
  const each = Math.floor((width + PANEL.gap) / columns) - PANEL.gap
  const unit = timeUnit(endOf(curves))
  const y = yAxis(analysis, curves)
  const reference = curves.filter(({ arm }) => arm === baseline)
  const scenes = curves.map((curve) => {
    const others = curve.arm === baseline ? [] : reference
    const lines = [
      ...others.map((other) => ({
        ...lineOf(other, unit.perHour, 'soft'),
        band: [],
        dash: [4, 3],
        width: 1.4,
      })),
      lineOf(curve, unit.perHour, curve.arm === baseline ? 'c6' : 'c0'),
    ]
    return xyChart({
      title: curve.arm,
      description: `${curve.arm} ends at ${endText(curve)}`,
      width: each,
      height: PANEL.height,
      x: { label: unit.name, include: [0] },
      y,
      lines,
    }).scene
  })
  const scene = panels(
    {
      title: `${analysis.metric}: best so far of each arm`,
      description: curves.map((curve) => `${curve.arm} ends at ${endText(curve)}`).join('; '),
      columns,
    },
    scenes,
  )
  return { scene: { ...scene, legend: [] }, plots: [] }
}

function lineOf({ arm, points }: Curve, perHour: number, colour: Colour): Line {
  return {
    label: arm,
    colour,
    points: points.map(([hours, mean]) => [hours! * perHour, mean!] as const),
    band: points.flatMap(([hours, mean, sd]) =>
      sd === null ? [] : [[hours! * perHour, mean! - sd!, mean! + sd!] as const],
    ),
  }
}

/** Which share of the time is left out of the axis, when everything is still far from its end. */
const EARLY = 0.05

function yAxis({ metric, direction }: AnalysisFacts, curves: readonly Curve[]): Axis {
  const label = `${metric}, best so far`
  const values = curves.flatMap(({ points }) => {
    const end = points.at(-1)?.[0] ?? 0
    return points
      .filter(([hours]) => hours! >= EARLY * end!)
      .flatMap(([, mean, sd], i) => (i === 0 ? [mean!] : [mean! - (sd ?? 0), mean! + (sd ?? 0)]))
  })
  if (values.length < 2) return { label }
  const firsts = curves.flatMap(({ points }) => {
    const end = points.at(-1)?.[0] ?? 0
    return points.find(([hours]) => hours! >= EARLY * end!)?.[1] ?? []
  })
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const domain: [number, number] =
    direction === 'minimize' ? [low, Math.max(...firsts)] : [Math.min(...firsts), high]
  return domain[0] < domain[1] ? { label, domain } : { label }
}

function endOf(curves: readonly Curve[]): number {
  return Math.max(0, ...curves.map(({ points }) => points.at(-1)?.[0] ?? 0))
}

function endText({ points }: Curve): string {
  return numberText(points.at(-1)?.[1] ?? Number.NaN, 5)
}

function dashOf(place: number): { dash?: readonly number[] } {
  const dash = DASHES[place % DASHES.length]
  return dash ? { dash } : {}
}

/** Runs that never reached the level stay in: their share is not reached. */
export function levelFigure(
  { arms, baseline }: ExperimentFacts,
  { metric, anytime }: AnalysisFacts,
  level: LevelFacts,
  place: number,
): ExperimentFigure {
  const looks = looksOf(arms.map(({ name }) => name))
  const last = Math.max(endOf(anytime), ...level.arms.flatMap(({ steps }) => steps.map(([hours]) => hours!)))
  const unit = timeUnit(last)
  const drawn = mostReached(level, baseline)
  const lines = drawn.map(({ name, steps }) => ({
    label: name,
    colour: looks.get(name)!.colour,
    steps: true,
    endLabel: true,
    points: [
      [0, 0] as const,
      ...steps.map(([hours, share]) => [hours! * unit.perHour, share!] as const),
      [last * unit.perHour, steps.at(-1)?.[1] ?? 0] as const,
    ],
    ...dashOf(arms.findIndex((arm) => arm.name === name)),
  }))
  const left = level.arms.length - drawn.length
  return {
    name: `level-${place + 1}`,
    title: `Runs that reached ${numberText(level.value, 5)}`,
    question: `After how much training did which share of the seeds have ${level.what}?${left > 0 ? ` The ${drawn.length} arms that reached it most often, the baseline among them; ${left} others are not drawn.` : ''}`,
    build: (width, hidden = new Set()) =>
      xyChart({
        title: `Share of runs at ${metric} ${numberText(level.value, 5)}`,
        description: level.arms.map(({ name, reached, of }) => `${name}: ${reached} of ${of}`).join('; '),
        width,
        height: 260,
        x: { label: `training time (${unit.name})`, include: [0] },
        y: { label: 'share of the seeds', domain: [0, 1] },
        lines: lines.map((line) =>
          hidden.has(line.label) ? { ...line, points: [], endLabel: false } : line,
        ),
      }),
    csv: () => [
      ['arm', 'hours', 'share'],
      ...level.arms.flatMap(({ name, steps }) => steps.map(([hours, share]) => [name, hours!, share!])),
    ],
    canHide: true,
  }
}

/** In the order of the arms. */
function mostReached({ arms }: LevelFacts, baseline: string | null): LevelFacts['arms'] {
  if (arms.length <= MOST_TOGETHER) return arms
  const share = ({ name, reached, of }: LevelFacts['arms'][number]) =>
    name === baseline ? Number.POSITIVE_INFINITY : reached / Math.max(1, of)
  const kept = new Set([...arms].sort((a, b) => share(b) - share(a)).slice(0, MOST_TOGETHER))
  return arms.filter((arm) => kept.has(arm))
}
