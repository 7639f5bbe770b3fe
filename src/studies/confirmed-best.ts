/**
 * The repeated best configurations of a study: mean and interval, because the best observed value is biased by noise.
 */
import { mean } from '../statistics/describe.js'
import { meanInterval } from '../statistics/student-t.js'
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

function studentInterval(values: readonly number[]): Omit<ConfirmedBest, 'number' | 'observed'> {
  const [low, high] = meanInterval(values) ?? [null, null]
  return { runs: values.length, mean: values.length > 0 ? mean(values) : null, low, high }
}
