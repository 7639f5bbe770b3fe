/** An ablation: the endpoint over the share of the trials that an advisor, and each of its controls, overrode. */

import { frame, type Plot } from '../frame.js'
import { numberText } from '../numbers.js'
import type { LegendEntry, Mark, Scene, Shape } from '../scene.js'
import { looksOf } from '../sources.js'
import { textWidth } from '../text.js'
import { type Chart, endLabels, type LineEnd } from '../xy.js'
import type { AnalysisFacts, ArmFacts, ExperimentFacts, ExperimentFigure, TrendFacts } from './facts.js'

export function ratioFigure(experiment: ExperimentFacts, analysis: AnalysisFacts): ExperimentFigure {
  const series = seriesOf(analysis)
  return {
    name: 'ratio',
    title: 'Endpoint over the advisor’s share',
    question:
      'What does a larger share of advised trials gain, and do the controls gain as much? Means and 95 % intervals over seeds; the broken line is the optimizer alone.',
    build: (width, hidden = new Set()) => ratioChart(experiment, analysis, series, width, hidden),
    csv: () => [
      ['series', 'share', 'arm', 'n', 'mean', 'low', 'high', 'trend p'],
      ...series.flatMap(({ trend, places }) =>
        places.map(({ level, arm }) => [
          trend.name,
          level,
          arm.name,
          arm.n,
          arm.mean,
          arm.low,
          arm.high,
          trend.p,
        ]),
      ),
    ],
    canHide: true,
  }
}

interface Series {
  readonly trend: TrendFacts
  readonly places: readonly { readonly level: number; readonly arm: ArmFacts }[]
}

function seriesOf({ trends, arms }: AnalysisFacts): Series[] {
  const rows = new Map(arms.map((arm) => [arm.name, arm]))
  return trends.map((trend) => ({
    trend,
    places: trend.arms.flatMap(({ arm, level }) => {
      const row = rows.get(arm)
      return row && row.mean !== null ? [{ level, arm: row }] : []
    }),
  }))
}

/** Series at the same share stand beside each other, this far apart. */
const ASIDE = 7
const LABELS = 150

function ratioChart(
  { name }: ExperimentFacts,
  { metric }: AnalysisFacts,
  series: readonly Series[],
  width: number,
  hidden: ReadonlySet<string>,
): Chart {
  const looks = looksOf(series.map(({ trend }) => trend.name))
  const shown = series.filter(({ trend }) => !hidden.has(labelOf(trend)))
  const places = (shown.length > 0 ? shown : series).flatMap((one) => one.places)
  const wide = width > 520 ? Math.min(LABELS, 24 + Math.max(0, ...shown.map((one) => labelWidth(one)))) : 20
  const { plot, marks } = frame({
    width,
    height: 340,
    right: wide,
    x: {
      label: 'share of the trials',
      domain: [-0.04, 1.04],
      ticks: [...new Set(places.map(({ level }) => level))].sort((a, b) => a - b),
    },
    y: { label: `${metric} at the endpoint` },
    xs: [],
    ys: places.flatMap(({ arm: { mean, low, high } }) => [mean, low, high].filter((one) => one !== null)),
  })
  const scene: Scene = {
    width,
    height: 340,
    title: `${metric} over the share of the advisor in ${name}`,
    description: series.map(({ trend }) => labelOf(trend)).join('; '),
    legend: series.map(({ trend }): LegendEntry => {
      const off = hidden.has(labelOf(trend))
      return { label: labelOf(trend), ...looks.get(trend.name)!, ...(off && { colour: 'muted' }) }
    }),
    marks: [
      ...marks,
      ...alone(places, plot),
      ...shown.flatMap((one, i) => {
        const aside = (i - (shown.length - 1) / 2) * ASIDE
        return seriesMarks(one, looks.get(one.trend.name)!, aside, plot)
      }),
      ...(wide > 20 ? endLabels(endsOf(shown, looks, plot), plot, wide - 12) : []),
    ],
  }
  return { scene, plots: [] }
}

function labelOf({ name, p }: TrendFacts): string {
  return `${name}: trend p ${p === null ? '–' : numberText(p, 2)}`
}

function labelWidth({ trend }: Series): number {
  return textWidth(trend.name, 12, true)
}

/** The optimizer alone, as a level to compare with. */
function alone(places: Series['places'], plot: Plot): Mark[] {
  const mean = places.find(({ level }) => level === 0)?.arm.mean
  if (mean === undefined || mean === null) return []
  const y = plot.y.at(mean)
  return [{ kind: 'path', points: [plot.left, y, plot.right, y], stroke: 'soft', width: 1.2, dash: [5, 4] }]
}

function seriesMarks(
  { trend, places }: Series,
  { colour, shape }: { readonly colour: LegendEntry['colour']; readonly shape: Shape },
  aside: number,
  plot: Plot,
): Mark[] {
  const at = (level: number) => plot.x.at(level) + (level === 0 ? 0 : aside)
  const px = places.map(({ level }) => at(level))
  const py = places.map(({ arm }) => plot.y.at(arm.mean!))
  return [
    {
      kind: 'path',
      points: px.flatMap((x, i) => [x, py[i]!]),
      stroke: colour,
      width: 1.8,
      about: trend.name,
    },
    ...places.flatMap(({ arm: { name, mean, low, high, n } }, i): Mark[] =>
      low === null || high === null
        ? []
        : [
            {
              kind: 'path',
              points: [px[i]!, plot.y.at(low), px[i]!, plot.y.at(high)],
              stroke: colour,
              width: 2,
              opacity: 0.75,
              about: `${name}: ${numberText(mean!, 5)}, 95 % interval ${numberText(low, 5)} to ${numberText(high, 5)}, n ${n}`,
            },
          ],
    ),
    { kind: 'symbols', x: px, y: py, shape, size: 8, colour },
  ]
}

function endsOf(
  series: readonly Series[],
  looks: ReadonlyMap<string, { readonly colour: LegendEntry['colour'] }>,
  plot: Plot,
): LineEnd[] {
  return series.flatMap(({ trend: { name }, places }) => {
    const mean = places.at(-1)?.arm.mean
    if (mean === undefined || mean === null) return []
    return [{ label: name, colour: looks.get(name)!.colour, at: plot.y.at(mean) }]
  })
}
