/** What a language model is told about a trial that it is to advise on, and what its answer changes. */
import { describeSearch } from '../../../optimizers/search.js'
import { estimateNoise } from '../../advisors/advisor-history.js'
import { readAnswer } from '../../advisors/llm/answer.js'
import type { PromptContext } from '../../advisors/llm/prompt-sections.js'
import { type Fallback, NO_TOKENS, type Tokens } from '../../domain/advice.js'
import { advisorSource, type LlmSpec } from '../../domain/advisor.js'
import { llmLimit } from '../../domain/budget.js'
import { countCall, countTransition } from '../../domain/counters.js'
import type { CallOutcome } from '../../domain/enums.js'
import { logEvent } from '../../engine/event-log.js'
import type { HeldStudy, OpenTrial } from '../../engine/held-study.js'
import { readCommand } from '../../engine/read-command.js'
import type { Command } from '../../engine/study-queue.js'
import { changesTrial, type LlmCallRow, type TurnWrites } from '../../engine/writes.js'
import type { Sql } from '../../storage/database.js'
import { configurationKey, countDecided, rememberConfiguration, type TrialDraft } from './create-trial.js'
import { finishIfSpent } from './finish-study.js'
import { leaseTrial } from './lease-trial.js'
import { acceptSuggestion, checkSuggestion, keepOptimizersPoint } from './propose.js'
import { changeState } from './update-study.js'

/** What the advisor is told, and the limit, if any, that forbids asking it: it may have been reached while the trial waited. */
export interface Consultation {
  readonly context: PromptContext
  readonly limit: string | null
}

/** Null: the trial does not wait for advice any more. */
export function readConsultation(number: number): Command<Consultation | null> {
  return readCommand((study) => consultationOn(study, number))
}

export function consultationOn(study: HeldStudy, number: number): Consultation | null {
  const trial = study.open.get(number)
  if (trial?.state !== 'proposing' || study.state !== 'active') return null
  return {
    context: configurationContext(study, trial),
    limit: llmLimit(study.spec.budget, study.counters, 0),
  }
}

function configurationContext(study: HeldStudy, { number, params }: OpenTrial): PromptContext {
  return { ...promptContext(study, number), purpose: 'configuration', own: params }
}

/** The context that every question shares. */
export function promptContext(study: HeldStudy, number: number): Omit<PromptContext, 'purpose'> {
  const { spec, space, counters, history } = study
  return {
    spec,
    advisor: study.advisor as LlmSpec,
    space,
    number,
    description: describeSearch(study.search),
    counters,
    history,
    noise: spec.objective.noise ?? estimateNoise(history),
  }
}

/** A call as it went. The turn decides what its outcome is. */
export type ModelCall = Omit<
  LlmCallRow,
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
 * Takes in how one call went. It is recorded by the same statement that uses its answer: an answer that is stored is never
 * paid for again, and one that is used is stored. Answers whether the trial still waits for advice.
 */
export function receiveAdvice(number: number, call: ModelCall | null, verdict: Verdict): Command<boolean> {
  const isProposing = (study: HeldStudy) => study.open.get(number)?.state === 'proposing'
  return {
    ready: (study, writes) =>
      isProposing(study) && endsProposing(study, verdict) && !changesTrial(writes, number),
    play: (study, writes) => {
      const waits = applyAdvice(study, writes, study.open.get(number)!, call, verdict)
      return () => waits
    },
    playLocked: async (study, writes, tx) => {
      if (await isCallStored(tx, study, number, call)) {
        const waits = verdict.kind === 'again' && isProposing(study)
        return () => waits
      }
      if (isProposing(study)) {
        const waits = applyAdvice(study, writes, study.open.get(number)!, call, verdict)
        return () => waits
      }
      // Another server was quicker: the call was paid for all the same.
      if (call !== null) recordCall(study, writes, number, call, outcomeOf(verdict))
      return () => false
    },
  }
}

/** Where a verdict always decides its trial, a trial that is still proposing shows that the verdict was not stored before. */
function endsProposing({ advisor }: HeldStudy, verdict: Verdict): boolean {
  return verdict.kind !== 'again' && (advisor as LlmSpec).onFailure !== 'pause'
}

/** A call is delivered again when the database did not confirm that it was stored; it may be stored all the same. */
export async function isCallStored(
  tx: Sql,
  { id }: HeldStudy,
  number: number,
  call: ModelCall | null,
): Promise<boolean> {
  if (call === null) return false
  const stored = await tx.query(
    'select 1 from llm_calls where study_id = $1 and number = $2 and key = $3::uuid',
    [id, number, call.key],
  )
  return stored.length > 0
}

function applyAdvice(
  study: HeldStudy,
  writes: TurnWrites,
  trial: OpenTrial,
  call: ModelCall | null,
  verdict: Verdict,
): boolean {
  const asked: TrialDraft = { ...trial.proposal!, params: trial.params, memo: trial.memo ?? undefined }
  const heard = verdict.kind === 'said' ? readSuggestion(study, asked, verdict.text) : verdict
  const isTaken = !('kind' in heard)
  if (call !== null) recordCall(study, writes, trial.number, call, isTaken ? ANSWERED : outcomeOf(heard))
  if (isTaken) {
    decideTrial(study, writes, trial, acceptSuggestion(study, heard, false))
    return false
  }
  if (heard.kind === 'again') {
    const limit = llmLimit(study.spec.budget, study.counters, 0)
    if (limit === null) return true
    return applyFallback(study, writes, trial, asked, 'limit', limit)
  }
  return applyFallback(study, writes, trial, asked, heard.reason, heard.message)
}

