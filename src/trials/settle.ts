/**
 * The way of a trial ends here: its worker tells what came of it. The same tell again is answered from what is stored;
 * a late one (its lease was lost) still counts, unless a newer attempt has spoken first.
 */
import { isDeepStrictEqual } from 'node:util'
import { isWithinNoise, noiseOf } from '../advisors/history.js'
import { earned } from '../advisors/share.js'
import type { Sql } from '../db/database.js'
import { Fault } from '../faults.js'
import { sourceOf } from '../model/advisor.js'
import { moved, settled, unlost } from '../model/counters.js'
import type { Foreseen } from '../model/forecast.js'
import { type Settlement, settlement, type Tell } from '../model/tell.js'
import { keyOf } from './birth.js'
import { CONFIRM } from './confirm.js'
import { finishIfSpent } from './finish.js'
import { type Live, type OpenTrial, signOf, tellSearch } from './live.js'
import { log } from './log.js'
import { readTrial } from './read.js'
import type { Saved } from './save.js'
import type { Answer, Command } from './turn.js'
import { type TrialRow, type TrialView, viewTrial } from './view.js'
import { type End, touches, type Writes } from './writes.js'

/** `foreseen`: of a trial that was stopped, what its reports say of its end. It is stored, and so the same in every replay. */
export function tell(number: number, token: string, told: Tell, foreseen?: Foreseen): Command<TrialView> {
  const end = settlementOf(told)
  return {
    ready: (live, writes) => live.open.get(number)?.token === token && !touches(writes, number),
    play: (live, writes) => {
      const trial = live.open.get(number)!
      close(live, writes, trial, trial.attempt, told, end, foreseen)
      return stored(number)
    },
    playLocked: async (live, writes, tx) => {
      const { trial, attempt } = await find(tx, live, number, token)
      if (attempt.state === 'settled') return again(trial, attempt.told, told)
      refuseUnlessLost(trial, attempt)
      const open = live.open.get(number)
      if (open?.state === 'running') supersede(writes, open)
      close(live, writes, open ?? givenUp(trial), attempt.attempt, told, end, foreseen)
      return stored(number)
    },
  }
}

/** Settles a trial by the word of one of its attempts. */
function close(
  live: Live,
  writes: Writes,
  trial: OpenTrial,
  attempt: number,
  told: Tell,
  end: Settlement,
  foreseen?: Foreseen,
): void {
  writes.attemptEnds.push({ number: trial.number, attempt, state: 'settled', told })
  const seen = end.state === 'pruned' ? foreseen : undefined
  writes.ends.push(endRow(trial.number, attempt, told, end, seen))
  const from = live.open.has(trial.number) ? (trial.state as 'ready' | 'running') : 'failed'
  enter(live, writes, trial, from, told, end, told.trainSeconds, seen)
  live.open.delete(trial.number)
  finishIfSpent(live, writes)
}

/** What a settled trial changes in its study: counters, log, incumbent, and what the search knows. */
export function enter(
  live: Live,
  writes: Writes,
  trial: OpenTrial,
  from: 'ready' | 'running' | 'failed',
  told: Tell,
  end: Settlement,
  charge = told.trainSeconds ?? 0,
  foreseen?: Foreseen,
): void {
  const { number, source } = trial
  const before = from === 'failed' ? unlost(live.counters, source) : live.counters
  const counters = settled(moved(before, from, end.state), source, end.state, end.failure)
  live.counters = {
    ...counters,
    trainSeconds: counters.trainSeconds + charge,
    reservedSeconds: counters.reservedSeconds - (from === 'running' ? trial.reservedSeconds : 0),
    longestSeconds: Math.max(counters.longestSeconds, charge),
  }
  log(live, writes, 'settled', number, { state: end.state, failure: end.failure, value: end.value, source })
  tellSearch(live, {
    number,
    params: trial.params,
    key: keyOf(trial.params),
    source,
    memo: trial.memo,
    state: end.state,
    failure: end.failure as Exclude<Settlement['failure'], 'lost'>,
    value: end.value,
    peak_memory_mb: told.peakMemoryMb ?? null,
    foreseen: foreseen ?? null,
  })
  const won = end.state === 'complete' && crown(live, writes, trial, end.value!)
  credit(live, source, won)
}

