/**
 * The way of a trial begins here: a worker asks, and is given its own open trials first, then what is queued, then what
 * the optimizer proposes, as far as the budget goes.
 */
import { createHash, randomUUID } from 'node:crypto'
import { type Proposed, propose } from '../../optimizers/search.js'
import { type Params, paramsKey } from '../../search-spaces/index.js'
import { allowance } from '../model/budget.js'
import { born, moved } from '../model/counters.js'
import { finishIfSpent } from './finish.js'
import type { Live, OpenTrial } from './live.js'
import { log } from './log.js'
import type { Saved, Writes } from './save.js'
import type { Command } from './turn.js'
import { iso, type TrialView, viewTrial } from './view.js'

export interface Lease {
  readonly token: string
  readonly expiresAt: string
  /** How often a heartbeat is due. */
  readonly heartbeatSeconds: number
}

export type WhyNone = 'finished' | 'paused' | 'budget_reserved'

export interface Asked {
  readonly trials: (TrialView & { readonly lease: Lease })[]
  /** Where there are fewer than asked for: why. */
  readonly reason?: { readonly code: WhyNone; readonly message: string }
}

export function ask(worker: string, count: number): Command<Asked> {
  return {
    ready: () => true,
    play: (live, writes) => {
      const { numbers, reason } = give(live, writes, worker, count)
      return (saved) => ({ trials: numbers.map((n) => leased(live, saved, n)), ...(reason && { reason }) })
    },
    playLocked: () => Promise.reject(new Error('an ask is always ready')),
  }
}

function give(live: Live, writes: Writes, worker: string, count: number) {
  const own = ownOpen(live, worker, count)
  writes.renewed.push(...own)
  const numbers = [...own]
  let reason: Asked['reason']
  while (numbers.length < count && reason === undefined) {
    const next = nextTrial(live, writes, worker)
    if (typeof next === 'number') numbers.push(next)
    else reason = next
  }
  return { numbers, reason }
}

/** A worker that was restarted, or whose answer was lost on the way, gets the same trials again. */
function ownOpen(live: Live, worker: string, count: number): number[] {
  const own: number[] = []
  for (const trial of live.open.values()) {
    if (trial.worker === worker && trial.state === 'running' && own.length < count) own.push(trial.number)
  }
  return own
}

function nextTrial(live: Live, writes: Writes, worker: string): number | NonNullable<Asked['reason']> {
  finishIfSpent(live, writes)
  if (live.state !== 'active')
    return { code: live.state, message: live.reason ?? `The study is ${live.state}` }
  const queued = firstReady(live)
  const allowed = allowance(live.spec.budget, live.counters, queued === undefined)
  if (!allowed.may) return { code: 'budget_reserved', message: allowed.message }
  const trial = queued ?? proposeNext(live, writes)
  return lease(live, writes, trial, worker, allowed.reserveSeconds)
}

function firstReady(live: Live): OpenTrial | undefined {
  for (const trial of live.open.values()) if (trial.state === 'ready') return trial
  return undefined
}

function proposeNext(live: Live, writes: Writes): OpenTrial {
  const pending = [...live.open.values()].map((trial) => trial.params)
  const [proposed] = propose(live.search, { number: live.nextNumber, count: 1, pending })
  return bear(live, writes, withoutNumber(proposed!))
}

function withoutNumber({ number: _, ...rest }: Proposed): Omit<Proposed, 'number'> {
  return rest
}

/** A new trial, ready to be leased. Its repaired point is its point. */
export function bear(live: Live, writes: Writes, proposed: Omit<Proposed, 'number'>): OpenTrial {
  const { params, memo = null, ...proposal } = proposed
  const number = live.nextNumber++
  const key = keyOf(params)
  const first = live.known.get(key)
  if (first === undefined) live.known.set(key, number)
  const duplicate = first === undefined ? {} : { duplicateOf: first }
  writes.born.push({
    number,
    state: 'ready',
    params,
    params_key: key,
    proposal: { ...proposal, ...duplicate },
    memo,
  })
  count(live, proposed, first !== undefined)
  const trial: OpenTrial = {
    number,
    params,
    memo,
    source: proposed.source,
    state: 'ready',
    attempt: 0,
    worker: null,
    token: null,
    reservedSeconds: 0,
  }
  live.open.set(number, trial)
  return trial
}

function count(live: Live, proposed: Omit<Proposed, 'number'>, duplicate: boolean): void {
  const counters = moved(born(live.counters, proposed.source), null, 'ready')
  live.counters = {
    ...counters,
    budgeted: counters.budgeted + 1,
    duplicates: counters.duplicates + (duplicate ? 1 : 0),
    repaired: counters.repaired + (proposed.repairs.length > 0 ? 1 : 0),
    preflightRefusals: counters.preflightRefusals + proposed.refused,
  }
}

function lease(
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
  const fresh = writes.born.find((b) => b.number === number)
  if (fresh !== undefined) fresh.state = 'running'
  writes.leases.push({ number, attempt, worker, token, reserved_seconds: reservedSeconds })
  log(live, writes, 'leased', number, { worker, attempt, source: trial.source })
  return number
}

function leased(live: Live, saved: Saved, number: number): TrialView & { lease: Lease } {
  const row = saved.get(number)!
  const lease = {
    token: row.token!,
    expiresAt: iso(row.leaseExpiresAt!),
    heartbeatSeconds: live.spec.lease.seconds / 5,
  }
  return { ...viewTrial(row), lease }
}

/** Equal configurations have equal keys. */
export function keyOf(params: Params): string {
  return createHash('sha1').update(paramsKey(params)).digest('base64').slice(0, 20)
}
