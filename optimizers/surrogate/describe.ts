/** What any model-based optimizer says of a search: the parameters of the best configurations, and the state of it. */
import type { Parameter, Params, Space, Value } from '../../search-spaces/types.js'
import type { Description } from '../contract.js'
import { paramsAt } from './encoding.js'
import type { History } from './history.js'
import { isStarting } from './starting-design.js'

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

/** The configurations of the best tenth. `ranked` are places among those that succeeded, best first. */
export function bestTenth({ encoding, succeeded, points }: History, ranked: readonly number[]): Params[] {
  const best = ranked.slice(0, Math.ceil(succeeded.length / 10))
  return best.map((i) => paramsAt(encoding, points[succeeded[i]!]!))
}

/** Whether the model is asked yet, and why not; `ofModel` are the sentences where it is. */
export function describeHistory(
  history: History,
  startup: number,
  ofModel: () => readonly string[],
): string[] {
  const { succeeded, results } = history
  const failures = results.filter(({ kind }) => kind === 'failed').length
  const beyond = results.length - succeeded.length - failures
  if (succeeded.length === 0 && failures > 0) {
    return [`all ${failures} trials failed: points fill the space until one gives a value`]
  }
  const said = isStarting(history, startup)
    ? [`start-up: ${succeeded.length} of ${startup} trials have given a value, points fill the space`]
    : ofModel()
  const failed = `failed: ${failures} of ${results.length} trials, kept away from by a model of their own`
  const cliff = `beyond a cliff: ${beyond} of ${results.length} trials, whose values are so far off that they count as failed`
  return [...said, ...(failures > 0 ? [failed] : []), ...(beyond > 0 ? [cliff] : [])]
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