/** A new best value makes a new incumbent. Answers whether it is better by more than noise, as far as that is known. */
function crown(live: Live, writes: Writes, { number, source }: OpenTrial, value: number): boolean {
  const sign = signOf(live)
  const { best } = live
  if (source === CONFIRM || (best !== null && sign * value >= sign * best.value)) return false
  const noise = live.spec.objective.noise ?? noiseOf(live.history)
  const withinNoise = best === null ? null : isWithinNoise(value - best.value, noise)
  live.best = { number, value }
  const { states, trainSeconds } = live.counters
  log(live, writes, 'incumbent', number, {
    value,
    source,
    ...(withinNoise !== null && { withinNoise }),
  })
  writes.incumbents.push({
    seq: live.seq,
    number,
    value,
    source,
    within_noise: withinNoise,
    settled: states.complete + states.failed + states.pruned,
    train_seconds: trainSeconds,
  })
  return withinNoise !== true
}

/** What an adaptive share goes by. */
function credit(live: Live, source: string, won: boolean): void {
  const { advisor, counters } = live
  const side =
    advisor === null
      ? undefined
      : source === sourceOf(advisor)
        ? 'advisor'
        : source === live.search.optimizer.kind
          ? 'optimizer'
          : undefined
  if (side === undefined) return
  const { advice } = counters
  live.counters = { ...counters, advice: { ...advice, share: earned(advice.share, side, won) } }
}

/** The row of an end; without measurements where nobody measured. */
export function endRow(
  number: number,
  attempt: number,
  told: Partial<Tell>,
  end: Pick<End, 'state' | 'failure' | 'value' | 'message'>,
  foreseen?: Foreseen,
): End {
  return {
    number,
    attempt,
    ...end,
    metrics: told.metrics ?? null,
    train_seconds: told.trainSeconds ?? null,
    peak_memory_mb: told.peakMemoryMb ?? null,
    tokens_per_second: told.tokensPerSecond ?? null,
    ...(foreseen && { foreseen }),
  }
}

export function settlementOf(told: Tell): Settlement {
  const end = settlement(told)
  if (!('missing' in end)) return end
  const message =
    'a complete trial has a value: a number, or "NaN", "Infinity", "-Infinity" where it diverged'
  throw new Fault('invalid_request', message, { errors: [{ path: 'value', message }] })
}

interface AttemptRow {
  readonly attempt: number
  readonly state: string
  readonly told: unknown
}

async function find(tx: Sql, live: Live, number: number, token: string) {
  const trial = await readTrial(tx, live.id, number)
  const [attempt] = await tx.query<AttemptRow>(
    'select attempt, state, told from attempts where study_id = $1 and number = $2 and token = $3',
    [live.id, number, token],
  )
  if (attempt === undefined) {
    throw new Fault(
      'lease_lost',
      `No attempt of trial ${number} has this token: ask for a trial of your own`,
      {
        trial: viewTrial(trial),
      },
    )
  }
  return { trial, attempt }
}

function again(trial: TrialRow, stored: unknown, told: Tell): Answer<TrialView> {
  if (isDeepStrictEqual(stored, JSON.parse(JSON.stringify(told)))) return () => viewTrial(trial)
  throw new Fault(
    'already_told',
    `Trial ${trial.number} was told something else before; what is stored stays`,
    {
      trial: viewTrial(trial),
    },
  )
}

/** Only a lease that ran out may still speak, and only while nobody else has. */
function refuseUnlessLost(trial: TrialRow, attempt: AttemptRow): void {
  const undecided = trial.state === 'ready' || trial.state === 'running' || trial.failure === 'lost'
  if (attempt.state === 'lost' && undecided) return
  const why = trial.state === 'cancelled' ? 'was cancelled' : `was settled by attempt ${trial.attempt}`
  throw new Fault('lease_lost', `Trial ${trial.number} ${why}: this tell is not stored`, {
    trial: viewTrial(trial),
  })
}

function supersede(writes: Writes, open: OpenTrial): void {
  writes.attemptEnds.push({ number: open.number, attempt: open.attempt, state: 'superseded', told: null })
}

/** A trial that was given up as lost, as it was when it ran. */
function givenUp(trial: TrialRow): OpenTrial {
  return {
    number: trial.number,
    params: trial.params as OpenTrial['params'],
    memo: trial.memo as OpenTrial['memo'],
    source: trial.proposal.source,
    state: 'running',
    proposal: null,
    attempt: trial.attempt,
    worker: trial.worker,
    token: null,
    reservedSeconds: 0,
  }
}

function stored(number: number): Answer<TrialView> {
  return (saved: Saved) => viewTrial(saved.get(number)!)
}
