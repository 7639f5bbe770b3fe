/** Parts of a whole, few of them; each is named with its count beside the circle. */

import { percentText } from './numbers.js'
import { type Colour, type Mark, type Scene, SERIES_COLOURS } from './scene.js'
import { fitText } from './text.js'
import type { Chart } from './xy.js'

export interface PieRequest {
  readonly title: string
  readonly description: string
  readonly width: number
  readonly parts: readonly { readonly label: string; readonly count: number; readonly colour?: Colour }[]
}

const RADIUS = 78
const ROW = 20

export function pieChart({ title, description, width, parts }: PieRequest): Chart {
  const whole = parts.reduce((sum, { count }) => sum + count, 0)
  const height = Math.max(2 * RADIUS + 20, parts.length * ROW + 20)
  const centre = { x: RADIUS + 10, y: height / 2 }
  let turned = 0
  const marks = parts.flatMap(({ label, count, colour = `c${turnedColour(parts, label)}` }, i): Mark[] => {
    const from = turned
    turned += count / (whole || 1)
    const y = height / 2 + (i - (parts.length - 1) / 2) * ROW
    const text = `${label}: ${count} (${percentText(count / (whole || 1))})`
    const left = 2 * RADIUS + 40
    return [
      {
        kind: 'path',
        points: sector(centre, from, turned),
        fill: colour,
        stroke: 'paper',
        width: 1.5,
        about: text,
      },
      { kind: 'rect', x: left, y: y - 6, width: 12, height: 12, fill: colour },
      { kind: 'text', x: left + 20, y: y + 4, text: fitText(text, width - left - 24) },
    ]
  })
  const scene: Scene = { width, height, title, description, legend: [], marks }
  return { scene, plots: [] }
}

function turnedColour(parts: PieRequest['parts'], label: string): number {
  return parts.findIndex((part) => part.label === label) % SERIES_COLOURS
}

/** Shares of a turn, from the top, clockwise. */
function sector({ x, y }: { x: number; y: number }, from: number, to: number): number[] {
  const steps = Math.max(2, Math.ceil((to - from) * 90))
  const edge = Array.from({ length: steps + 1 }, (_, i) => {
    const angle = 2 * Math.PI * (from + ((to - from) * i) / steps)
    return [x + RADIUS * Math.sin(angle), y - RADIUS * Math.cos(angle)]
  })
  return [x, y, ...edge.flat()]
}
