/** A staircase the size of a word. */
import type { Colour, Scene } from './scene.js'

export interface SparklineRequest {
  readonly width: number
  readonly height: number
  readonly points: readonly (readonly [x: number, y: number])[]
  /** Where the last step ends. */
  readonly end: number
  readonly description: string
  readonly colour?: Colour
}

export function sparkline({
  width,
  height,
  points,
  end,
  description,
  colour = 'c0',
}: SparklineRequest): Scene {
  const [first, last] = [points[0]?.[0] ?? 0, Math.max(end, points.at(-1)?.[0] ?? 1)]
  const ys = points.map(([, y]) => y)
  const [low, high] = [Math.min(...ys), Math.max(...ys)]
  const at = (x: number) => 2 + ((x - first) / (last - first || 1)) * (width - 8)
  const rise = (y: number) => height - 3 - ((y - low) / (high - low || 1)) * (height - 6)
  const path = points.flatMap(([x, y], i) =>
    i === 0 ? [at(x), rise(y)] : [at(x), rise(points[i - 1]![1]), at(x), rise(y)],
  )
  const tail = points.length > 0 ? [at(last), rise(points.at(-1)![1])] : []
  return {
    width,
    height,
    title: 'best so far',
    description,
    legend: [],
    marks:
      points.length === 0
        ? []
        : [
            { kind: 'path', points: [...path, ...tail], stroke: colour, width: 1.6 },
            { kind: 'symbols', x: [tail[0]!], y: [tail[1]!], shape: 'circle', size: 5, colour },
          ],
  }
}
