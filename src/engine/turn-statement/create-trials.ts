/** Inserts the trials that a turn created: asked for, queued, or imported. */
import { NOW } from '../../storage/database.js'
import { ADVICE_CLAIM_SECONDS } from './advice-claim.js'
import { changesOf, END_COLUMNS, type StatementPart } from './statement-part.js'

export const createTrials: StatementPart = {
  name: 'created',
  answers: "state in ('proposing', 'ready', 'running')", // whoever imports a trial has all of it
  items: ({ writes: { created, leases, ends } }) => {
    const [leaseOf, endOf] = [changesOf(leases), changesOf(ends)]
    return created.map((trial) => ({ ...trial, ...leaseOf(trial), ...endOf(trial) }))
  },
  sql: (list) => `created as (
  insert into trials (study_id, number, state, params, params_key, proposal, import_key, memo, attempt, worker, token, reserved_seconds,
                      lease_expires_at, adviser_until, failure, value, metrics, message, train_seconds, peak_memory_mb, tokens_per_second, foreseen, settled_at)
  select guard.id, x.number, x.state, x.params, x.params_key, x.proposal, x.import_key, x.memo, coalesce(x.attempt, 0), x.worker, x.token,
         coalesce(x.reserved_seconds, 0), case when x.token is not null then guard.expires end,
         case when x.state = 'proposing' then ${NOW} + interval '${ADVICE_CLAIM_SECONDS} seconds' end, x.failure, x.value, x.metrics, x.message,
         x.train_seconds, x.peak_memory_mb, x.tokens_per_second, x.foreseen, case when x.state not in ('proposing', 'ready', 'running') then ${NOW} end
    from guard, ${list} as x(study uuid, number int, state text, params json, params_key text, proposal json, import_key text, memo json, attempt int,
                             worker text, token uuid, reserved_seconds float8, ${END_COLUMNS})
   where x.study = guard.id
  returning *)`,
}
