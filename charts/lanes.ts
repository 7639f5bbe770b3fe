/** Bars over time in lanes: which worker ran what, when. */
import { frame } from './frame.js'
import type { Axis } from './scales.js'
import type { Colour, LegendEntry, Mark, Scene } from './scene.js'
import type { Chart } from './xy.js'

export interface LaneBar {
  readonly lane: number
  readonly from: number
  readonly to: number
  readonly colour: Colour
  readonly id: number
  readonly about: string
}

export interface LanesRequest {
  readonly title: string
  readonly description: string
  readonly width: number
  readonly x: Axis
  readonly lanes: readonly string[]
  readonly bars: readonly LaneBar[]
  readonly legend: readonly LegendEntry[]
}

const LANE = 22

export function lanesChart({ width, lanes, bars, legend, x, ...request }: LanesRequest): Chart {
  const height = 62 + Math.max(1, lanes.length) * LANE
  const y: Axis = { label: 'worker', kind: 'category', categories: [...lanes].reverse() }
  const xs = bars.flatMap(({ from, to }) => [from, to])
  const { plot, marks } = frame({ width, height, x, y, xs, ys: [], right: 16 })
  const drawn = bars.flatMap(({ lane, from, to, colour, id, about }): Mark[] => {
    const [start, end] = [Math.max(plot.x.at(from), plot.left), Math.min(plot.x.at(to), plot.right)]
    if (end < plot.left || start > plot.right) return []
    const top = plot.y.at(lanes.length - 1 - lane) - LANE * 0.36
    return [
      {
        kind: 'rect',
        x: start,
        y: top,
        width: Math.max(end - start - 0.6, 1.2),
        height: LANE * 0.72,
        fill: colour,
        id,
        about,
      },
    ]
  })
  const scene: Scene = {
    width,
    height,
    title: request.title,
    description: request.description,
    legend,
    marks: [...marks, ...drawn],
  }
  return { scene, plots: [plot] }
}
