/**
 * The repeated best configurations of a study: mean and interval, because the best observed value is biased by noise.
 */
import type { Database } from '../storage/database.js'
import { CONFIRM_SOURCE } from '../trials/commands/confirm.js'
import type { StudyRow } from './read-studies.js'

export interface ConfirmedBest {
  /** The trial whose configuration was repeated, and its value. */
  readonly number: number
  readonly observed: number
  readonly runs: number
  readonly mean: number | null
  /** Bounds of Student's 95 % interval; null with fewer than two runs. */
  readonly low: number | null
  readonly high: number | null
}

/** Undefined without a query where the counters show no repeats. */
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

/** The 97.5 % quantile of Student's t by degrees of freedom, and of the normal distribution. */
const T = [Number.NaN, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]
const Z = 1.959964

/** Beyond the table it uses the expansion of Abramowitz & Stegun (1964), eq. 26.7.5. */
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
