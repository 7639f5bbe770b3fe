/** Receives what a language model said of a trial that waits for it, and decides the trial once that was the last word. */

import { type EditState, refuseKnown } from '../../agents/edit-dialogue.js'
import type { Fallback } from '../../domain/advice.js'
import { advisorSource, type LlmSpec } from '../../domain/advisor.js'
import { llmLimit } from '../../domain/budget.js'
import { ANSWERED, type Heard } from '../../domain/dialogue.js'
import type { HeldStudy, OpenTrial } from '../../engine/held-study.js'
import { moveTrial } from '../../engine/move.js'
import { agentOf } from '../../engine/program-ledger.js'
import { observeRefusal } from '../../engine/replay-log.js'
import type { Command } from '../../engine/study-queue.js'
import { changesTrial, type TurnWrites } from '../../engine/writes.js'
import { agentStudy, editContext, NO_TASK, paramsOf } from './agent-turn.js'
import { configurationKey, countDecided, rememberConfiguration, type TrialDraft } from './create-trial.js'
import { finishIfSpent } from './finish-study.js'
import { leaseTrial } from './lease-trial.js'
import {
  type Delivery,
  type FailedVerdict,
  failedVerdict,
  isCallStored,
  outcomeOf,
  recordCall,
} from './model-call.js'
import { acceptSuggestion, checkSuggestion, keepOptimizersPoint, whyUnpromising } from './propose.js'
import { changeState } from './update-study.js'

/**
 * Takes in how one call went. It is recorded by the same statement that uses its answer: an answer that is stored is never
 * paid for again, and one that is used is stored. Answers whether the trial still waits for advice.
 */
export function receiveAdvice(number: number, delivery: Delivery): Command<boolean> {
  const waiting = (study: HeldStudy) => {
    const trial = study.open.get(number)
    return trial?.state === 'proposing' ? trial : undefined
  }
  const isNext = (study: HeldStudy) => {
    const trial = waiting(study)
    return trial !== undefined && stepsDone(trial) === delivery.step
  }
  return {
    ready: (study, writes) =>
      isNext(study) && endsProposing(study, delivery) && !changesTrial(writes, number),
    play: async (study, writes) => {
      const waits = await applyAdvice(study, writes, waiting(study)!, delivery)
      return () => waits
    },
    playLocked: async (study, writes, tx) => {
      const { call, verdict } = delivery
      if (await isCallStored(tx, study, number, call)) {
        const waits = !isLast(verdict) && waiting(study) !== undefined
        return () => waits
      }
      if (isNext(study)) {
        const waits = await applyAdvice(study, writes, waiting(study)!, delivery)
        return () => waits
      }
      // Another server was quicker: the call was paid for all the same.
      if (call !== null) recordCall(study, writes, number, call, outcomeOf(verdict))
      const waits = waiting(study) !== undefined
      return () => waits
    },
  }
}

function stepsDone({ proposal }: OpenTrial): number {
  return proposal!.dialogue?.step ?? 0
}

function isLast({ kind }: Delivery['verdict']): boolean {
  return kind !== 'again' && kind !== 'continue'
}

/** Only then does a trial that is still proposing show that this verdict has not been stored before. */
function endsProposing({ advisor }: HeldStudy, { verdict }: Delivery): boolean {
  return isLast(verdict) && (advisor as LlmSpec).onFailure !== 'pause'
}

async function applyAdvice(
  study: HeldStudy,
  writes: TurnWrites,
  trial: OpenTrial,
  { call, step, verdict }: Delivery,
): Promise<boolean> {
  const { dialogue: _, ...proposal } = trial.proposal!
  const asked: TrialDraft = { ...proposal, params: trial.params, memo: trial.memo ?? undefined }
  const heard = await placed(study, writes, trial.number, asked, lateRefusal(study, trial, verdict))
  const isTaken = !('kind' in heard)
  const tooLittle =
    isTaken && verdict.kind === 'decided' ? await whyUnpromising(study, asked, heard.params) : null
  if (call !== null) recordCall(study, writes, trial.number, call, isTaken ? ANSWERED : outcomeOf(heard))
  if (tooLittle !== null) {
    decideTrial(study, writes, trial, keepOptimizersPoint(study, asked, 'unpromising', tooLittle))
    return false
  }
  if (isTaken) {
    decideTrial(study, writes, trial, acceptSuggestion(study, heard, false))
    return false
  }
  if (heard.kind === 'failed') return applyFallback(study, writes, trial, asked, heard.reason, heard.message)
  if (heard.kind === 'continue') {
    continueDialogue(study, writes, trial, step, heard.state)
    return true
  }
  const limit = llmLimit(study.spec.budget, study.counters, 0)
  return limit === null || applyFallback(study, writes, trial, asked, 'limit', limit)
}

/** Of two edits that were checked at the same time and are one program, the second is refused as any known program is. */
function lateRefusal(
  study: HeldStudy,
  { number, proposal }: OpenTrial,
  verdict: Delivery['verdict'],
): Delivery['verdict'] {
  if (verdict.kind !== 'edited') return verdict
  const context = editContext(study, agentStudy(study)!, number, verdict.edit.model, NO_TASK)
  return refuseKnown(context, proposal!.dialogue!.state as EditState, verdict.program.normal) ?? verdict
}

/** What the trial runs by this verdict, where it decides. */
async function placed(
  study: HeldStudy,
  writes: TurnWrites,
  number: number,
  asked: TrialDraft,
  verdict: Delivery['verdict'],
): Promise<TrialDraft | Exclude<Delivery['verdict'], { kind: 'decided' | 'edited' }>> {
  if (verdict.kind === 'decided') return placeSuggestion(study, asked, verdict)
  return verdict.kind === 'edited' ? placeProgram(study, writes, number, asked, verdict) : verdict
}

