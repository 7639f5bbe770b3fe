/** The two axes of a plot, with their grid and labels, and the box between them. */

import { type Axis, type Scale, scaleOf } from './scales.js'
import type { Box, Mark, Size } from './scene.js'
import { fitText, fitTexts, textWidth, wrapText } from './text.js'

export interface Plot extends Box {
  readonly x: Scale
  readonly y: Scale
}

export interface Frame {
  readonly plot: Plot
  readonly marks: readonly Mark[]
}

export interface FrameRequest extends Size {
  readonly left?: number
  readonly top?: number
  readonly x: Axis
  readonly y: Axis
  readonly xs: Iterable<number>
  readonly ys: Iterable<number>
  /** Room at the right, for labels of lines. */
  readonly right?: number
}

const ABOVE = 22
const BELOW = 40
/** Category labels are no wider than this share of the plot. */
const CATEGORY_SHARE = 0.3

/** The y axis says what it is above its top, where it needs no turned text. */
export function frame({ width, height, left = 0, top = 0, x, y, xs, ys, right = 14 }: FrameRequest): Frame {
  const bottom = top + height - BELOW
  const upper = top + ABOVE
  const yScale = scaleOf(y, ys, [bottom, upper], 34)
  const most = yScale.kind === 'category' ? width * CATEGORY_SHARE : Number.POSITIVE_INFINITY
  const labels = fitTexts(
    yScale.ticks.map(({ label }) => label),
    most,
  )
  const edge = left + 10 + Math.max(16, ...labels.map((label) => textWidth(label)))
  const xScale = scaleOf(x, xs, [edge, left + width - right], 64)
  const plot = { left: edge, right: left + width - right, top: upper, bottom, x: xScale, y: yScale }
  const yMarks = yScale.ticks.flatMap(({ at }, i): Mark[] => [
    { kind: 'path', points: [plot.left, at, plot.right, at], stroke: 'grid', width: 1 },
    { kind: 'text', x: edge - 7, y: at + 4, text: labels[i]!, anchor: 'end', colour: 'soft' },
  ])
  return {
    plot,
    marks: [
      ...yMarks,
      ...xMarks(plot),
      { kind: 'path', points: [plot.left, bottom, plot.right, bottom], stroke: 'soft', width: 1 },
      { kind: 'text', x: left, y: top + 12, text: fitText(yScale.label, width), colour: 'soft' },
      xLabel(xScale.label, plot, left, left + width),
    ],
  }
}

/** Below the middle of the plot; what is longer than the plot is wide ends at the right edge and has the whole width. */
export function xLabel(
  label: string,
  { left, right, bottom }: Pick<Box, 'left' | 'right' | 'bottom'>,
  from: number,
  to: number,
): Mark {
  const fits = textWidth(label) <= right - left + 40
  return {
    kind: 'text',
    x: fits ? (left + right) / 2 : to,
    y: bottom + 35,
    text: fitText(label, to - from),
    anchor: fits ? 'middle' : 'end',
    colour: 'soft',
  }
}

function xMarks({ x, left, right, bottom }: Plot): Mark[] {
  const step = x.ticks.length > 1 ? Math.abs(x.ticks[1]!.at - x.ticks[0]!.at) : right - left
  return visibleTicks(x).flatMap(({ at, label }): Mark[] => {
    const text = x.kind === 'category' ? fitText(label, Math.max(step - 4, 24)) : label
    const half = textWidth(text) / 2
    const place = Math.min(Math.max(at, left - 20 + half), right + 14 - half)
    return [
      { kind: 'path', points: [at, bottom, at, bottom + 5], stroke: 'soft', width: 1 },
      { kind: 'text', x: place, y: bottom + 18, text, anchor: 'middle', colour: 'soft' },
    ]
  })
}

/** Of many categories every second, third … is labelled. */
function visibleTicks({ ticks, kind }: Scale): Scale['ticks'] {
  if (kind !== 'category' || ticks.length < 2) return ticks
  const step = Math.abs(ticks[1]!.at - ticks[0]!.at)
  const every = Math.ceil(28 / step)
  return ticks.filter((_, i) => i % every === 0)
}

/** Labels of rows: in at most two lines each. */
export function rowLabels(labels: readonly string[], room: number): { width: number; lines: string[][] } {
  const lines = labels.map((label) => wrapText(label, room, 2))
  return { width: Math.max(0, ...lines.flat().map((line) => textWidth(line))), lines }
}
