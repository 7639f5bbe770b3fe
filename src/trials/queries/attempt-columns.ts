/** The columns of a study's attempts: who ran what, and when. */
import { ATTEMPT_STATES, FAILURES } from '../../domain/enums.js'
import type { Database } from '../../storage/database.js'
import { CategoryColumn, type Cell, type ColumnWriter, NumberColumn } from './column-writer.js'
import { type Columns, queryColumns } from './query-columns.js'

const OUTCOMES = ['complete', 'pruned', ...FAILURES]

export function attemptWriters(): ColumnWriter[] {
  const cells = (name: keyof typeof ATTEMPT) => (batch: Columns) => batch[name] as readonly Cell[]
  return [
    new NumberColumn('number', cells('number')),
    new NumberColumn('attempt', cells('attempt')),
    new CategoryColumn('worker', cells('worker')),
    new CategoryColumn('state', cells('state'), ATTEMPT_STATES),
    new CategoryColumn('outcome', cells('outcome'), OUTCOMES),
    new NumberColumn('leasedAt', cells('leasedAt'), 'time'),
    new NumberColumn('endedAt', cells('endedAt'), 'time'),
    new NumberColumn('trainSeconds', cells('trainSeconds')),
  ]
}

/** Only the attempt that told has the trial's outcome and its train seconds. */
const ATTEMPT = {
  number: 'a.number',
  attempt: 'a.attempt',
  worker: 'a.worker',
  state: 'a.state',
  outcome: `case when a.state = 'settled' then coalesce(t.failure, t.state) end`,
  leasedAt: `round(date_part('epoch', a.leased_at) * 1000)`,
  endedAt: `round(date_part('epoch', a.ended_at) * 1000)`,
  trainSeconds: `case when a.state = 'settled' then t.train_seconds end`,
}

/** Attempts by trial, after one of them: all, or those of trials that events after `since` and up to `upto` concern. */
export function readAttemptCells(
  database: Database,
  studyId: string,
  changed: { readonly since: number; readonly upto: number } | undefined,
  after: { readonly number: number; readonly attempt: number },
  limit: number,
): Promise<Columns> {
  const isLater = '(a.number, a.attempt) > ($2::int, $3::int)'
  const page = `${isLater} order by a.number, a.attempt limit $4`
  const from = [studyId, after.number, after.attempt, limit]
  if (changed === undefined)
    return queryColumns(
      database,
      ATTEMPT,
      (
        select,
      ) => `select ${select} from attempts a join trials t on t.study_id = a.study_id and t.number = a.number
        where a.study_id = $1 and ${page}`,
      from,
    )
  return queryColumns(
    database,
    ATTEMPT,
    (select) => `select ${select}
       from (select distinct number from events where study_id = $1 and seq > $5 and seq <= $6) e
      cross join lateral (select * from attempts where study_id = $1 and number = e.number offset 0) a
      cross join lateral (select * from trials where study_id = $1 and number = e.number offset 0) t
      where ${page}`,
    [...from, changed.since, changed.upto],
  )
}
