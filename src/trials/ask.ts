/**
 * The way of a trial begins here: a worker asks, and is given its own open trials first, then what is queued, then what
 * the optimizer or its advisor proposes, as far as the budget goes.
 */
import { allowance } from '../model/budget.js'
import { queueConfirmations } from './confirm.js'
import { finishIfSpent } from './finish.js'
import { handOut } from './handout.js'
import type { Live, OpenTrial } from './live.js'
import { proposeNext } from './propose.js'
import type { Saved } from './save.js'
import type { Command } from './turn.js'
import { iso, type TrialView, viewTrial } from './view.js'
import type { Writes } from './writes.js'

export interface Lease {
  readonly token: string
  readonly expiresAt: string
  /** How often a heartbeat is due. */
  readonly heartbeatSeconds: number
}

/** `advising`: a trial is on its way, its advisor thinks. Ask again under the same name, and it is there. */
export const WHY_NONE = ['finished', 'paused', 'budget_reserved', 'advising'] as const

export interface WhyNone {
  readonly code: (typeof WHY_NONE)[number]
  readonly message: string
}

export interface Asked {
  readonly trials: (TrialView & { readonly lease: Lease })[]
  /** Where there are fewer than asked for: why. */
  readonly reason?: WhyNone
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
  const own = ownOpen(live, worker, 'running').slice(0, count)
  writes.renewed.push(...own)
  const numbers = [...own]
  let advised = ownOpen(live, worker, 'proposing').length
  let reason: WhyNone | undefined
  while (numbers.length + advised < count && reason === undefined) {
    const next = nextTrial(live, writes, worker)
    if ('code' in next) reason = next
    else if (next.state === 'proposing') advised++
    else numbers.push(next.number)
  }
  if (numbers.length < count) reason ??= whyAdvising(live, advised)
  return { numbers, reason }
}

/** A worker that was restarted, or whose answer was lost on the way, gets the same trials again. */
function ownOpen(live: Live, worker: string, state: OpenTrial['state']): number[] {
  const own: number[] = []
  for (const trial of live.open.values()) {
    if (trial.worker === worker && trial.state === state) own.push(trial.number)
  }
  return own
}

function nextTrial(live: Live, writes: Writes, worker: string): OpenTrial | WhyNone {
  finishIfSpent(live, writes)
  if (live.state !== 'active') return whyNotActive(live, live.state)
  queueConfirmations(live, writes)
  const queued = firstReady(live)
  const allowed = allowance(live.spec.budget, live.counters, queued === undefined)
  if (!allowed.may) return { code: 'budget_reserved', message: allowed.message }
  const trial = queued ?? proposeNext(live, writes, worker, allowed.reserveSeconds)
  if (trial.state === 'proposing') return trial
  return live.open.get(handOut(live, writes, trial, worker, allowed.reserveSeconds))!
}

function whyNotActive(live: Live, state: 'paused' | 'finished'): WhyNone {
  return { code: state, message: live.reason ?? `The study is ${state}` }
}

/** Advice that is on its way does not come while the study is paused. */
function whyAdvising(live: Live, advised: number): WhyNone {
  if (live.state === 'paused') return whyNotActive(live, live.state)
  return {
    code: 'advising',
    message: `The advisor thinks about ${advised === 1 ? 'a trial' : `${advised} trials`}: ask again, or wait`,
  }
}

function firstReady(live: Live): OpenTrial | undefined {
  for (const trial of live.open.values()) if (trial.state === 'ready') return trial
  return undefined
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
