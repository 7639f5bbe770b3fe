/**
 * Local importance: the variance of the posterior mean while one parameter goes through its range and the others stay where
 * they are, as a share of the sum of these variances (Biedenkapp et al. 2018, CAVE, §3.3).
 */
import type { Parameter } from '../../search-spaces/types.js'
import { varianceOf } from './total.js'

/** Places at which a parameter with more values is looked at. */
const PLACES = 65

export function localShares(
  mean: (unit: Float64Array) => number,
  searched: readonly Parameter[],
  at: Float64Array,
): Float64Array {
  const spreads = Float64Array.from(searched, (parameter) => {
    const unit = at.slice()
    // What is not active has no value to go through.
    if (Number.isNaN(at[parameter.coordinate]!)) return 0
    const values = placesOf(parameter, PLACES).map((place) => {
      unit[parameter.coordinate] = place
      return mean(unit)
    })
    return varianceOf(Float64Array.from(values))
  })
  const sum = spreads.reduce((total, spread) => total + spread, 0)
  return spreads.map((spread) => (sum > 0 ? spread / sum : 0))
}

/** Every level of a parameter that has few, else places from one end of its range to the other. */
export function placesOf({ levels, cell }: Parameter, most: number): number[] {
  if (levels <= most) return Array.from({ length: levels }, (_, i) => cell(i).centre)
  return Array.from({ length: most }, (_, i) => i / (most - 1))
}
