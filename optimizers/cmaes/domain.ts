/** The domain that CMA-ES itself searches: axes of ℝⁿ, some of them cut into cells, and unordered choices. */
import type { Cells } from './margin.js'

export interface Axis {
  /** Points outside are drawn again. Infinite where there is no bound, as on every discrete axis. */
  readonly low: number
  readonly high: number
  /** Present on a discrete axis. */
  readonly cells?: Cells
}

export interface Domain {
  readonly axes: readonly Axis[]
  /** How many choices each unordered parameter has. */
  readonly categories: readonly number[]
  /** Many parameters have no order: see genome.ts. */
  readonly named?: boolean
}

/** A point as the distribution drew it: values on discrete axes are not rounded. */
export interface Genotype {
  readonly x: readonly number[]
  readonly c: readonly number[]
}

/** A point from elsewhere; NaN and null where a parameter is not active. */
export interface ForeignGenotype {
  readonly x: readonly number[]
  readonly c: readonly (number | null)[]
}

/** Where a run begins: the mean, and the probabilities of the choices. */
export interface Start {
  readonly mean: readonly number[]
  readonly q: readonly (readonly number[])[]
}
