/** The turns of a trial whose advisor thinks between them: what it is told, and what came of a call. */
import { noiseOf } from '../advisors/history.js'
import { readAnswer } from '../advisors/llm/answer.js'
import type { Brief } from '../advisors/llm/brief.js'
import { type Fallback, NO_TOKENS, type Tokens } from '../model/advice.js'
import { type LlmSpec, sourceOf } from '../model/advisor.js'
import { llmLimit } from '../model/budget.js'
import { moved, paid } from '../model/counters.js'
import type { CallOutcome } from '../model/words.js'
import { countIn, keyOf, known, type Newborn } from './birth.js'
import { finishIfSpent } from './finish.js'
import { handOut } from './handout.js'
import { lookAt } from './inspect.js'
import type { Live, OpenTrial } from './live.js'
import { log } from './log.js'
import { inAdvisorsPlace, taken, without } from './propose.js'
import { turnTo } from './steer.js'
import type { Command } from './turn.js'
import { type CallMade, touches, type Writes } from './writes.js'

/** What its advisor is told, and what stands against asking it: a trial that has waited may find a limit reached. */
export interface Consultation {
  readonly brief: Brief
  readonly limit: string | null
}

/** Null: the trial does not wait for advice any more. */
export function consult(number: number): Command<Consultation | null> {
  return lookAt((live) => consultationOn(live, number))
}

export function consultationOn(live: Live, number: number): Consultation | null {
  const trial = live.open.get(number)
  if (trial?.state !== 'proposing' || live.state !== 'active') return null
  return { brief: briefOf(live, trial), limit: llmLimit(live.spec.budget, live.counters, 0) }
}

function briefOf(live: Live, { number, params }: OpenTrial): Brief {
  return { ...briefOn(live, number), purpose: 'configuration', own: params }
}

/** What any question is asked with. */
export function briefOn(live: Live, number: number): Omit<Brief, 'purpose'> {
  const { spec, space, counters, history } = live
  return {
    spec,
    advisor: live.advisor as LlmSpec,
    space,
    number,
    description: live.search.describe(),
    counters,
    history,
    noise: spec.objective.noise ?? noiseOf(history),
  }
}

/** A call as it went; what is made of its answer is for the turn to say. */
export type Call = Omit<
  CallMade,
  | 'number'
  | 'outcome'
  | 'message'
  | 'input_tokens'
  | 'cache_read_tokens'
  | 'cache_write_tokens'
  | 'output_tokens'
> & { readonly tokens: Tokens }

export type Verdict =
  | { readonly kind: 'said'; readonly text: string }
  /** It is to be tried again, as far as the limits go. */
  | { readonly kind: 'again'; readonly outcome: Exclude<CallOutcome, 'answered'>; readonly message: string }
  | { readonly kind: 'failed'; readonly reason: Exclude<Fallback, 'nothing_known'>; readonly message: string }

/**
 * One call went so. It is recorded by the same statement that uses its answer: an answer that is stored is never paid for
 * again, and one that is used is stored. Says whether the trial still waits for advice.
 */
export function called(number: number, call: Call | null, verdict: Verdict): Command<boolean> {
  return {
    ready: (live, writes) => live.open.get(number)?.state === 'proposing' && !touches(writes, number),
    play: (live, writes) => {
      const waits = hear(live, writes, live.open.get(number)!, call, verdict)
      return () => waits
    },
    /** Somebody else was quicker: the call was paid for all the same. */
    playLocked: async (live, writes) => {
      if (call !== null) record(live, writes, number, call, outcomeOf(verdict))
      return () => false
    },
  }
}

function hear(live: Live, writes: Writes, trial: OpenTrial, call: Call | null, verdict: Verdict): boolean {
  const asked: Newborn = { ...trial.proposal!, params: trial.params, memo: trial.memo ?? undefined }
  const heard = verdict.kind === 'said' ? judged(live, asked, verdict.text) : verdict
  const isTaken = !('kind' in heard)
  if (call !== null) record(live, writes, trial.number, call, isTaken ? ANSWERED : outcomeOf(heard))
  if (isTaken) {
    decide(live, writes, trial, taken(live, heard, false))
    return false
  }
  if (heard.kind === 'again') {
    const limit = llmLimit(live.spec.budget, live.counters, 0)
    if (limit === null) return true
    return giveUp(live, writes, trial, asked, 'limit', limit)
  }
  return giveUp(live, writes, trial, asked, heard.reason, heard.message)
}

export type Failed = Extract<Verdict, { kind: 'failed' }>