/** The edited program with its own constants. It is stored by the statement that decides the trial. */
async function placeProgram(
  study: HeldStudy,
  writes: TurnWrites,
  number: number,
  asked: TrialDraft,
  { program, edit, seed, note }: Extract<Heard<unknown>, { kind: 'edited' }>,
): Promise<TrialDraft> {
  const { hash, parent, normal, constants } = program
  const { feasibility: _, memo: __, ...rest } = asked
  writes.programs.push({ ...program, number })
  return {
    ...rest,
    source: advisorSource(study.advisor!),
    params: await paramsOf(study, constants),
    repairs: [],
    program: { hash, parent, normal, constants, own: true, seed, edit },
    ...(note !== null && { note }),
  }
}

/** The suggestion, with the optimizer's own values for the parameters that it leaves out. */
async function placeSuggestion(
  study: HeldStudy,
  asked: TrialDraft,
  { params, note, more }: Extract<Heard<unknown>, { kind: 'decided' }>,
): Promise<TrialDraft | FailedVerdict> {
  const placed = await checkSuggestion(study, asked, advisorSource(study.advisor!), {
    ...asked.params,
    ...params,
  })
  if (!('params' in placed)) return failedVerdict(placed.reason, placed.message)
  const first = study.known.get(configurationKey(placed.params))
  if (first !== undefined) return failedVerdict('duplicate', `it is the configuration of trial ${first}`)
  return { ...placed, ...(note !== null && { note }), ...more }
}

/** What was said is stored with the trial, so that whoever asks next goes on from it. */
function continueDialogue(
  study: HeldStudy,
  writes: TurnWrites,
  trial: OpenTrial,
  step: number,
  state: unknown,
): void {
  const proposal = { ...trial.proposal!, dialogue: { step: step + 1, state } }
  writes.continued.push({ number: trial.number, proposal })
  study.open.set(trial.number, { ...trial, proposal })
}

function applyFallback(
  study: HeldStudy,
  writes: TurnWrites,
  trial: OpenTrial,
  asked: TrialDraft,
  reason: Fallback,
  message: string,
): boolean {
  const policy = policyAfter(study, reason)
  if (policy === 'pause') {
    // The trial keeps waiting: its advisor is asked again once the study is resumed.
    changeState(study, writes, 'paused', `No advice for trial ${trial.number}: ${reason}, ${message}`)
    return false
  }
  const own = keepOptimizersPoint(study, asked, reason, message)
  if (policy === 'skip') skipTrial(study, writes, trial, own)
  else decideTrial(study, writes, trial, own)
  return false
}

/**
 * At a limit the optimizer goes on alone. Beside an agent that has every trial there is none whose points mean anything: its
 * trial is skipped, and where the limit is one of the budget the next ask ends the study.
 */
function policyAfter({ advisor, spec, counters }: HeldStudy, reason: Fallback): LlmSpec['onFailure'] {
  const { onFailure } = advisor as LlmSpec
  if (reason !== 'limit') return onFailure
  if (agentOf(advisor)?.share !== 1) return 'optimizer'
  return onFailure === 'pause' && llmLimit(spec.budget, counters, 0) === null ? 'pause' : 'skip'
}

/**
 * Decides the trial's configuration, and leases it to the worker that waits for it. It is queued where none does, and in a study that
 * does not go on.
 */
function decideTrial(study: HeldStudy, writes: TurnWrites, trial: OpenTrial, draft: TrialDraft): void {
  const { params, memo = null, ...given } = draft
  const { number, worker, reservedSeconds } = trial
  const key = configurationKey(params, given.program)
  const proposal = rememberConfiguration(study, number, key, given)
  countDecided(study, proposal)
  writes.decided.push({ number, state: 'ready', params, params_key: key, proposal, memo, message: null })
  const { source } = proposal
  const data = { source, ...(proposal.reason && { reason: proposal.reason }) }
  moveTrial(study, writes, { number, command: 'decide', from: 'proposing', to: 'ready', data })
  releaseReserved(study, trial)
  observeRefusal(study, number, proposal)
  const { program = null } = proposal
  const ready = {
    ...trial,
    params,
    memo,
    source,
    program,
    state: 'ready',
    proposal: null,
    worker: null,
  } as const
  study.open.set(number, { ...ready, reservedSeconds: 0 })
  if (study.state === 'active' && worker !== null)
    leaseTrial(study, writes, study.open.get(number)!, worker, reservedSeconds)
}

/** Nothing runs, and the trial's place in the budget is spent. */
function skipTrial(study: HeldStudy, writes: TurnWrites, trial: OpenTrial, own: TrialDraft): void {
  const { params, memo = null, ...proposal } = own
  const { number } = trial
  countDecided(study, proposal)
  const message = `No advice: ${proposal.reason}, ${proposal.note}`
  const key = configurationKey(params, proposal.program)
  writes.decided.push({ number, state: 'cancelled', params, params_key: key, proposal, memo, message })
  const data = { reason: proposal.reason }
  moveTrial(study, writes, { number, command: 'skip', from: 'proposing', to: 'cancelled', data })
  releaseReserved(study, trial)
  observeRefusal(study, number, proposal)
  study.counters = { ...study.counters, skipped: study.counters.skipped + 1 }
  study.open.delete(number)
  finishIfSpent(study, writes)
}

/** Its train seconds were reserved while its advisor was asked. */
function releaseReserved(study: HeldStudy, { reservedSeconds }: OpenTrial): void {
  const { counters } = study
  study.counters = { ...counters, reservedSeconds: counters.reservedSeconds - reservedSeconds }
}
