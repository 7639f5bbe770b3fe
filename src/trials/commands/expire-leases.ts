/**
 * Expires leases, by the database's clock. The attempt is lost; its trial is queued again, or given up once maxAttempts are lost.
 * Several servers may look at the same time: the guard in the statement decides. A server that stood still for longer than a
 * heartbeat interval of the study expires nothing of it for one such interval: the heartbeats that were sent to it meanwhile come
 * first.
 */

import { countOutcome } from '../../domain/counters.js'
import type { HeldStudy } from '../../engine/held-study.js'
import { moveTrial } from '../../engine/move.js'
import type { Command, StudyQueues } from '../../engine/study-queue.js'
import type { TurnWrites } from '../../engine/writes.js'
import { type Database, NOW, type Sql } from '../../storage/database.js'
import type { StallWatch } from '../stall-watch.js'
import { heartbeatSeconds } from './ask.js'
import { finishIfSpent, finishStudy } from './finish-study.js'

export async function expireLeases(
  database: Database,
  queues: StudyQueues,
  stalls?: StallWatch,
): Promise<number> {
  await shortenLeases(database)
  const [expired, overdue] = await Promise.all([
    database.query<{ study_id: string }>(
      `select distinct study_id from trials where state = 'running' and lease_expires_at < now()`,
    ),
    database.query<{ id: string }>(
      `select id from studies where state = 'active' and (spec->'budget'->>'wallSeconds') is not null
          and created_at + make_interval(secs => (spec->'budget'->>'wallSeconds')::float8) < now()`,
    ),
  ])
  const lost = await Promise.all(expired.map(({ study_id }) => queues.run(study_id, expireCommand(stalls))))
  await Promise.all(overdue.map(({ id }) => queues.run(id, finishOverdue)))
  return lost.reduce((sum, n) => sum + n, 0)
}

/**
 * A lease that was given before the clock was set back would last longer by as much: it ends no later than one that is
 * given now. A second more, because a clock is also set back by small amounts.
 */
async function shortenLeases(database: Database): Promise<void> {
  await database.query(
    `update trials t set lease_expires_at = now() + make_interval(secs => (s.spec->'lease'->>'seconds')::float8)
       from studies s
      where t.state = 'running' and s.id = t.study_id
        and t.lease_expires_at > now() + make_interval(secs => 1 + (s.spec->'lease'->>'seconds')::float8)`,
  )
}

interface LostRow {
  readonly number: number
  readonly attempt: number
  /** Whether another attempt may begin. */
  readonly again: boolean
}

function expireCommand(stalls: StallWatch | undefined): Command<number> {
  return {
    ready: () => false,
    play: () => {
      throw new Error('leases expire under the lock of their study')
    },
    playLocked: async (study, writes, tx) => {
      // Asked last of all before the statement is sent, since the process may have stood still since the query above.
      if (stalls?.mayMissHeartbeats(heartbeatSeconds(study.spec.lease))) return () => 0
      const lost = await markExpired(tx, study)
      for (const row of lost) recordLost(study, writes, row)
      finishIfSpent(study, writes)
      return () => lost.length
    },
  }
}

/**
 * The guard is `still running and still expired`: a heartbeat that came first keeps the lease. Only lost attempts count towards
 * maxAttempts, not those that their workers returned.
 */
function markExpired(tx: Sql, study: HeldStudy): Promise<LostRow[]> {
  return tx.query<LostRow>(
    `with expired as (
       update trials t set state = case when may_run then 'ready' else 'failed' end,
              failure = case when may_run then null else 'lost' end,
              settled_at = case when may_run then null else ${NOW} end,
              message = case when may_run then null else 'Every worker that held this trial fell silent' end,
              token = null, lease_expires_at = null, reserved_seconds = 0
         from (select r.study_id, r.number, 1 + count(a.attempt) < $2::int as may_run
                 from trials r left join attempts a on a.study_id = r.study_id and a.number = r.number and a.state = 'lost'
                where r.study_id = $1 and r.state = 'running' and r.lease_expires_at < ${NOW}
                group by r.study_id, r.number) x
        where t.study_id = x.study_id and t.number = x.number and t.state = 'running' and t.lease_expires_at < ${NOW}
       returning t.study_id, t.number, t.attempt, x.may_run),
     ended as (
       update attempts a set state = 'lost', ended_at = ${NOW} from expired e
        where a.study_id = e.study_id and a.number = e.number and a.attempt = e.attempt)
     select number, attempt, may_run as again from expired order by number`,
    [study.id, study.spec.lease.maxAttempts],
  )
}

function recordLost(study: HeldStudy, writes: TurnWrites, { number, attempt, again }: LostRow): void {
  const trial = study.open.get(number)!
  const data = { attempt, worker: trial.worker }
  const move = again
    ? { command: 'requeue' as const, to: 'ready' as const }
    : { command: 'give up' as const, to: 'failed' as const }
  moveTrial(study, writes, { number, from: 'running', ...move, data })
  const { counters } = study
  study.counters = {
    ...(again ? counters : countOutcome(counters, trial.source, 'failed', 'lost')),
    lostAttempts: counters.lostAttempts + 1,
    reservedSeconds: counters.reservedSeconds - trial.reservedSeconds,
  }
  if (again) study.open.set(number, { ...trial, state: 'ready', token: null, reservedSeconds: 0 })
  else study.open.delete(number)
}

const finishOverdue: Command<void> = {
  ready: () => true,
  play: (study, writes) => {
    const { wallSeconds } = study.spec.budget
    if (study.state === 'active')
      finishStudy(study, writes, `The ${wallSeconds} wall seconds of the budget are over`)
    return () => {}
  },
  playLocked: () => Promise.reject(new Error('an ending is always ready')),
}
