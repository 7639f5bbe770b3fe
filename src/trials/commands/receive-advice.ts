/** The turns of a trial whose advisor thinks between them: what it is told, and what came of a call. */
import { estimateNoise } from '../../advisors/advisor-history.js'
import { readAnswer } from '../../advisors/llm/answer.js'
import type { PromptContext } from '../../advisors/llm/prompt-sections.js'
import { type Fallback, NO_TOKENS, type Tokens } from '../../domain/advice.js'
import { advisorSource, type LlmSpec } from '../../domain/advisor.js'
import { llmLimit } from '../../domain/budget.js'
import { countCall } from '../../domain/counters.js'
import type { CallOutcome } from '../../domain/enums.js'
import { logEvent } from '../../engine/event-log.js'
import type { HeldStudy, OpenTrial } from '../../engine/held-study.js'
import { moveTrial } from '../../engine/move.js'
import { readCommand } from '../../engine/read-command.js'
import type { Command } from '../../engine/study-queue.js'
import { changesTrial, type LlmCallRow, type TurnWrites } from '../../engine/writes.js'
import type { Sql } from '../../storage/database.js'
import { configurationKey, countDecided, rememberConfiguration, type TrialDraft } from './create-trial.js'
import { finishIfSpent } from './finish-study.js'
import { leaseTrial } from './lease-trial.js'
import { acceptSuggestion, checkSuggestion, keepOptimizersPoint } from './propose.js'
import { changeState } from './update-study.js'

/** What its advisor is told, and what stands against asking it: a trial that has waited may find a limit reached. */
export interface Consultation {
  readonly context: PromptContext
  readonly limit: string | null
}

/** Null: the trial does not wait for advice any more. */
export function readConsultation(number: number): Command<Consultation | null> {
  return readCommand((study) => consultationOn(study, number))
}

export async function consultationOn(study: HeldStudy, number: number): Promise<Consultation | null> {
  const trial = study.open.get(number)
  if (trial?.state !== 'proposing' || study.state !== 'active') return null
  return {
    context: await configurationContext(study, trial),
    limit: llmLimit(study.spec.budget, study.counters, 0),
  }
}

async function configurationContext(study: HeldStudy, { number, params }: OpenTrial): Promise<PromptContext> {
  return { ...(await promptContext(study, number)), purpose: 'configuration', own: params }
}

/** What any question is asked with. */
export async function promptContext(
  study: HeldStudy,
  number: number,
): Promise<Omit<PromptContext, 'purpose'>> {
  const { spec, space, counters, history } = study
  return {
    spec,
    advisor: study.advisor as LlmSpec,
    space,
    number,
    description: await study.search.describe(),
    counters,
    history,
    noise: spec.objective.noise ?? estimateNoise(history),
  }
}

/** A call as it went; what is made of its answer is for the turn to say. */
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
    play: async (study, writes) => {
      const waits = await applyAdvice(study, writes, study.open.get(number)!, call, verdict)
      return () => waits
    },
    playLocked: async (study, writes, tx) => {
      if (await isCallStored(tx, study, number, call)) {
        const waits = verdict.kind === 'again' && isProposing(study)
        return () => waits
      }
      if (isProposing(study)) {
        const waits = await applyAdvice(study, writes, study.open.get(number)!, call, verdict)
        return () => waits
      }
      // Another server was quicker: the call was paid for all the same.
      if (call !== null) recordCall(study, writes, number, call, outcomeOf(verdict))
      return () => false
    },
  }
}

/** Only then does a trial that is still proposing show that this verdict has not been stored before. */
function endsProposing({ advisor }: HeldStudy, verdict: Verdict): boolean {
  return verdict.kind !== 'again' && (advisor as LlmSpec).onFailure !== 'pause'
}

/** A call is delivered again where nobody answered that it was stored, and may be stored all the same. */
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

async function applyAdvice(
  study: HeldStudy,
  writes: TurnWrites,
  trial: OpenTrial,
  call: ModelCall | null,
  verdict: Verdict,
): Promise<boolean> {
  const asked: TrialDraft = { ...trial.proposal!, params: trial.params, memo: trial.memo ?? undefined }
  const heard = verdict.kind === 'said' ? await readSuggestion(study, asked, verdict.text) : verdict
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
async function readSuggestion(
  study: HeldStudy,
  asked: TrialDraft,
  text: string,
): Promise<TrialDraft | FailedVerdict> {
  const read = readAnswer(study.space, text)
  if (!read.ok) return failedVerdict(read.outcome, read.message)
  const { params, reasoning: note } = read
  const placed = await checkSuggestion(study, asked, advisorSource(study.advisor!), {
    ...asked.params,
    ...params,
  })
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
    // The trial waits on: it is the advisor's still, once somebody has seen to what is wrong.
    changeState(study, writes, 'paused', `No advice for trial ${trial.number}: ${reason}, ${message}`)
    return false
  }
  const own = keepOptimizersPoint(study, asked, reason, message)
  if (onFailure === 'skip' && reason !== 'limit') skipTrial(study, writes, trial, own)
  else decideTrial(study, writes, trial, own)
  return false
}

/** The trial is what it is now, and goes to the worker that waits for it; or to the queue, where the study does not go on. */
function decideTrial(study: HeldStudy, writes: TurnWrites, trial: OpenTrial, draft: TrialDraft): void {
  const { params, memo = null, ...given } = draft
  const { number, worker, reservedSeconds } = trial
  const key = configurationKey(params)
  const proposal = rememberConfiguration(study, number, key, given)
  countDecided(study, proposal)
  writes.decided.push({ number, state: 'ready', params, params_key: key, proposal, memo, message: null })
  const { source } = proposal
  const data = { source, ...(proposal.reason && { reason: proposal.reason }) }
  moveTrial(study, writes, { number, command: 'decide', from: 'proposing', to: 'ready', data })
  releaseReserved(study, trial)
  const ready = { ...trial, params, memo, source, state: 'ready', proposal: null, worker: null } as const
  study.open.set(number, { ...ready, reservedSeconds: 0 })
  if (study.state === 'active') leaseTrial(study, writes, study.open.get(number)!, worker!, reservedSeconds)
}

/** Nothing runs, and its place in the budget is spent. */
function skipTrial(study: HeldStudy, writes: TurnWrites, trial: OpenTrial, own: TrialDraft): void {
  const { params, memo = null, ...proposal } = own
  const { number } = trial
  countDecided(study, proposal)
  const message = `No advice: ${proposal.reason}, ${proposal.note}`
  const key = configurationKey(params)
  writes.decided.push({ number, state: 'cancelled', params, params_key: key, proposal, memo, message })
  const data = { reason: proposal.reason }
  moveTrial(study, writes, { number, command: 'skip', from: 'proposing', to: 'cancelled', data })
  releaseReserved(study, trial)
  study.counters = { ...study.counters, skipped: study.counters.skipped + 1 }
  study.open.delete(number)
  finishIfSpent(study, writes)
}

/** Its train seconds were reserved while its advisor was asked. */
function releaseReserved(study: HeldStudy, { reservedSeconds }: OpenTrial): void {
  const { counters } = study
  study.counters = { ...counters, reservedSeconds: counters.reservedSeconds - reservedSeconds }
}
