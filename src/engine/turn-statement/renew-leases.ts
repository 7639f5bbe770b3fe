/** Renews the leases of trials that their worker asked for again. */
import type { StatementPart } from './statement-part.js'

export const renewLeases: StatementPart = {
  name: 'renewed',
  answers: 'true',
  items: ({ writes }) => writes.renewed.map((number) => ({ number })),
  sql: (list) => `renewed as (
  update trials t set lease_expires_at = guard.expires
    from guard, ${list} as x(study uuid, number int)
   where x.study = guard.id and t.study_id = guard.id and t.number = x.number and t.state = 'running'
  returning t.*)`,
}
