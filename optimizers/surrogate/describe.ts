/** The parameters of the best configurations, for a description. */
import type { Parameter, Params, Space, Value } from '../../search-spaces/types.js'
import type { Description } from '../contract.js'

type Described = Description['parameters'][string]

/** `best` are configurations, best first. */
export function describeParameters(space: Space, best: readonly Params[]): Description['parameters'] {
  return Object.fromEntries(
    space.searched.flatMap((parameter) => {
      const values = best.flatMap((params) => params[parameter.name] ?? [])
      return values.length === 0 ? [] : [[parameter.name, described(parameter, values)]]
    }),
  )
}

/** The best one's value and the range of the others; of an unordered parameter, the share of each value. */
function described({ numeric, levels, level, toUnit }: Parameter, values: readonly Value[]): Described {
  if (numeric) {
    const sorted = [...values].sort((a, b) => toUnit(a) - toUnit(b))
    return { mean: values[0]!, low: sorted[0]!, high: sorted.at(-1)! }
  }
  const shares = Array.from({ length: levels }, (_, i) => {
    const count = values.filter((value) => value === level(i)).length
    return [String(level(i)), count / values.length] as const
  })
  return { probabilities: Object.fromEntries(shares) }
}
