/** A trial that is ready is leased to a worker: a new attempt, with a token of its own. */
import { randomUUID } from 'node:crypto'
import { moved } from '../model/counters.js'
import type { Live, OpenTrial } from './live.js'
import { log } from './log.js'
import type { Writes } from './writes.js'

export function handOut(
  live: Live,
  writes: Writes,
  trial: OpenTrial,
  worker: string,
  reservedSeconds: number,
): number {
  const { number } = trial
  const attempt = trial.attempt + 1
  const token = randomUUID()
  live.open.set(number, { ...trial, state: 'running', attempt, worker, token, reservedSeconds })
  const counters = moved(live.counters, 'ready', 'running')
  live.counters = { ...counters, reservedSeconds: counters.reservedSeconds + reservedSeconds }
  const fresh = [...writes.born, ...writes.advised].find((row) => row.number === number)
  if (fresh !== undefined) fresh.state = 'running'
  writes.leases.push({ number, attempt, worker, token, reserved_seconds: reservedSeconds })
  log(live, writes, 'leased', number, { worker, attempt, source: trial.source })
  return number
}
