/**
 * `return`: a worker gives a trial back that it cannot run, for a reason that is not the configuration's: a full disk, a missing
 * interpreter, a GPU that is gone. The trial is ready again, and the attempt does not count towards maxAttempts.
 */
import type { HeldStudy } from '../../engine/held-study.js'
import { moveStudy, moveTrial } from '../../engine/move.js'
import type { Command } from '../../engine/study-queue.js'
import type { TurnWrites } from '../../engine/writes.js'
import { Fault } from '../../faults.js'
import { NOW, type Sql } from '../../storage/database.js'
import { readTrial } from '../queries/read-trials.js'
import { type TrialView, viewTrial } from '../queries/trial-view.js'

/** `pause`: the study gets no trials until it is resumed, because nobody else runs it. */
export function returnTrial(
  number: number,
  token: string,
  { reason, pause }: { readonly reason: string; readonly pause: boolean },
): Command<TrialView> {
  return {
    overtakes: true,
    ready: () => false,
    play: () => {
      throw new Error('a trial is returned under the lock of its study')
    },
    playLocked: async (study, writes, tx) => {
      if (await markReturned(tx, study.id, number, token)) {
        recordReturn(study, writes, number, reason)
        if (pause && study.state === 'active') moveStudy(study, writes, 'pause', reason)
      } else await requireReturned(tx, study.id, number, token)
      const trial = viewTrial(await readTrial(tx, study.id, number))
      return () => trial
    },
  }
}

/** Resumes a study that is paused for this very reason; whoever paused it for another has the last word. */
export function resumeAfter(reason: string): Command<void> {
  return {
    ready: () => true,
    play: (study, writes) => {
      if (study.state === 'paused' && study.reason === reason) moveStudy(study, writes, 'resume', null)
      return () => {}
    },
    playLocked: () => Promise.reject(new Error('a resumption is always ready')),
  }
}

async function markReturned(tx: Sql, study: string, number: number, token: string): Promise<boolean> {
  const returned = await tx.query(
    `with returned as (
       update trials set state = 'ready', token = null, lease_expires_at = null, reserved_seconds = 0
        where study_id = $1 and number = $2 and state = 'running' and token = $3
       returning study_id, number, attempt),
     ended as (
       update attempts a set state = 'cancelled', ended_at = ${NOW} from returned r
        where a.study_id = r.study_id and a.number = r.number and a.attempt = r.attempt)
     select number from returned`,
    [study, number, token],
  )
  return returned.length > 0
}

function recordReturn(study: HeldStudy, writes: TurnWrites, number: number, reason: string): void {
  const trial = study.open.get(number)!
  const data = { attempt: trial.attempt, worker: trial.worker, reason }
  moveTrial(study, writes, { number, command: 'return', from: 'running', to: 'ready', data })
  const { counters } = study
  study.counters = { ...counters, reservedSeconds: counters.reservedSeconds - trial.reservedSeconds }
  study.open.set(number, { ...trial, state: 'ready', token: null, reservedSeconds: 0 })
}

/** Returning a trial twice is no fault. */
async function requireReturned(tx: Sql, study: string, number: number, token: string): Promise<void> {
  const trial = viewTrial(await readTrial(tx, study, number))
  const [attempt] = await tx.query<{ state: string }>(
    'select state from attempts where study_id = $1 and number = $2 and token = $3',
    [study, number, token],
  )
  if (attempt?.state === 'cancelled' && trial.state !== 'cancelled') return
  const message = `This token does not hold trial ${number}, which is ${trial.state}: ask for another`
  throw new Fault('lease_lost', message, { trial })
}
