/** Lines, bands and symbols over two axes: progress, slices, curves, scatter plots. */
import { frame, type Plot } from './frame.js'
import type { Axis } from './scales.js'
import {
  type Colour,
  type LegendEntry,
  type Mark,
  type Scene,
  type Shape,
  type Size,
  TEXT_SIZE,
} from './scene.js'
import { fitText, textWidth } from './text.js'

export interface Line {
  readonly label: string
  readonly colour: Colour
  readonly dash?: readonly number[]
  readonly width?: number
  /** The value holds until the next point: best so far. */
  readonly steps?: boolean
  readonly points: readonly (readonly [x: number, y: number])[]
  /** From low to high at each x. */
  readonly band?: readonly (readonly [x: number, low: number, high: number])[]
  /** Named where it ends, beside the plot. */
  readonly endLabel?: boolean
}

export interface Symbols {
  readonly label: string
  readonly shape: Shape
  readonly colour: Colour
  readonly size: number
  readonly opacity?: number
  readonly x: readonly number[]
  readonly y: readonly number[]
  readonly ids?: readonly number[]
  readonly levels?: readonly number[]
  /** Not in the legend. */
  readonly quiet?: boolean
}

export interface Mark1D {
  readonly at: number
  readonly label: string
  readonly colour?: Colour
}

export interface XyRequest extends Size {
  readonly title: string
  readonly description: string
  readonly x: Axis
  readonly y: Axis
  readonly lines?: readonly Line[]
  readonly symbols?: readonly Symbols[]
  /** Horizontal lines to compare with. */
  readonly levels?: readonly Mark1D[]
}

export interface Chart {
  readonly scene: Scene
  readonly plots: readonly Plot[]
}

const END_LABEL_ROOM = 150

export function xyChart(request: XyRequest): Chart {
  const { lines = [], symbols = [], levels = [], width } = request
  const named = lines.filter(({ endLabel }) => endLabel)
  const right =
    named.length > 0 && width > 520
      ? Math.min(
          END_LABEL_ROOM,
          16 + Math.max(...named.map(({ label }) => textWidth(label, TEXT_SIZE, true))),
        )
      : 14
  const { plot, marks } = frame({ ...request, right, xs: valuesOf(request, 0), ys: valuesOf(request, 1) })
  const scene: Scene = {
    width,
    height: request.height,
    title: request.title,
    description: request.description,
    legend: legendOf(lines, symbols),
    marks: [
      ...marks,
      ...lines.flatMap((line) => bandMark(line, plot)),
      ...levels.flatMap((level) => levelMarks(level, plot)),
      ...symbols.map((layer) => symbolsMark(layer, plot)),
      ...lines.map((line) => lineMark(line, plot)),
      ...(right > 14 ? endLabels(endsOf(named, plot), plot, right - 10) : []),
    ],
  }
  return { scene, plots: [plot] }
}

function* valuesOf({ lines = [], symbols = [], levels = [] }: XyRequest, axis: 0 | 1): Generator<number> {
  for (const { points, band = [] } of lines) {
    for (const point of points) yield point[axis]
    for (const [x, low, high] of band) yield* axis === 0 ? [x] : [low, high]
  }
  for (const { x, y } of symbols) yield* axis === 0 ? x : y
  if (axis === 1) for (const { at } of levels) yield at
}

function legendOf(lines: readonly Line[], symbols: readonly Symbols[]): LegendEntry[] {
  return [
    ...lines.map(({ label, colour, dash }) => ({ label, colour, line: true, ...(dash && { dash }) })),
    ...symbols.filter(({ quiet }) => !quiet).map(({ label, colour, shape }) => ({ label, colour, shape })),
  ]
}

function lineMark({ label, colour, dash, width = 2.2, steps, points }: Line, plot: Plot): Mark {
  const places: number[] = []
  let before: number | undefined
  for (const [x, y] of points) {
    const [px, py] = [
      inside(plot.x.at(x), plot.left, plot.right),
      inside(plot.y.at(y), plot.top, plot.bottom),
    ]
    if (steps && before !== undefined) places.push(px, before)
    places.push(px, py)
    before = py
  }
  return { kind: 'path', points: places, stroke: colour, width, ...(dash && { dash }), about: label }
}

function bandMark({ band, colour }: Line, plot: Plot): Mark[] {
  if (band === undefined || band.length === 0) return []
  const edge = (x: number, y: number) => [
    inside(plot.x.at(x), plot.left, plot.right),
    inside(plot.y.at(y), plot.top, plot.bottom),
  ]
  const there = band.flatMap(([x, , high]) => edge(x, high))
  const back = [...band].reverse().flatMap(([x, low]) => edge(x, low))
  return [{ kind: 'path', points: [...there, ...back], fill: colour, opacity: 0.16 }]
}

function levelMarks({ at, label, colour = 'soft' }: Mark1D, plot: Plot): Mark[] {
  const y = plot.y.at(at)
  if (!(y >= plot.top && y <= plot.bottom)) return []
  return [
    { kind: 'path', points: [plot.left, y, plot.right, y], stroke: colour, width: 1.2, dash: [5, 4] },
    { kind: 'text', x: plot.right - 4, y: y - 5, text: label, anchor: 'end', colour, size: 11 },
  ]
}

/** What lies outside of the axes has no place (NaN). */
function symbolsMark({ label: _, quiet: __, x, y, ...look }: Symbols, plot: Plot): Mark {
  const px = new Array<number>(x.length)
  const py = new Array<number>(x.length)
  for (let i = 0; i < x.length; i++) {
    const [at, height] = [plot.x.at(x[i]!), plot.y.at(y[i]!)]
    const shown =
      at >= plot.left - 0.5 &&
      at <= plot.right + 0.5 &&
      height >= plot.top - 0.5 &&
      height <= plot.bottom + 0.5
    px[i] = shown ? at : Number.NaN
    py[i] = height
  }
  return { kind: 'symbols', x: px, y: py, ...look }
}

function inside(place: number, low: number, high: number): number {
  return place < low ? low : place > high ? high : place
}

function endsOf(lines: readonly Line[], plot: Plot): LineEnd[] {
  return lines.flatMap(({ label, colour, points }) => {
    const last = points.at(-1)
    return last === undefined
      ? []
      : [{ label, colour, at: inside(plot.y.at(last[1]), plot.top, plot.bottom) }]
  })
}

export interface LineEnd {
  readonly label: string
  readonly colour: Colour
  /** The height at which its line ends. */
  readonly at: number
}

/** The names of lines beside their ends, moved apart where they would overlap. */
export function endLabels(ends: readonly LineEnd[], plot: Plot, room: number): Mark[] {
  const wanted = [...ends].sort((a, b) => a.at - b.at)
  const heights = apart(
    wanted.map(({ at }) => at),
    15,
    plot.top,
    plot.bottom,
  )
  return wanted.map(({ label, colour }, i) => ({
    kind: 'text',
    x: plot.right + 8,
    y: heights[i]! + 4,
    text: fitText(label, room),
    colour,
    bold: true,
  }))
}

/** Heights in order, at least a gap apart: moved down first and then, from the lowest, back up. */
export function apart(heights: readonly number[], gap: number, top: number, bottom: number): number[] {
  const placed: number[] = []
  for (const height of heights) placed.push(Math.max(height, (placed.at(-1) ?? top - gap) + gap))
  for (let i = placed.length - 1, limit = bottom; i >= 0; i--, limit = placed[i + 1]! - gap)
    placed[i] = Math.min(placed[i]!, limit)
  return placed
}
