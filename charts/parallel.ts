/** Parallel coordinates: a line for each trial through one axis for each parameter, and the objective last. */

import { type Axis, type Scale, scaleOf } from './scales.js'
import type { Colour, LinesMark, Mark, Scene, Size } from './scene.js'
import { fitText, wrapText } from './text.js'

export interface ParallelAxis {
  readonly name: string
  readonly axis: Axis
  readonly values: readonly number[]
}

export interface ParallelRequest extends Size {
  readonly title: string
  readonly description: string
  readonly axes: readonly ParallelAxis[]
  /** Which rows are drawn, the last one on top. */
  readonly rows: readonly number[]
  readonly colourOf: (row: number) => Colour
  readonly opacity: number
}

export interface ParallelChart {
  readonly scene: Scene
  readonly axes: readonly { readonly name: string; readonly at: number; readonly scale: Scale }[]
  readonly top: number
  readonly bottom: number
}

const TOP = 46
const BELOW = 12

export function parallelChart({
  width,
  height,
  axes,
  rows,
  colourOf,
  opacity,
  ...request
}: ParallelRequest): ParallelChart {
  const bottom = height - BELOW
  const step = axes.length > 1 ? (width - 92) / (axes.length - 1) : 0
  const placed = axes.map(({ name, axis, values }, i) => ({
    name,
    at: 40 + i * step,
    scale: scaleOf(axis, finite(values, rows), [bottom, TOP], 36),
  }))
  const ys = new Float32Array(rows.length * axes.length)
  rows.forEach((row, i) => {
    for (let k = 0; k < axes.length; k++) ys[i * axes.length + k] = placed[k]!.scale.at(axes[k]!.values[row]!)
  })
  const lines: LinesMark = {
    kind: 'lines',
    xs: placed.map(({ at }) => at),
    ys,
    ids: rows,
    colours: rows.map(colourOf),
    opacity,
    width: 1.2,
  }
  const scene: Scene = {
    width,
    height,
    title: request.title,
    description: request.description,
    legend: [],
    marks: [
      lines,
      ...placed.flatMap(({ name, at, scale }) => axisMarks(name, at, scale, step || 120, bottom)),
    ],
  }
  return { scene, axes: placed, top: TOP, bottom }
}

function* finite(values: readonly number[], rows: readonly number[]): Generator<number> {
  for (const row of rows) if (Number.isFinite(values[row]!)) yield values[row]!
}

/** The labels of ticks lie on paper, so that lines do not strike them through. */
function axisMarks(name: string, at: number, scale: Scale, step: number, bottom: number): Mark[] {
  const room = Math.max(30, step - 14)
  return [
    { kind: 'path', points: [at, TOP, at, bottom], stroke: 'soft', width: 1.4 },
    ...wrapText(name, Math.max(56, step - 6), 2, 11).map(
      (text, i, all): Mark => ({
        kind: 'text',
        x: at,
        y: TOP - 12 - (all.length - 1 - i) * 13,
        text,
        anchor: 'middle',
        bold: true,
        size: 11,
      }),
    ),
    ...scale.ticks.map(
      ({ at: y, label }): Mark => ({
        kind: 'text',
        x: at + 5,
        y: y + 4,
        text: fitText(label, room, 11),
        size: 11,
        halo: true,
      }),
    ),
  ]
}
