/** Gives trials that were ready to a worker. */
import { type StatementPart, without } from './statement-part.js'

export const leaseTrials: StatementPart = {
  name: 'leased',
  answers: 'true',
  items: ({ writes: { created, decided, leases } }) => without(leases, [...created, ...decided]),
  sql: (list) => `leased as (
  update trials t set state = 'running', attempt = x.attempt, worker = x.worker, token = x.token,
         reserved_seconds = x.reserved_seconds, lease_expires_at = guard.expires
    from guard, ${list} as x(study uuid, number int, attempt int, worker text, token uuid, reserved_seconds float8)
   where x.study = guard.id and t.study_id = guard.id and t.number = x.number and t.state = 'ready'
  returning t.*)`,
}
