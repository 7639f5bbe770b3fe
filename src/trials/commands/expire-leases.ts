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

interface LostRow {
  readonly number: number
  readonly attempt: number
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

/** The guard is `still running and still expired`: a heartbeat that came first keeps the lease. */
function markExpired(tx: Sql, study: HeldStudy): Promise<LostRow[]> {
  return tx.query<LostRow>(
    `with expired as (
       update trials set state = case when attempt < $2::int then 'ready' else 'failed' end,
              failure = case when attempt < $2::int then null else 'lost' end,
              settled_at = case when attempt < $2::int then null else ${NOW} end,
              message = case when attempt < $2::int then null else 'Every worker that held this trial fell silent' end,
              token = null, lease_expires_at = null, reserved_seconds = 0
        where study_id = $1 and state = 'running' and lease_expires_at < ${NOW}
       returning study_id, number, attempt),
     ended as (
       update attempts a set state = 'lost', ended_at = ${NOW} from expired e
        where a.study_id = e.study_id and a.number = e.number and a.attempt = e.attempt)
     select number, attempt from expired order by number`,
    [study.id, study.spec.lease.maxAttempts],
  )
}

function recordLost(study: HeldStudy, writes: TurnWrites, { number, attempt }: LostRow): void {
  const trial = study.open.get(number)!
  const again = attempt < study.spec.lease.maxAttempts
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
