/** A row for each name, with one bar or several: importances, failures by kind, differences. */

import { rowLabels } from './frame.js'
import { numberText } from './numbers.js'
import { type Axis, scaleOf } from './scales.js'
import type { Colour, Mark, Scene } from './scene.js'
import type { Chart } from './xy.js'

export interface BarRow {
  readonly label: string
  /** One for each series; null leaves it out. */
  readonly values: readonly (number | null)[]
}

export interface BarRequest {
  readonly title: string
  readonly description: string
  readonly width: number
  readonly x: Axis
  readonly series: readonly { readonly label: string; readonly colour: Colour }[]
  readonly rows: readonly BarRow[]
  /** The bars of a row follow each other instead of lying below each other. */
  readonly stacked?: boolean
  readonly text?: (value: number) => string
}

const BAR = 13
const GAP = 9
const BELOW = 40

export function barChart({ series, rows, stacked, width, text = numberText, ...request }: BarRequest): Chart {
  const labels = rowLabels(
    rows.map(({ label }) => label),
    Math.min(220, width * 0.32),
  )
  const rowHeight = (stacked ? BAR + 5 : Math.max(series.length * BAR, 2 * BAR)) + GAP
  const bottom = 6 + rows.length * rowHeight
  const left = labels.width + 14
  const right = width - 56
  const ends = rows.flatMap(({ values }) =>
    stacked ? [values.reduce<number>((sum, v) => sum + (v ?? 0), 0)] : values,
  )
  const x = scaleOf(
    { include: [0], ...request.x },
    ends.filter((value) => value !== null),
    [left, right],
    70,
  )
  const bars = rows.flatMap(({ label, values }, i): Mark[] => {
    const top = 6 + i * rowHeight + GAP / 2
    const middle = top + (rowHeight - GAP) / 2
    return [
      ...labels.lines[i]!.map(
        (line, k, all): Mark => ({
          kind: 'text',
          x: left - 8,
          y: middle + 4 + (k - (all.length - 1) / 2) * 13,
          text: line,
          anchor: 'end',
        }),
      ),
      ...rowBars(values, top),
    ].map((mark) => (mark.kind === 'rect' ? { ...mark, about: `${label}: ${mark.about}` } : mark))
  })

  function rowBars(values: readonly (number | null)[], top: number): Mark[] {
    let from = 0
    return values.flatMap((value, k): Mark[] => {
      if (value === null) return []
      const start = stacked ? from : 0
      const end = start + value
      from = end
      const [a, b] = [x.at(Math.min(start, end)), x.at(Math.max(start, end))]
      const y = stacked ? top : top + k * BAR + (series.length === 1 ? BAR / 2 : 0)
      const height = stacked ? BAR + 5 : BAR - 2
      const about = `${series[k]!.label} ${text(value)}`
      const bar: Mark = {
        kind: 'rect',
        x: a,
        y,
        width: Math.max(b - a, value === 0 ? 0 : 1),
        height,
        fill: series[k]!.colour,
        about,
      }
      if (stacked) return [bar]
      const at = value < 0 ? a - 5 : b + 5
      const label: Mark = {
        kind: 'text',
        x: at,
        y: y + height - 1,
        text: text(value),
        anchor: value < 0 ? 'end' : 'start',
        colour: 'soft',
        size: 11,
      }
      return [bar, label]
    })
  }

  const scene: Scene = {
    width,
    height: bottom + BELOW,
    title: request.title,
    description: request.description,
    legend: series.length > 1 ? series.map(({ label, colour }) => ({ label, colour, shape: 'square' })) : [],
    marks: [
      ...x.ticks.flatMap(({ at, label }): Mark[] => [
        { kind: 'path', points: [at, 6, at, bottom], stroke: 'grid', width: 1 },
        { kind: 'text', x: at, y: bottom + 16, text: label, anchor: 'middle', colour: 'soft' },
      ]),
      ...bars,
      { kind: 'path', points: [x.at(0), 6, x.at(0), bottom], stroke: 'soft', width: 1 },
      {
        kind: 'text',
        x: (left + right) / 2,
        y: bottom + 34,
        text: x.label,
        anchor: 'middle',
        colour: 'soft',
      },
    ],
  }
  return { scene, plots: [] }
}
