/** A row for each name: its mean, its interval and every single value. A forest plot where there is a line to compare with. */
import { rowLabels, xLabel } from './frame.js'
import { numberText } from './numbers.js'
import { type Axis, scaleOf } from './scales.js'
import type { Colour, Mark, Scene, Shape } from './scene.js'
import { fitText, textWidth } from './text.js'
import type { Chart } from './xy.js'

export interface IntervalRow {
  readonly label: string
  readonly colour: Colour
  readonly shape?: Shape
  readonly mean: number | null
  readonly low?: number | null
  readonly high?: number | null
  readonly values?: readonly number[]
  /** At the right: n, p. */
  readonly note?: string
}

export interface IntervalRequest {
  readonly title: string
  readonly description: string
  readonly width: number
  readonly x: Axis
  readonly rows: readonly IntervalRow[]
  /** A vertical line to compare with. */
  readonly mark?: { readonly at: number; readonly label: string }
}

const ROW = 30

export function intervalChart({ width, rows, mark, ...request }: IntervalRequest): Chart {
  const top = mark ? 24 : 6
  const bottom = top + rows.length * ROW
  const labels = rowLabels(
    rows.map(({ label }) => label),
    Math.min(200, width * 0.3),
  )
  const notes = Math.min(width * 0.25, Math.max(0, ...rows.map(({ note = '' }) => textWidth(note, 11))))
  const left = labels.width + 14
  const right = width - 14 - notes
  const shown = rows.flatMap(({ mean, low, high, values = [] }) => [mean, low, high, ...values])
  const x = scaleOf(
    { ...request.x, ...(mark && { include: [mark.at] }) },
    shown.filter((value) => typeof value === 'number'),
    [left, right - 8],
    70,
  )
  const scene: Scene = {
    width,
    height: bottom + 42,
    title: request.title,
    description: request.description,
    legend: [],
    marks: [
      ...x.ticks.flatMap(({ at, label }): Mark[] => [
        { kind: 'path', points: [at, top, at, bottom], stroke: 'grid', width: 1 },
        { kind: 'text', x: at, y: bottom + 16, text: label, anchor: 'middle', colour: 'soft' },
      ]),
      xLabel(x.label, { left, right, bottom }, 0, width),
      ...(mark ? compared(mark, x.at(mark.at)) : []),
      ...rows.flatMap((row, i) => rowMarks(row, labels.lines[i]!, top + (i + 0.5) * ROW)),
    ],
  }
  return { scene, plots: [] }

  function compared({ label }: { label: string }, at: number): Mark[] {
    return [
      { kind: 'path', points: [at, top, at, bottom], stroke: 'soft', width: 1.2, dash: [4, 3] },
      { kind: 'text', x: at, y: top - 8, text: label, anchor: 'middle', colour: 'soft', size: 11 },
    ]
  }

  function rowMarks(
    { colour, shape = 'circle', mean, low, high, values = [], note, label }: IntervalRow,
    lines: readonly string[],
    y: number,
  ): Mark[] {
    const about = `${label}: ${mean === null ? 'no value' : numberText(mean)}${isNumber(low) && isNumber(high) ? `, 95 % interval ${numberText(low)} to ${numberText(high)}` : ''}`
    return [
      ...lines.map(
        (text, k): Mark => ({
          kind: 'text',
          x: left - 10,
          y: y + 4 + (k - (lines.length - 1) / 2) * 13,
          text,
          anchor: 'end',
        }),
      ),
      {
        kind: 'symbols',
        x: values.map((value) => x.at(value)),
        y: values.map(() => y),
        shape: 'circle',
        size: 5,
        colour,
        opacity: 0.3,
      },
      ...(isNumber(low) && isNumber(high)
        ? [{ kind: 'path', points: [x.at(low), y, x.at(high), y], stroke: colour, width: 2.4, about } as Mark]
        : []),
      ...(mean === null
        ? []
        : [{ kind: 'symbols', x: [x.at(mean)], y: [y], shape, size: 10, colour } as Mark]),
      ...(note === undefined
        ? []
        : [
            {
              kind: 'text',
              x: width - 4,
              y: y + 4,
              text: fitText(note, notes + 6, 11),
              anchor: 'end',
              colour: 'soft',
              size: 11,
            } as Mark,
          ]),
    ]
  }
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number'
}
