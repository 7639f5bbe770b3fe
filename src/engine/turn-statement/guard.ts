/**
 * Moves a study from the event at which its turn began to the event at which the turn ended. Where another server has changed the
 * study meanwhile, no row matches, and every other part of the statement stores nothing for that study.
 */
import { estimateNoise } from '../../advisors/advisor-history.js'
import { NOW } from '../../storage/database.js'
import type { PlayedTurn } from '../writes.js'

export const guard = { row: guardRow, sql: guardSql }

function guardRow({ study, from }: PlayedTurn) {
  return {
    id: study.id,
    was: from,
    state: study.state,
    reason: study.reason,
    seq: study.seq,
    next_number: study.nextNumber,
    counters: study.counters,
    best_number: study.best?.number ?? null,
    best_value: study.best?.value ?? null,
    noise: estimateNoise(study.history),
    lease_seconds: study.spec.lease.seconds,
  }
}

function guardSql(list: string): string {
  return `guard as (
  update studies s set state = x.state, reason = x.reason, seq = x.seq, next_number = x.next_number, counters = x.counters,
         best_number = x.best_number, best_value = x.best_value, noise = x.noise, updated_at = ${NOW}
    from ${list} as x(id uuid, was int, state text, reason text, seq int, next_number int, counters json,
                      best_number int, best_value float8, noise float8, lease_seconds float8)
   where s.id = x.id and s.seq = x.was
  returning s.id, ${NOW} + make_interval(secs => x.lease_seconds) as expires)`
}