export function failed(reason: Failed['reason'], message: string): Failed {
  return { kind: 'failed', reason, message }
}

/** What was suggested, with the optimizer's own values where it says nothing. */
function judged(live: Live, asked: Newborn, text: string): Newborn | Failed {
  const read = readAnswer(live.space, text)
  if (!read.ok) return failed(read.outcome, read.message)
  const { params, reasoning: note } = read
  const placed = inAdvisorsPlace(live, asked, sourceOf(live.advisor!), { ...asked.params, ...params })
  if (!('params' in placed)) return failed(placed.reason, placed.message)
  const first = live.known.get(keyOf(placed.params))
  if (first !== undefined) return failed('duplicate', `it is the configuration of trial ${first}`)
  return { ...placed, ...(note !== null && { note }) }
}

interface Outcome {
  readonly outcome: CallOutcome
  readonly message: string | null
}

export const ANSWERED: Outcome = { outcome: 'answered', message: null }

export function outcomeOf(verdict: Verdict): Outcome {
  if (verdict.kind === 'said') return { outcome: 'answered', message: 'it came too late' }
  if (verdict.kind === 'again') return verdict
  return { outcome: verdict.reason as CallOutcome, message: verdict.message }
}

export function record(
  live: Live,
  writes: Writes,
  number: number,
  call: Call,
  { outcome, message }: Outcome,
): void {
  const { tokens = NO_TOKENS, ...rest } = call
  live.counters = paid(live.counters, tokens, call.dollars)
  writes.calls.push({
    ...rest,
    number,
    outcome,
    message,
    input_tokens: tokens.input,
    cache_read_tokens: tokens.cacheRead,
    cache_write_tokens: tokens.cacheWrite,
    output_tokens: tokens.output,
  })
  log(live, writes, 'called', number, { model: call.model, outcome, dollars: call.dollars })
}

function giveUp(
  live: Live,
  writes: Writes,
  trial: OpenTrial,
  asked: Newborn,
  reason: Fallback,
  message: string,
): boolean {
  const { onFailure } = live.advisor as LlmSpec
  if (onFailure === 'pause' && reason !== 'limit') {
    // The trial waits on: it is the advisor's still, once somebody has seen to what is wrong.
    turnTo(live, writes, 'paused', `No advice for trial ${trial.number}: ${reason}, ${message}`)
    return false
  }
  const own = without(live, asked, reason, message)
  if (onFailure === 'skip' && reason !== 'limit') skip(live, writes, trial, own)
  else decide(live, writes, trial, own)
  return false
}

/** The trial is what it is now, and goes to the worker that waits for it; or to the queue, where the study does not go on. */
function decide(live: Live, writes: Writes, trial: OpenTrial, newborn: Newborn): void {
  const { params, memo = null, ...given } = newborn
  const { number, worker, reservedSeconds } = trial
  const key = keyOf(params)
  const proposal = known(live, number, key, given)
  countIn(live, proposal)
  writes.advised.push({ number, state: 'ready', params, params_key: key, proposal, memo, message: null })
  leaveProposing(live, trial, 'ready')
  const { source } = proposal
  const ready = { ...trial, params, memo, source, state: 'ready', proposal: null, worker: null } as const
  live.open.set(number, { ...ready, reservedSeconds: 0 })
  log(live, writes, 'advised', number, { source, ...(proposal.reason && { reason: proposal.reason }) })
  if (live.state === 'active') handOut(live, writes, live.open.get(number)!, worker!, reservedSeconds)
}

/** Nothing runs, and its place in the budget is spent. */
function skip(live: Live, writes: Writes, trial: OpenTrial, own: Newborn): void {
  const { params, memo = null, ...proposal } = own
  const { number } = trial
  countIn(live, proposal)
  const message = `No advice: ${proposal.reason}, ${proposal.note}`
  const key = keyOf(params)
  writes.advised.push({ number, state: 'cancelled', params, params_key: key, proposal, memo, message })
  leaveProposing(live, trial, 'cancelled')
  live.counters = { ...live.counters, skipped: live.counters.skipped + 1 }
  live.open.delete(number)
  log(live, writes, 'cancelled', number, { reason: proposal.reason })
  finishIfSpent(live, writes)
}

function leaveProposing(live: Live, trial: OpenTrial, to: 'ready' | 'cancelled'): void {
  const counters = moved(live.counters, 'proposing', to)
  live.counters = { ...counters, reservedSeconds: counters.reservedSeconds - trial.reservedSeconds }
}
