/** Parameters that are active together: those that hang on the same conditions. */
import type { Parameter } from '../search-spaces/types.js'

/** The groups in the order in which they first occur; the parameters that are always active are one of them. */
export function groupedByCondition<T>(all: readonly T[], parameterOf: (one: T) => Parameter): T[][] {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const key = conditionOf(parameterOf(one))
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.values()]
}

function conditionOf({ when }: Parameter): string {
  return JSON.stringify(
    when.map(({ parent, values }) => [parent, values.map((v) => JSON.stringify(v)).sort()]),
  )
}
