/**
 * `tell`: the worker of a trial tells its outcome, and the trial ends. The same tell again is answered from what is stored. A
 * tell whose lease ran out still counts, unless a newer attempt has told first.
 */
import { isDeepStrictEqual } from 'node:util'
import { estimateNoise, isWithinNoise } from '../../advisors/advisor-history.js'
import { creditOutcome } from '../../advisors/advisor-share.js'
import { advisorSource } from '../../domain/advisor.js'
import { countOutcome, uncountLost } from '../../domain/counters.js'
import type { Foreseen } from '../../domain/forecast.js'
import { type Settlement, settlementOf, type Tell } from '../../domain/tell.js'
import { logEvent } from '../../engine/event-log.js'
import { directionSign, type HeldStudy, type OpenTrial } from '../../engine/held-study.js'
import { moveTrial } from '../../engine/move.js'
import { observeTrial } from '../../engine/replay-log.js'
import type { StoredTrials } from '../../engine/store-turn.js'
import type { Answer, Command } from '../../engine/study-queue.js'
import { changesTrial, type TurnWrites } from '../../engine/writes.js'
import { Fault } from '../../faults.js'
import type { Sql } from '../../storage/database.js'
import type { TrialRow } from '../../storage/trial-row.js'
import { readTrial } from '../queries/read-trials.js'
import { type TrialView, viewTrial } from '../queries/trial-view.js'
import { PAIRED_SOURCE } from './agent-turn.js'
import { CONFIRM_SOURCE } from './confirm.js'
import { configurationKey } from './create-trial.js'
import { endRow } from './end-row.js'
import { finishIfSpent } from './finish-study.js'

/** `foreseen`: the forecast of a pruned trial. It is stored with the trial, so a replay tells the search the same. */
export function tell(number: number, token: string, told: Tell, foreseen?: Foreseen): Command<TrialView> {
  const end = requireSettlement(told)
  return {
    overtakes: true,
    ready: (study, writes) => study.open.get(number)?.token === token && !changesTrial(writes, number),
    play: (study, writes) => {
      const trial = study.open.get(number)!
      settleTrial(study, writes, trial, trial.attempt, told, end, foreseen)
      return answerStored(number)
    },
    playLocked: async (study, writes, tx) => {
      const { trial, attempt } = await readAttempt(tx, study, number, token)
      if (attempt.state === 'settled') return answerAgain(trial, attempt.told, told)
      refuseUnlessLost(trial, attempt)
      const open = study.open.get(number)
      if (open?.state === 'running') supersede(writes, open)
      settleTrial(study, writes, open ?? asLostTrial(trial), attempt.attempt, told, end, foreseen)
      return answerStored(number)
    },
  }
}

/** Settles a trial by what one of its attempts told. */
function settleTrial(
  study: HeldStudy,
  writes: TurnWrites,
  trial: OpenTrial,
  attempt: number,
  told: Tell,
  end: Settlement,
  foreseen?: Foreseen,
): void {
  writes.attemptEnds.push({ number: trial.number, attempt, state: 'settled', told })
  const seen = end.state === 'pruned' ? foreseen : undefined
  writes.ends.push(endRow(trial.number, attempt, told, end, seen))
  const from = study.open.has(trial.number) ? (trial.state as 'ready' | 'running') : 'failed'
  const command = from === 'running' && attempt === trial.attempt ? 'tell' : 'tell late'
  recordOutcome(study, writes, trial, { command, from }, told, end, told.trainSeconds, seen)
  study.open.delete(trial.number)
  finishIfSpent(study, writes)
}

/** The command that ends a trial, and the state in which the trial was. */
interface OutcomeMove {
  readonly command: 'tell' | 'tell late' | 'import'
  readonly from: 'ready' | 'running' | 'failed' | 'none'
}

