/** Stores how trials ended: told by a worker, or cancelled. */
import { NOW } from '../../storage/database.js'
import { END_COLUMNS, type StatementPart, without } from './statement-part.js'

export const endTrials: StatementPart = {
  name: 'ended',
  answers: 'true',
  items: ({ writes: { created, ends } }) => without(ends, created),
  sql: (list) => `ended as (
  update trials t set state = x.state, failure = x.failure, value = x.value, metrics = x.metrics, message = x.message,
         train_seconds = x.train_seconds, peak_memory_mb = x.peak_memory_mb, tokens_per_second = x.tokens_per_second,
         foreseen = x.foreseen, attempt = x.attempt, token = null, lease_expires_at = null, adviser = null, adviser_until = null,
         reserved_seconds = 0, settled_at = ${NOW}
    from guard, ${list} as x(study uuid, number int, attempt int, state text, ${END_COLUMNS})
   where x.study = guard.id and t.study_id = guard.id and t.number = x.number
   and t.state in ('proposing', 'ready', 'running', 'failed') and (t.state <> 'failed' or t.failure = 'lost')
  returning t.*)`,
}
