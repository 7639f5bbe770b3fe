/** Lines with bands in panels that share their axes, each line named where it ends. */
import { type Axis, type Scale, scaleOf } from './axis.js'
import { element, fontSize, ink, line, page, text, widthOf } from './svg.js'

export interface Point {
  readonly x: number
  readonly y: number
  readonly low?: number
  readonly high?: number
}

export interface Series {
  readonly label: string
  /** Ours are drawn in strong colours, whole and with their band; peers thinner and dashed. */
  readonly ours: boolean
  readonly points: readonly Point[]
}

export interface LinePicture {
  readonly title: string
  /** Under the title: what is drawn. */
  readonly subtitle: string
  readonly panels: readonly { readonly title: string; readonly series: readonly Series[] }[]
  readonly x: Axis
  readonly y: Axis
}

const colours = {
  ours: ['#0b67a3', '#c2410c', '#15803d', '#7e22ce', '#a16207', '#be185d'],
  peers: ['#52606d', '#8a5a44', '#3f7f7a', '#8b6f9c', '#7b8794', '#a08c5b'],
}
const dashes = ['7 4', '2 3', '10 3 2 3', '4 2', '1 4', '12 4']
const plot = { width: 380, height: 250 }
const margin = { left: 74, top: 34, bottom: 54 }
const heading = 66
const labelGap = fontSize + 3
/** So few points were measured one by one: each is shown. */
const FEW = 12

export function linePicture({ title, subtitle, panels, x, y }: LinePicture): string {
  const columns = Math.min(2, panels.length)
  const labels = panels.flatMap(({ series }) => series.map(({ label }) => widthOf(label)))
  const cell = {
    width: margin.left + plot.width + 24 + Math.max(0, ...labels),
    height: margin.top + plot.height + margin.bottom,
  }
  const points = panels.flatMap(({ series }) => series.flatMap(({ points }) => points))
  const drawn = panels.map(({ title, series }, i) => {
    const left = (i % columns) * cell.width + margin.left
    const top = heading + Math.floor(i / columns) * cell.height + margin.top
    const xs = scaleOf(
      x,
      points.map((point) => point.x),
      [left, left + plot.width],
    )
    const ys = scaleOf(
      y,
      points.flatMap(({ y, low = y, high = y }) => [y, low, high]),
      [top + plot.height, top],
    )
    return panel({ title, series, left, top, xs, ys, xLabel: x.label, yLabel: y.label })
  })
  const size = {
    width: Math.max(columns * cell.width, widthOf(subtitle) + 48),
    height: heading + Math.ceil(panels.length / columns) * cell.height,
  }
  return page({ title, description: subtitle, ...size }, [
    text(24, 56, subtitle, { fill: ink.soft }),
    ...drawn.flat(),
  ])
}

interface Panel {
  readonly title: string
  readonly series: readonly Series[]
  readonly left: number
  readonly top: number
  readonly xs: Scale
  readonly ys: Scale
  readonly xLabel: string
  readonly yLabel: string
}

function panel({ title, series, left, top, xs, ys, xLabel, yLabel }: Panel): string[] {
  const [right, bottom] = [left + plot.width, top + plot.height]
  const looks = appearances(series)
  return [
    text(left, top - 12, title, { 'font-weight': 600 }),
    ...ys.ticks.flatMap(({ at, label }) => [
      line([left, at], [right, at]),
      text(left - 8, at + 4, label, { 'text-anchor': 'end', fill: ink.soft }),
    ]),
    ...xs.ticks.flatMap(({ at, label }) => [
      line([at, bottom], [at, bottom + 5], { stroke: ink.soft }),
      text(at, bottom + 20, label, { 'text-anchor': 'middle', fill: ink.soft }),
    ]),
    line([left, bottom], [right, bottom], { stroke: ink.soft }),
    text((left + right) / 2, bottom + 40, xLabel, { 'text-anchor': 'middle', fill: ink.soft }),
    verticalText(left - 58, (top + bottom) / 2, yLabel),
    ...series.map((one, i) => (one.ours ? band(one, xs, ys, looks[i]!.stroke) : '')),
    ...series.map((one, i) => curve(one, xs, ys, looks[i]!)),
    ...endLabels(series, ys, right + 10, [top, bottom], looks),
  ]
}

interface Appearance {
  readonly stroke: string
  readonly 'stroke-width': number
  readonly 'stroke-dasharray': string
}

function appearances(series: readonly Series[]): Appearance[] {
  let [own, others] = [0, 0]
  return series.map(({ ours }) =>
    ours
      ? { stroke: colours.ours[own++ % 6]!, 'stroke-width': 2.4, 'stroke-dasharray': 'none' }
      : {
          stroke: colours.peers[others % 6]!,
          'stroke-width': 1.7,
          'stroke-dasharray': dashes[others++ % 6]!,
        },
  )
}

function curve({ label, points }: Series, xs: Scale, ys: Scale, look: Appearance): string {
  const path = points.map(({ x, y }, i) => `${i ? 'L' : 'M'}${place(xs.at(x))} ${place(ys.at(y))}`).join('')
  const title = element('title', {}, label)
  const line = element('path', { d: path, fill: 'none', 'stroke-linejoin': 'round', ...look }, title)
  if (points.length > FEW) return line
  const dots = points.map(({ x, y }) =>
    element('circle', { cx: xs.at(x), cy: ys.at(y), r: 3.5, fill: look.stroke }),
  )
  return line + dots.join('')
}

function band({ points }: Series, xs: Scale, ys: Scale, fill: string): string {
  const edge = points.filter(({ low, high }) => low !== undefined && high !== undefined)
  if (edge.length === 0) return ''
  const there = edge.map(({ x, high }) => `${place(xs.at(x))} ${place(ys.at(high!))}`)
  const back = edge.map(({ x, low }) => `${place(xs.at(x))} ${place(ys.at(low!))}`).reverse()
  return element('path', { d: `M${[...there, ...back].join('L')}Z`, fill, opacity: '0.13' })
}

/** Each at the height of its line's end, moved apart where they would overlap, inside the panel. */
function endLabels(
  series: readonly Series[],
  ys: Scale,
  x: number,
  [top, bottom]: readonly [number, number],
  looks: readonly Appearance[],
): string[] {
  const wanted = series.map(({ points }) => (points.length ? ys.at(points.at(-1)!.y) : bottom))
  const order = wanted.map((_, i) => i).sort((i, j) => wanted[i]! - wanted[j]!)
  const heights = apart(
    order.map((i) => wanted[i]!),
    [top, bottom],
  )
  return order.map((i, rank) =>
    text(x, heights[rank]! + 4, series[i]!.label, {
      fill: looks[i]!.stroke,
      'font-weight': series[i]!.ours ? 600 : 400,
    }),
  )
}

/** Heights in order, at least a gap apart, moved down first and then, from the lowest, back up. */
function apart(heights: readonly number[], [top, bottom]: readonly [number, number]): number[] {
  const placed: number[] = []
  for (const height of heights) placed.push(Math.max(height, (placed.at(-1) ?? top - labelGap) + labelGap))
  for (let i = placed.length - 1, limit = bottom; i >= 0; i--, limit = placed[i + 1]! - labelGap) {
    placed[i] = Math.min(placed[i]!, limit)
  }
  return placed
}

function verticalText(x: number, y: number, content: string): string {
  const transform = `rotate(-90 ${Math.round(x)} ${Math.round(y)})`
  return text(x, y, content, { 'text-anchor': 'middle', fill: ink.soft, transform })
}

function place(value: number): string {
  return value.toFixed(1)
}
