/**
 * `ask`: a worker gets its own open trials first, then queued ones, then trials that the optimizer or its advisor proposes, as far
 * as the budget allows.
 */
import { allowance, llmLimit } from '../../domain/budget.js'
import type { StudySpec } from '../../domain/spec.js'
import type { HeldStudy, OpenTrial } from '../../engine/held-study.js'
import type { StoredTrials } from '../../engine/store-turn.js'
import type { Command } from '../../engine/study-queue.js'
import type { TurnWrites } from '../../engine/writes.js'
import { iso, type TrialView, viewTrial } from '../queries/trial-view.js'
import { agentStudy, isAgentsTurn, owedRun, waitsForEnough } from './agent-turn.js'
import { queueConfirmations } from './confirm.js'
import { finishIfSpent } from './finish-study.js'
import { leaseTrial } from './lease-trial.js'
import type { NoTrialReason } from './no-trial-reason.js'
import { proposeNext } from './propose.js'

export interface Lease {
  readonly token: string
  readonly expiresAt: string
  /** A heartbeat is due once in so many seconds. */
  readonly heartbeatSeconds: number
}

export interface AskAnswer {
  readonly trials: (TrialView & { readonly lease: Lease })[]
  /** Why there are fewer trials than asked for. */
  readonly reason?: NoTrialReason
}

export function ask(worker: string, count: number): Command<AskAnswer> {
  return {
    isSlow: ({ search }) => search.optimizer.askIsSlow,
    ready: () => true,
    play: async (study, writes) => {
      const { numbers, reason } = await leaseTrials(study, writes, worker, count)
      return (saved) => ({
        trials: numbers.map((n) => leasedView(study, saved, n)),
        ...(reason && { reason }),
      })
    },
    playLocked: () => Promise.reject(new Error('an ask is always ready')),
  }
}

async function leaseTrials(study: HeldStudy, writes: TurnWrites, worker: string, count: number) {
  const own = openTrialsOf(study, worker, 'running').slice(0, count)
  writes.renewed.push(...own)
  const numbers = [...own]
  let advised = openTrialsOf(study, worker, 'proposing').length
  let reason: NoTrialReason | undefined
  while (numbers.length + advised < count && reason === undefined) {
    const next = await nextTrial(study, writes, worker)
    if ('code' in next) reason = next
    else if (next.state === 'proposing') advised++
    else numbers.push(next.number)
  }
  if (numbers.length < count) reason ??= whyAdvising(study, advised)
  else await askAhead(study, writes)
  return { numbers, reason }
}

/** While a slot runs what it was given, the next edit is written. */
async function askAhead(study: HeldStudy, writes: TurnWrites): Promise<void> {
  const agents = agentStudy(study)
  if (!agents?.agent.ahead || study.state !== 'active' || waitsForEnough(study, agents)) return
  if (!isAgentsTurn(study) || firstReadyTrial(study) !== undefined) return
  const allowed = allowance(study.spec.budget, study.counters, true)
  if (!allowed.may || llmLimit(study.spec.budget, study.counters, 1) !== null) return
  if ((await owedRun(study, agents)) === null) await proposeNext(study, writes, null, allowed.reserveSeconds)
}

/** A worker that restarted, or whose answer got lost, gets the same trials again. */
function openTrialsOf(study: HeldStudy, worker: string, state: OpenTrial['state']): number[] {
  const own: number[] = []
  for (const trial of study.open.values()) {
    if (trial.worker === worker && trial.state === state) own.push(trial.number)
  }
  return own
}

async function nextTrial(
  study: HeldStudy,
  writes: TurnWrites,
  worker: string,
): Promise<OpenTrial | NoTrialReason> {
  finishIfSpent(study, writes)
  if (study.state !== 'active') return whyNotActive(study, study.state)
  await queueConfirmations(study, writes)
  const queued = firstReadyTrial(study)
  const allowed = allowance(study.spec.budget, study.counters, queued === undefined)
  if (!allowed.may) return { code: 'budget_reserved', message: allowed.message }
  const trial = queued ?? (await proposeNext(study, writes, worker, allowed.reserveSeconds))
  if ('code' in trial || trial.state === 'proposing') return trial
  return study.open.get(leaseTrial(study, writes, trial, worker, allowed.reserveSeconds))!
}

function whyNotActive(study: HeldStudy, state: 'paused' | 'finished'): NoTrialReason {
  return { code: state, message: study.reason ?? `The study is ${state}` }
}

/** A paused study waits for no advice, so that is the reason to give. */
function whyAdvising(study: HeldStudy, advised: number): NoTrialReason {
  if (study.state === 'paused') return whyNotActive(study, study.state)
  return {
    code: 'advising',
    message: `A language model is asked about ${advised === 1 ? 'a trial' : `${advised} trials`}: ask again, or wait`,
  }
}

function firstReadyTrial(study: HeldStudy): OpenTrial | undefined {
  for (const trial of study.open.values()) if (trial.state === 'ready') return trial
  return undefined
}

/** Heartbeats are due five times as often as a lease would run out. */
export function heartbeatSeconds({ seconds }: StudySpec['lease']): number {
  return seconds / 5
}

function leasedView(study: HeldStudy, saved: StoredTrials, number: number): TrialView & { lease: Lease } {
  const row = saved.get(number)!
  const lease = {
    token: row.token!,
    expiresAt: iso(row.leaseExpiresAt!),
    heartbeatSeconds: heartbeatSeconds(study.spec.lease),
  }
  return { ...viewTrial(row), lease }
}
