/** A row a method: its mean as a dot, its interval as a bar, every single value as a faint dot. */
import { type Axis, type Scale, scaleOf } from './axis.js'
import { element, ink, line, page, text, widthOf } from './svg.js'

export interface DotRow {
  readonly label: string
  readonly ours: boolean
  readonly mean: number
  readonly low: number
  readonly high: number
  readonly values: readonly number[]
}

export interface DotPicture {
  readonly title: string
  readonly subtitle: string
  readonly rows: readonly DotRow[]
  readonly x: Axis
  /** A line to compare with, and what it is. */
  readonly mark?: { readonly at: number; readonly label: string }
}

const plotWidth = 620
const rowHeight = 25
const top = 92

export function dotPicture({ title, subtitle, rows, x, mark }: DotPicture): string {
  const left = 24 + Math.max(...rows.map(({ label }) => widthOf(label))) + 14
  const bottom = top + rows.length * rowHeight
  const shown = rows.flatMap(({ low, high, values }) => [low, high, ...values])
  const scale = scaleOf({ ...x, include: mark ? [mark.at] : [] }, shown, [left, left + plotWidth])
  const size = { width: Math.max(left + plotWidth + 36, widthOf(subtitle) + 48), height: bottom + 62 }
  return page({ title, description: subtitle, ...size }, [
    text(24, 56, subtitle, { fill: ink.soft }),
    ...scale.ticks.flatMap(({ at, label }) => [
      line([at, top], [at, bottom]),
      text(at, bottom + 20, label, { 'text-anchor': 'middle', fill: ink.soft }),
    ]),
    text(left + plotWidth / 2, bottom + 44, x.label, { 'text-anchor': 'middle', fill: ink.soft }),
    ...(mark ? marked(scale.at(mark.at), mark.label, bottom) : []),
    ...rows.flatMap((row, i) => dotRow(row, left, top + (i + 0.5) * rowHeight, scale)),
  ])
}

function marked(at: number, label: string, bottom: number): string[] {
  return [
    line([at, top], [at, bottom], { stroke: ink.soft, 'stroke-dasharray': '3 3' }),
    text(at, top - 8, label, { 'text-anchor': 'middle', fill: ink.soft, 'font-size': 12 }),
  ]
}

function dotRow({ label, ours, mean, low, high, values }: DotRow, left: number, y: number, scale: Scale) {
  const fill = ours ? '#0b67a3' : '#52606d'
  return [
    text(left - 14, y + 4, label, { 'text-anchor': 'end', 'font-weight': ours ? 600 : 400, fill }),
    ...values.map((value) => element('circle', { cx: scale.at(value), cy: y, r: 2, fill, opacity: '0.25' })),
    line([scale.at(low), y], [scale.at(high), y], { stroke: fill, 'stroke-width': 3 }),
    element('circle', { cx: scale.at(mean), cy: y, r: 5, fill, stroke: ink.paper, 'stroke-width': 1.5 }),
  ]
}
