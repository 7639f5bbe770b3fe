/** Inserts the incumbents that a turn found. */
import type { StatementPart } from './statement-part.js'

export const addIncumbents: StatementPart = {
  name: 'found',
  items: ({ writes }) => writes.incumbents,
  sql: (list) => `found as (
  insert into incumbents (study_id, seq, number, value, source, within_noise, settled, train_seconds)
  select guard.id, x.seq, x.number, x.value, x.source, x.within_noise, x.settled, x.train_seconds
    from guard, ${list} as x(study uuid, seq int, number int, value float8, source text, within_noise boolean, settled int,
                             train_seconds float8)
   where x.study = guard.id)`,
}
