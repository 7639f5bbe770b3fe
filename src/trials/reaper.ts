/**
 * Looks for leases that ran out, by the clock of the database: their attempts are lost, and their trials go back to the
 * queue, or are given up after maxAttempts. Any number of servers may look at once: the statement decides.
 */
import { type Database, NOW, type Sql } from '../db/database.js'
import { moved, settled } from '../model/counters.js'
import { finish, finishIfSpent } from './finish.js'
import type { Live } from './live.js'
import { log } from './log.js'
import type { Command, Turns } from './turn.js'
import type { Writes } from './writes.js'

export async function reap(database: Database, turns: Turns): Promise<number> {
  const [expired, overdue] = await Promise.all([
    database.query<{ study_id: string }>(
      `select distinct study_id from trials where state = 'running' and lease_expires_at < now()`,
    ),
    database.query<{ id: string }>(
      `select id from studies where state = 'active' and (spec->'budget'->>'wallSeconds') is not null
          and created_at + make_interval(secs => (spec->'budget'->>'wallSeconds')::float8) < now()`,
    ),
  ])
  const lost = await Promise.all(expired.map(({ study_id }) => turns.take(study_id, loseExpired)))
  await Promise.all(overdue.map(({ id }) => turns.take(id, endOverdue)))
  return lost.reduce((sum, n) => sum + n, 0)
}

interface LostRow {
  readonly number: number
  readonly attempt: number
}

const loseExpired: Command<number> = {
  ready: () => false,
  play: () => {
    throw new Error('leases are taken under the lock')
  },
  playLocked: async (live, writes, tx) => {
    const lost = await takeExpired(tx, live)
    for (const row of lost) lose(live, writes, row)
    finishIfSpent(live, writes)
    return () => lost.length
  },
}

/** The guard: still running, still expired. A heartbeat that came first has won. */
function takeExpired(tx: Sql, live: Live): Promise<LostRow[]> {
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
    [live.id, live.spec.lease.maxAttempts],
  )
}

function lose(live: Live, writes: Writes, { number, attempt }: LostRow): void {
  const trial = live.open.get(number)!
  const again = attempt < live.spec.lease.maxAttempts
  const counters = moved(live.counters, 'running', again ? 'ready' : 'failed')
  live.counters = {
    ...(again ? counters : settled(counters, trial.source, 'failed', 'lost')),
    lostAttempts: counters.lostAttempts + 1,
    reservedSeconds: counters.reservedSeconds - trial.reservedSeconds,
  }
  if (again)
    live.open.set(number, { ...trial, state: 'ready', worker: null, token: null, reservedSeconds: 0 })
  else live.open.delete(number)
  log(live, writes, again ? 'requeued' : 'lost', number, { attempt, worker: trial.worker })
}

const endOverdue: Command<void> = {
  ready: () => true,
  play: (live, writes) => {
    const { wallSeconds } = live.spec.budget
    if (live.state === 'active')
      finish(live, writes, `The ${wallSeconds} wall seconds of the budget are over`)
    return () => {}
  },
  playLocked: () => Promise.reject(new Error('an ending is always ready')),
}
