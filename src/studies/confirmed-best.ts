/** What the best few are worth, run again: the mean and its interval in place of the lucky draw. */
import type { Database } from '../storage/database.js'
import { CONFIRM_SOURCE } from '../trials/commands/confirm.js'
import type { StudyRow } from './read-studies.js'

export interface ConfirmedBest {
  /** The trial that was run again, and what it had shown. */
  readonly number: number
  readonly observed: number
  readonly runs: number
  readonly mean: number | null
  /** Student's, at 95 %; null of fewer than two runs. */
  readonly low: number | null
  readonly high: number | null
}

/** Only a study that has confirmed anything is read for this; the others answer from their counters alone. */
export async function readConfirmed(database: Database, row: StudyRow): Promise<ConfirmedBest[] | undefined> {
  if (row.counters.sources[CONFIRM_SOURCE] === undefined) return undefined
  const found = await database.query<{ number: number; observed: number; values: number[] }>(
    `select o.number, o.value as observed, array_remove(array_agg(t.value order by t.number), null) as values
       from trials t join trials o on o.study_id = t.study_id and o.number = (t.proposal->>'confirms')::int
      where t.study_id = $1 and t.proposal->>'confirms' is not null and o.value is not null
      group by o.number, o.value`,
    [row.id],
  )
  const sign = row.spec.objective.direction === 'maximize' ? -1 : 1
  return found
    .map(({ number, observed, values }) => ({ number, observed, ...studentInterval(values) }))
    .sort((a, b) => sign * ((a.mean ?? Infinity) - (b.mean ?? Infinity)))
}

/** Student's t at 97.5 %, by degrees of freedom; beyond the table Abramowitz & Stegun (1964), eq. 26.7.5. */
const T = [Number.NaN, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]
const Z = 1.959964

export function studentQuantile(freedom: number): number {
  if (freedom < T.length) return T[freedom]!
  const first = (Z ** 3 + Z) / 4
  const second = (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / 96
  const third = (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / 384
  return Z + first / freedom + second / freedom ** 2 + third / freedom ** 3
}

function studentInterval(values: readonly number[]): Omit<ConfirmedBest, 'number' | 'observed'> {
  const runs = values.length
  if (runs === 0) return { runs, mean: null, low: null, high: null }
  const mean = values.reduce((sum, value) => sum + value, 0) / runs
  if (runs === 1) return { runs, mean, low: null, high: null }
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const reach = studentQuantile(runs - 1) * Math.sqrt(squares / (runs - 1) / runs)
  return { runs, mean, low: mean - reach, high: mean + reach }
}
