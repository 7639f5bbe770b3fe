/** Appends the events of a turn to the log of its study. */
import type { StatementPart } from './statement-part.js'

export const appendEvents: StatementPart = {
  name: 'logged',
  answers: false,
  items: ({ writes }) => writes.events,
  sql: (list) => `logged as (
  insert into events (study_id, seq, kind, number, data)
  select guard.id, x.seq, x.kind, x.number, x.data
    from guard, ${list} as x(study uuid, seq int, kind text, number int, data json)
   where x.study = guard.id order by x.study, x.seq)`,
}
