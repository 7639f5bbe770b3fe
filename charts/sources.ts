/** Which colour and shape stand for a source of configurations, the same on every page and in every report. */
import { type Colour, SERIES_COLOURS, type Shape } from './scene.js'

export interface Look {
  readonly colour: Colour
  readonly shape: Shape
}

const FILLED: readonly Shape[] = ['circle', 'triangle', 'square', 'diamond', 'star']

/** By the order in which they are given, so give them in a fixed order. */
export function looksOf(names: readonly string[]): Map<string, Look> {
  return new Map(
    names.map((name, i) => [name, { colour: `c${i % SERIES_COLOURS}`, shape: FILLED[i % FILLED.length]! }]),
  )
}

export const FAILURE_COLOUR: Colour = 'bad'

export const DASHES: readonly (readonly number[] | undefined)[] = [
  undefined,
  [7, 4],
  [2, 3],
  [10, 3, 2, 3],
  [4, 2],
  [12, 4],
]
