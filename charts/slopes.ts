/** A line for each seed between the values of its arms. */
import { frame } from './frame.js'
import type { Axis } from './scales.js'
import type { Mark, Scene, Size } from './scene.js'
import type { Chart } from './xy.js'

export interface SlopesRequest extends Size {
  readonly title: string
  readonly description: string
  readonly arms: readonly string[]
  readonly y: Axis
  /** Of each seed, its value in each arm; null where there is none yet. */
  readonly seeds: readonly { readonly seed: number; readonly values: readonly (number | null)[] }[]
}

export function slopeChart({ arms, y, seeds, width, height, ...request }: SlopesRequest): Chart {
  const ys = seeds.flatMap(({ values }) => values.filter((value) => value !== null))
  const x: Axis = { label: 'arm', kind: 'category', categories: arms }
  const { plot, marks } = frame({ width, height, x, y, xs: [], ys })
  const lines = seeds.flatMap(({ seed, values }): Mark[] => {
    const px = values.map((_, i) => plot.x.at(i))
    const py = values.map((value) => (value === null ? Number.NaN : plot.y.at(value)))
    return [
      {
        kind: 'path',
        points: px.flatMap((at, i) => [at, py[i]!]),
        stroke: 'muted',
        width: 1.3,
        about: `seed ${seed}`,
      },
      { kind: 'symbols', x: px, y: py, shape: 'circle', size: 6, colour: 'c0' },
    ]
  })
  const scene: Scene = {
    width,
    height,
    title: request.title,
    description: request.description,
    legend: [],
    marks: [...marks, ...lines],
  }
  return { scene, plots: [plot] }
}
