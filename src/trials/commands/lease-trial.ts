/** Leases a ready trial to a worker: a new attempt, with a token of its own. */
import { randomUUID } from 'node:crypto'
import type { HeldStudy, OpenTrial } from '../../engine/held-study.js'
import { moveTrial } from '../../engine/move.js'
import type { TurnWrites } from '../../engine/writes.js'

export function leaseTrial(
  study: HeldStudy,
  writes: TurnWrites,
  trial: OpenTrial,
  worker: string,
  reservedSeconds: number,
): number {
  const { number } = trial
  const attempt = trial.attempt + 1
  const token = randomUUID()
  study.open.set(number, { ...trial, state: 'running', attempt, worker, token, reservedSeconds })
  const { counters } = study
  study.counters = { ...counters, reservedSeconds: counters.reservedSeconds + reservedSeconds }
  const fresh = [...writes.created, ...writes.decided].find((row) => row.number === number)
  if (fresh !== undefined) fresh.state = 'running'
  writes.leases.push({ number, attempt, worker, token, reserved_seconds: reservedSeconds })
  const data = { worker, attempt, source: trial.source }
  moveTrial(study, writes, { number, command: 'lease', from: 'ready', to: 'running', data })
  return number
}
