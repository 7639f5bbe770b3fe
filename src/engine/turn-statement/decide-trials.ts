/** Gives trials that waited for advice their configuration, or cancels them. */
import { NOW } from '../../storage/database.js'
import { changesOf, type StatementPart } from './statement-part.js'

export const decideTrials: StatementPart = {
  name: 'decided',
  answers: 'true',
  items: ({ writes: { decided, leases } }) => {
    const leaseOf = changesOf(leases)
    return decided.map((trial) => ({ ...trial, ...leaseOf(trial) }))
  },
  sql: (list) => `decided as (
  update trials t set state = x.state, params = x.params, params_key = x.params_key, proposal = x.proposal, memo = x.memo,
         message = x.message, adviser = null, adviser_until = null, attempt = coalesce(x.attempt, 0), worker = x.worker, token = x.token,
         reserved_seconds = coalesce(x.reserved_seconds, 0), lease_expires_at = case when x.token is not null then guard.expires end,
         settled_at = case when x.state = 'cancelled' then ${NOW} end
    from guard, ${list} as x(study uuid, number int, state text, params json, params_key text, proposal json, memo json, message text,
                             attempt int, worker text, token uuid, reserved_seconds float8)
   where x.study = guard.id and t.study_id = guard.id and t.number = x.number and t.state = 'proposing'
  returning t.*)`,
}
