/**
 * Expires leases, by the database's clock. The attempt is lost; its trial is queued again, or given up once maxAttempts are lost.
 * Several servers may look at the same time: the guard in the statement decides. A server that could hear nobody for longer than a
 * heartbeat interval of the study (stall-watch.ts) spares its leases for one such interval: the workers that live come first.
 */
import { wallSecondsOver } from '../../domain/budget.js'
import { countOutcome } from '../../domain/counters.js'
import type { HeldStudy } from '../../engine/held-study.js'
import { moveTrial } from '../../engine/move.js'
import type { Command, StudyQueues } from '../../engine/study-queue.js'
import type { TurnWrites } from '../../engine/writes.js'
import { type Database, NOW, type Sql } from '../../storage/database.js'
import type { StallWatch } from '../stall-watch.js'
import { heartbeatSeconds } from './ask.js'
import { finishIfSpent, finishStudy } from './finish-study.js'

/**
 * A lease that ran out longer ago is never spared. Each server spares leases after its own start, so servers that start again and
 * again only delay the end of a dead worker's lease.
 */
const LONGEST_SPARED_SECONDS = 86_400

export async function expireLeases(
  database: Database,
  queues: StudyQueues,
  stalls?: StallWatch,
): Promise<number> {
  const look = () => findOver(database)
  const [expired, overdue] = await (stalls?.untilAnswered(look) ?? look())
  const lost = await Promise.all(expired.map(({ study_id }) => queues.run(study_id, expireCommand(stalls))))
  await Promise.all(overdue.map(({ id }) => queues.run(id, finishOverdue)))
  return lost.reduce((sum, n) => sum + n, 0)
}

/** Studies with leases that have run out, and studies whose wall seconds are over. */
async function findOver(database: Database) {
  await shortenLeases(database)
  return Promise.all([
    database.query<{ study_id: string }>(
      `select distinct study_id from trials where state = 'running' and lease_expires_at < now()`,
    ),
    database.query<{ id: string }>(
      `select id from studies where state = 'active' and (spec->'budget'->>'wallSeconds') is not null
          and created_at + make_interval(secs => (spec->'budget'->>'wallSeconds')::float8) < now()`,
    ),
  ])
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
      const spares = stalls?.mayMissHeartbeats(heartbeatSeconds(study.spec.lease))
      const lost = await markExpired(tx, study, spares ? LONGEST_SPARED_SECONDS : 0)
      for (const row of lost) recordLost(study, writes, row)
      finishIfSpent(study, writes)
      return () => lost.length
    },
  }
}

/**
 * The guard is `still running and still expired`: a heartbeat that came first keeps the lease. Only lost attempts count towards
 * maxAttempts, not those that their workers returned. Leases that ran out less than `sparedSeconds` ago are left.
 */
function markExpired(tx: Sql, study: HeldStudy, sparedSeconds: number): Promise<LostRow[]> {
  return tx.query<LostRow>(
    `with expired as (
       update trials t set state = case when may_run then 'ready' else 'failed' end,
              failure = case when may_run then null else 'lost' end,
              settled_at = case when may_run then null else ${NOW} end,
              message = case when may_run then null else 'Every worker that held this trial fell silent' end,
              token = null, lease_expires_at = null, reserved_seconds = 0
         from (select r.study_id, r.number, 1 + count(a.attempt) < $2::int as may_run
                 from trials r left join attempts a on a.study_id = r.study_id and a.number = r.number and a.state = 'lost'
                where r.study_id = $1 and r.state = 'running'
                  and r.lease_expires_at < ${NOW} - make_interval(secs => $3::float8)
                group by r.study_id, r.number) x
        where t.study_id = x.study_id and t.number = x.number and t.state = 'running' and t.lease_expires_at < ${NOW}
       returning t.study_id, t.number, t.attempt, x.may_run),
     ended as (
       update attempts a set state = 'lost', ended_at = ${NOW} from expired e
        where a.study_id = e.study_id and a.number = e.number and a.attempt = e.attempt)
     select number, attempt, may_run as again from expired order by number`,
    [study.id, study.spec.lease.maxAttempts, sparedSeconds],
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
    if (study.state === 'active') finishStudy(study, writes, wallSecondsOver(study.spec.budget)!)
    return () => {}
  },
  playLocked: () => Promise.reject(new Error('an ending is always ready')),
}