/** Changes everything that depends on a trial's outcome: counters, log, search, incumbent, and the advisor's adaptive share. */
export function recordOutcome(
  study: HeldStudy,
  writes: TurnWrites,
  trial: OpenTrial,
  { command, from }: OutcomeMove,
  told: Tell,
  end: Settlement,
  charge = told.trainSeconds ?? 0,
  foreseen?: Foreseen,
): void {
  const { number, source } = trial
  const before = from === 'failed' ? uncountLost(study.counters, source) : study.counters
  const counters = countOutcome(before, source, end.state, end.failure)
  study.counters = {
    ...counters,
    trainSeconds: counters.trainSeconds + charge,
    reservedSeconds: counters.reservedSeconds - (from === 'running' ? trial.reservedSeconds : 0),
    longestSeconds: Math.max(counters.longestSeconds, charge),
  }
  const data = { state: end.state, failure: end.failure, value: end.value, source }
  moveTrial(study, writes, { number, command, from, to: end.state, data })
  observeTrial(study, {
    number,
    params: trial.params,
    key: configurationKey(trial.params, trial.program),
    source,
    memo: trial.memo,
    state: end.state,
    failure: end.failure as Exclude<Settlement['failure'], 'lost'>,
    value: end.value,
    peak_memory_mb: told.peakMemoryMb ?? null,
    foreseen: foreseen ?? null,
    program: trial.program,
    message: trial.program === null ? null : (told.message ?? null),
  })
  const won = end.state === 'complete' && updateIncumbent(study, writes, trial, end.value!)
  creditShare(study, source, won)
}

/** Makes a trial with a new best value the incumbent. Answers whether it is better by more than the noise, as far as that is known. */
function updateIncumbent(
  study: HeldStudy,
  writes: TurnWrites,
  { number, source }: OpenTrial,
  value: number,
): boolean {
  const sign = directionSign(study)
  const { best } = study
  if (
    source === CONFIRM_SOURCE ||
    source === PAIRED_SOURCE ||
    (best !== null && sign * value >= sign * best.value)
  )
    return false
  const noise = study.spec.objective.noise ?? estimateNoise(study.history)
  const withinNoise = best === null ? null : isWithinNoise(value - best.value, noise)
  study.best = { number, value }
  const { states, trainSeconds } = study.counters
  logEvent(study, writes, 'incumbent', number, {
    value,
    source,
    ...(withinNoise !== null && { withinNoise }),
  })
  writes.incumbents.push({
    seq: study.seq,
    number,
    value,
    source,
    within_noise: withinNoise,
    settled: states.complete + states.failed + states.pruned,
    train_seconds: trainSeconds,
  })
  return withinNoise !== true
}

/** Credits the outcome to the advisor or the optimizer: an adaptive share moves to the side that wins more often. */
function creditShare(study: HeldStudy, source: string, won: boolean): void {
  const { advisor, counters } = study
  const side =
    advisor === null
      ? undefined
      : source === advisorSource(advisor)
        ? 'advisor'
        : source === study.search.optimizer.kind
          ? 'optimizer'
          : undefined
  if (side === undefined) return
  const { advice } = counters
  study.counters = { ...counters, advice: { ...advice, share: creditOutcome(advice.share, side, won) } }
}

export function requireSettlement(told: Tell): Settlement {
  const end = settlementOf(told)
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

async function readAttempt(tx: Sql, study: HeldStudy, number: number, token: string) {
  const trial = await readTrial(tx, study.id, number)
  const [attempt] = await tx.query<AttemptRow>(
    'select attempt, state, told from attempts where study_id = $1 and number = $2 and token = $3',
    [study.id, number, token],
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

function answerAgain(trial: TrialRow, stored: unknown, told: Tell): Answer<TrialView> {
  if (isDeepStrictEqual(stored, JSON.parse(JSON.stringify(told)))) return () => viewTrial(trial)
  throw new Fault(
    'already_told',
    `Trial ${trial.number} was told another outcome before: the stored one is kept`,
    {
      trial: viewTrial(trial),
    },
  )
}

/** A late tell counts only where its lease ran out, and only while no other attempt has told. */
function refuseUnlessLost(trial: TrialRow, attempt: AttemptRow): void {
  const undecided = trial.state === 'ready' || trial.state === 'running' || trial.failure === 'lost'
  if (attempt.state === 'lost' && undecided) return
  const why = trial.state === 'cancelled' ? 'was cancelled' : `was settled by attempt ${trial.attempt}`
  throw new Fault('lease_lost', `Trial ${trial.number} ${why}: this tell is not stored`, {
    trial: viewTrial(trial),
  })
}

function supersede(writes: TurnWrites, open: OpenTrial): void {
  writes.attemptEnds.push({ number: open.number, attempt: open.attempt, state: 'superseded', told: null })
}

/** A trial that was given up as lost, as an open trial again. */
function asLostTrial(trial: TrialRow): OpenTrial {
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
    program: (trial.proposal as { program?: OpenTrial['program'] }).program ?? null,
  }
}

function answerStored(number: number): Answer<TrialView> {
  return (saved: StoredTrials) => viewTrial(saved.get(number)!)
}
