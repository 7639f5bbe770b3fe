/** Inserts an attempt for each trial that a worker leased. */
import type { StatementPart } from './statement-part.js'

export const createAttempts: StatementPart = {
  name: 'tried',
  items: ({ writes }) => writes.leases,
  sql: (list) => `tried as (
  insert into attempts (study_id, number, attempt, worker, token)
  select guard.id, x.number, x.attempt, x.worker, x.token
    from guard, ${list} as x(study uuid, number int, attempt int, worker text, token uuid)
   where x.study = guard.id)`,
}
