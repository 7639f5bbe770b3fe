/** The columns of a study's attempts: who ran what, and when. */
import { ATTEMPT_STATES, FAILURES } from '../../domain/enums.js'
import type { Database } from '../../storage/database.js'
import { CategoryColumn, type Cell, type ColumnWriter, NumberColumn } from './column-writer.js'
import { queryAsOneText } from './one-text.js'

export interface AttemptCells {
  readonly number: number
  readonly attempt: number
  readonly [more: string]: Cell
}

const OUTCOMES = ['complete', 'pruned', ...FAILURES]

export function attemptWriters(): ColumnWriter<AttemptCells>[] {
  const cell = (name: string) => (row: AttemptCells) => row[name]
  return [
    new NumberColumn('number', cell('number')),
    new NumberColumn('attempt', cell('attempt')),
    new CategoryColumn('worker', cell('worker')),
    new CategoryColumn('state', cell('state'), ATTEMPT_STATES),
    new CategoryColumn('outcome', cell('outcome'), OUTCOMES),
    new NumberColumn('leasedAt', cell('leasedAt'), 'time'),
    new NumberColumn('endedAt', cell('endedAt'), 'time'),
    new NumberColumn('trainSeconds', cell('trainSeconds')),
  ]
}

/** Only the attempt that told has the trial's outcome and its train seconds. */
const SELECT = `a.number, a.attempt, a.worker, a.state,
       case when a.state = 'settled' then coalesce(t.failure, t.state) end as outcome,
       round(date_part('epoch', a.leased_at) * 1000) as "leasedAt", round(date_part('epoch', a.ended_at) * 1000) as "endedAt",
       case when a.state = 'settled' then t.train_seconds end as "trainSeconds"`

/** Attempts by trial, after one of them: all, or those of trials that events after `since` and up to `upto` concern. */
export function readAttemptCells(
  database: Database,
  studyId: string,
  changed: { readonly since: number; readonly upto: number } | undefined,
  after: { readonly number: number; readonly attempt: number },
  limit: number,
): Promise<AttemptCells[]> {
  const isLater = '(a.number, a.attempt) > ($2::int, $3::int)'
  const page = `${isLater} order by a.number, a.attempt limit $4`
  const from = [studyId, after.number, after.attempt, limit]
  if (changed === undefined)
    return queryAsOneText(
      database,
      `select ${SELECT} from attempts a join trials t on t.study_id = a.study_id and t.number = a.number
        where a.study_id = $1 and ${page}`,
      from,
    )
  return queryAsOneText(
    database,
    `select ${SELECT}
       from (select distinct number from events where study_id = $1 and seq > $5 and seq <= $6) e
      cross join lateral (select * from attempts where study_id = $1 and number = e.number offset 0) a
      cross join lateral (select * from trials where study_id = $1 and number = e.number offset 0) t
      where ${page}`,
    [...from, changed.since, changed.upto],
  )
}
