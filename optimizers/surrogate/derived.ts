/**
 * Derived quantities of a space as columns of a model. Where the loss depends on a quantity that the space's author
 * derives from several parameters, a model that sees it needs fewer trials.
 */
import { decode, derive } from '../../search-spaces/index.js'
import type { Space } from '../../search-spaces/types.js'
import { scramble, sobol } from '../sobol/sequence.js'

export interface DerivedQuantity {
  readonly name: string
  /** From about 0 to about 1 within the space. */
  readonly toColumn: (value: number) => number
}

const SAMPLE = 256

/**
 * Their ranges are those of an even sample of the space; a quantity that is positive everywhere counts by its
 * logarithm.
 */
export function derivedQuantitiesOf(space: Space): DerivedQuantity[] {
  if (space.formulas.derived.length === 0) return []
  const sample = Array.from({ length: SAMPLE }, (_, i) =>
    derive(
      space,
      decode(
        space,
        space.searched.map((_, d) => (scramble(sobol(i, d), d + 1) + 0.5) / 2 ** 32),
      ),
    ),
  )
  return space.formulas.derived.flatMap(({ name }) => {
    const values = sample.flatMap((one) => one[name] ?? [])
    const scale = values.every((value) => value > 0) ? Math.log : (value: number) => value
    const low = values.reduce((a, b) => Math.min(a, scale(b)), Number.POSITIVE_INFINITY)
    const width = values.reduce((a, b) => Math.max(a, scale(b)), Number.NEGATIVE_INFINITY) - low
    if (!(width > 0 && Number.isFinite(width))) return []
    const toColumn = (value: number) => {
      const place = (scale(value) - low) / width
      return Number.isFinite(place) ? Math.min(2, Math.max(-1, place)) : 0.5
    }
    return [{ name, toColumn }]
  })
}
