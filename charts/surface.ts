/** A model's mean over two parameters as shaded cells, with the trials that ran as symbols over it. */
import { frame } from './frame.js'
import { numberText } from './numbers.js'
import type { Axis } from './scales.js'
import { LEVELS, type Mark, type Scene, type Size } from './scene.js'
import { levelOf } from './theme.js'
import type { Chart, Symbols } from './xy.js'

export interface SurfaceRequest extends Size {
  readonly title: string
  readonly description: string
  readonly x: Axis
  readonly y: Axis
  /** Where the values lie, as numbers on the axes. */
  readonly xs: readonly number[]
  readonly ys: readonly number[]
  /** Value iy · xs.length + ix. */
  readonly values: readonly number[]
  readonly lowIsBest: boolean
  /** What the shades say. */
  readonly what: string
  readonly symbols?: readonly Symbols[]
}

const KEY = 92

export function surfaceChart({
  xs,
  ys,
  values,
  lowIsBest,
  what,
  symbols = [],
  ...request
}: SurfaceRequest): Chart {
  const { plot, marks } = frame({ ...request, right: KEY, xs, ys })
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const [best, worst] = lowIsBest ? [low, high] : [high, low]
  const [edgesX, edgesY] = [edges(xs.map(plot.x.at)), edges(ys.map(plot.y.at))]
  const cells = values.map((value, i): Mark => {
    const [ix, iy] = [i % xs.length, Math.floor(i / xs.length)]
    const [x0, x1, y0, y1] = [edgesX[ix]!, edgesX[ix + 1]!, edgesY[iy]!, edgesY[iy + 1]!]
    return {
      kind: 'rect',
      x: Math.min(x0, x1),
      y: Math.min(y0, y1),
      width: Math.abs(x1 - x0) + 0.3,
      height: Math.abs(y1 - y0) + 0.3,
      fill: `r${levelOf(value, best, worst)}`,
    }
  })
  const scene: Scene = {
    width: request.width,
    height: request.height,
    title: request.title,
    description: request.description,
    legend: symbols
      .filter(({ quiet }) => !quiet)
      .map(({ label, colour, shape }) => ({ label, colour, shape })),
    marks: [
      ...cells,
      ...marks,
      ...symbols.map(
        ({ label: _, quiet: __, x, y, ...look }): Mark => ({
          kind: 'symbols',
          x: x.map(plot.x.at),
          y: y.map(plot.y.at),
          ...look,
        }),
      ),
      ...key(),
    ],
  }
  return { scene, plots: [plot] }

  /** The shades from best to worst, at the right. */
  function key(): Mark[] {
    const left = request.width - KEY + 18
    const step = (plot.bottom - plot.top - 20) / LEVELS
    const texts = [best, (best + worst) / 2, worst].map(
      (value, i): Mark => ({
        kind: 'text',
        x: left + 20,
        y: plot.top + 20 + (i / 2) * LEVELS * step + (i === 0 ? 8 : i === 1 ? 4 : 0),
        text: numberText(value, 4),
        colour: 'soft',
        size: 11,
      }),
    )
    const shades = Array.from(
      { length: LEVELS },
      (_, i): Mark => ({
        kind: 'rect',
        x: left,
        y: plot.top + 20 + i * step,
        width: 14,
        height: step + 0.3,
        fill: `r${i}`,
      }),
    )
    return [
      ...shades,
      ...texts,
      { kind: 'text', x: left, y: plot.top + 8, text: what, colour: 'soft', size: 11 },
    ]
  }
}

/** Borders half way between neighbours. */
function edges(places: readonly number[]): number[] {
  if (places.length === 1) return [places[0]! - 10, places[0]! + 10]
  const between = places.slice(1).map((place, i) => (place + places[i]!) / 2)
  return [2 * places[0]! - between[0]!, ...between, 2 * places.at(-1)! - between.at(-1)!]
}