export type FailedVerdict = Extract<Verdict, { kind: 'failed' }>

export function failedVerdict(reason: FailedVerdict['reason'], message: string): FailedVerdict {
  return { kind: 'failed', reason, message }
}

/** What was suggested, with the optimizer's own values where it says nothing. */
function readSuggestion(study: HeldStudy, asked: TrialDraft, text: string): TrialDraft | FailedVerdict {
  const read = readAnswer(study.space, text)
  if (!read.ok) return failedVerdict(read.outcome, read.message)
  const { params, reasoning: note } = read
  const placed = checkSuggestion(study, asked, advisorSource(study.advisor!), { ...asked.params, ...params })
  if (!('params' in placed)) return failedVerdict(placed.reason, placed.message)
  const first = study.known.get(configurationKey(placed.params))
  if (first !== undefined) return failedVerdict('duplicate', `it is the configuration of trial ${first}`)
  return { ...placed, ...(note !== null && { note }) }
}

interface CallOutcomeNote {
  readonly outcome: CallOutcome
  readonly message: string | null
}

export const ANSWERED: CallOutcomeNote = { outcome: 'answered', message: null }

export function outcomeOf(verdict: Verdict): CallOutcomeNote {
  if (verdict.kind === 'said') return { outcome: 'answered', message: 'it came too late' }
  if (verdict.kind === 'again') return verdict
  return { outcome: verdict.reason as CallOutcome, message: verdict.message }
}

export function recordCall(
  study: HeldStudy,
  writes: TurnWrites,
  number: number,
  call: ModelCall,
  { outcome, message }: CallOutcomeNote,
): void {
  const { tokens = NO_TOKENS, ...rest } = call
  study.counters = countCall(study.counters, tokens, call.dollars)
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
  logEvent(study, writes, 'called', number, { model: call.model, outcome, dollars: call.dollars })
}

function applyFallback(
  study: HeldStudy,
  writes: TurnWrites,
  trial: OpenTrial,
  asked: TrialDraft,
  reason: Fallback,
  message: string,
): boolean {
  const { onFailure } = study.advisor as LlmSpec
  if (onFailure === 'pause' && reason !== 'limit') {
    // The trial goes on waiting: its advisor is asked again once the study is resumed.
    changeState(study, writes, 'paused', `No advice for trial ${trial.number}: ${reason}, ${message}`)
    return false
  }
  const own = keepOptimizersPoint(study, asked, reason, message)
  if (onFailure === 'skip' && reason !== 'limit') skipTrial(study, writes, trial, own)
  else decideTrial(study, writes, trial, own)
  return false
}

/** Decides the trial and leases it to the worker that waits for it; in a study that is not active it is queued. */
function decideTrial(study: HeldStudy, writes: TurnWrites, trial: OpenTrial, newborn: TrialDraft): void {
  const { params, memo = null, ...given } = newborn
  const { number, worker, reservedSeconds } = trial
  const key = configurationKey(params)
  const proposal = rememberConfiguration(study, number, key, given)
  countDecided(study, proposal)
  writes.decided.push({ number, state: 'ready', params, params_key: key, proposal, memo, message: null })
  endProposing(study, trial, 'ready')
  const { source } = proposal
  const ready = { ...trial, params, memo, source, state: 'ready', proposal: null, worker: null } as const
  study.open.set(number, { ...ready, reservedSeconds: 0 })
  logEvent(study, writes, 'advised', number, { source, ...(proposal.reason && { reason: proposal.reason }) })
  if (study.state === 'active') leaseTrial(study, writes, study.open.get(number)!, worker!, reservedSeconds)
}

/** Cancels the trial, whose place in the budget is spent. */
function skipTrial(study: HeldStudy, writes: TurnWrites, trial: OpenTrial, own: TrialDraft): void {
  const { params, memo = null, ...proposal } = own
  const { number } = trial
  countDecided(study, proposal)
  const message = `No advice: ${proposal.reason}, ${proposal.note}`
  const key = configurationKey(params)
  writes.decided.push({ number, state: 'cancelled', params, params_key: key, proposal, memo, message })
  endProposing(study, trial, 'cancelled')
  study.counters = { ...study.counters, skipped: study.counters.skipped + 1 }
  study.open.delete(number)
  logEvent(study, writes, 'cancelled', number, { reason: proposal.reason })
  finishIfSpent(study, writes)
}

function endProposing(study: HeldStudy, trial: OpenTrial, to: 'ready' | 'cancelled'): void {
  const counters = countTransition(study.counters, 'proposing', to)
  study.counters = { ...counters, reservedSeconds: counters.reservedSeconds - trial.reservedSeconds }
}
