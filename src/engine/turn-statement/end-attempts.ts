/** Stores how attempts ended. */
import { NOW } from '../../storage/database.js'
import type { StatementPart } from './statement-part.js'

export const endAttempts: StatementPart = {
  name: 'closed',
  items: ({ writes }) => writes.attemptEnds,
  sql: (list) => `closed as (
  update attempts t set state = x.state, told = x.told, ended_at = ${NOW}
    from guard, ${list} as x(study uuid, number int, attempt int, state text, told json)
   where x.study = guard.id and t.study_id = guard.id and t.number = x.number and t.attempt = x.attempt)`,
}
