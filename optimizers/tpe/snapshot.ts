/** The history as JSON: its observations in order, from which everything else is computed again. */
import type { Json } from '../contract.js'
import type { Axis } from './axis.js'
import { appendObservation, emptyHistory, type History } from './history.js'

type Cell = number | null

interface Observations {
  /** One column per axis; null where a parameter was not active. */
  readonly columns: readonly (readonly Cell[])[]
  /** [value] if complete, [value, step] if pruned, [] if failed. */
  readonly results: readonly (readonly Cell[])[]
}

export function historyToJson({ count, columns, values, steps }: History): Json {
  const observations: Observations = {
    columns: columns.map((column) => Array.from(column.subarray(0, count), orNull)),
    results: Array.from({ length: count }, (_, row) => {
      if (Number.isNaN(steps[row]!)) return []
      return steps[row] === Infinity ? [values[row]!] : [orNull(values[row]!), steps[row]!]
    }),
  }
  return observations as unknown as Json
}

export function historyFromJson(axes: readonly Axis[], json: Json): History {
  const { columns, results } = json as unknown as Observations
  const history = emptyHistory(axes)
  for (const [row, [value, step]] of results.entries()) {
    const at = Float64Array.from(columns, (column) => column[row] ?? Number.NaN)
    const failed = value === undefined
    appendObservation(history, at, value ?? Number.NaN, failed ? Number.NaN : (step ?? Infinity))
  }
  return history
}

function orNull(value: number): Cell {
  return Number.isNaN(value) ? null : value
}
