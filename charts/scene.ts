/**
 * What a chart is before it is drawn: marks at places in pixels, with colours by role. The page draws a scene in the browser, on a
 * canvas where it has many points; Node writes the same scene as SVG.
 */

/** A role that a theme gives a colour: c0 to c7 tell series apart, r0 to r15 are levels from low to high. */
export type Colour =
  | 'ink'
  | 'soft'
  | 'grid'
  | 'paper'
  | 'muted'
  | 'good'
  | 'warn'
  | 'bad'
  | `c${number}`
  | `r${number}`

export const SERIES_COLOURS = 8
export const LEVELS = 16

/** Beside colours, so that nothing is told by colour alone. */
export const SHAPES = ['circle', 'square', 'triangle', 'diamond', 'plus', 'star', 'ring', 'cross'] as const
export type Shape = (typeof SHAPES)[number]

/** x, y, x, y, …; a NaN lifts the pen. */
export interface PathMark {
  readonly kind: 'path'
  readonly points: readonly number[]
  readonly stroke?: Colour
  readonly width?: number
  readonly dash?: readonly number[]
  readonly fill?: Colour
  readonly opacity?: number
  readonly about?: string
}

export interface RectMark {
  readonly kind: 'rect'
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly fill: Colour
  readonly opacity?: number
  readonly about?: string
  /** What it stands for: a trial's number, say. */
  readonly id?: number
}

export interface TextMark {
  readonly kind: 'text'
  readonly x: number
  readonly y: number
  readonly text: string
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly colour?: Colour
  readonly size?: number
  readonly bold?: boolean
  /** Read from below upwards. */
  readonly turned?: boolean
  /** With paper behind its letters, so that lines do not strike it through. */
  readonly halo?: boolean
}

/** Many symbols of one look. `ids` says which trial each stands for. */
export interface SymbolsMark {
  readonly kind: 'symbols'
  readonly x: readonly number[]
  readonly y: readonly number[]
  readonly ids?: readonly number[]
  readonly shape: Shape
  readonly size: number
  readonly colour: Colour
  readonly opacity?: number
  /** Where given, a colour for each symbol, by its place in the palette. */
  readonly levels?: readonly number[]
}

/** Many lines over the same places: line i goes through ys[i·n] … ys[i·n + n−1] at xs. A NaN lifts the pen. */
export interface LinesMark {
  readonly kind: 'lines'
  readonly xs: readonly number[]
  readonly ys: Float32Array
  readonly ids: readonly number[]
  /** The colour of each line. */
  readonly colours: readonly Colour[]
  readonly opacity: number
  readonly width: number
}

export type Mark = PathMark | RectMark | TextMark | SymbolsMark | LinesMark

export interface LegendEntry {
  readonly label: string
  readonly colour: Colour
  readonly shape?: Shape
  readonly dash?: readonly number[]
  /** A line instead of a symbol. */
  readonly line?: boolean
}

export interface Scene {
  readonly width: number
  readonly height: number
  readonly title: string
  /** One sentence for those who cannot see it. */
  readonly description: string
  readonly legend: readonly LegendEntry[]
  readonly marks: readonly Mark[]
}

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export const TEXT_SIZE = 12
