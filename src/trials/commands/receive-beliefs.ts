/** The question to a language model for its beliefs: what the model is told, and what came of a call. */

import { beliefsSchema, readBeliefs } from '../../advisors/llm/beliefs.js'
import { buildPrompt } from '../../advisors/llm/prompt.js'
import type { Fallback } from '../../domain/advice.js'
import { advisorSource, isPrior } from '../../domain/advisor.js'
import { llmLimit } from '../../domain/budget.js'
import { countUnanswered, endedTrials } from '../../domain/counters.js'
import { ANSWERED } from '../../domain/dialogue.js'
import { logEvent } from '../../engine/event-log.js'
import type { HeldStudy } from '../../engine/held-study.js'
import { readCommand } from '../../engine/read-command.js'
import type { Command } from '../../engine/study-queue.js'
import { changesTrial, type TurnWrites } from '../../engine/writes.js'
import { promptContext, settingsOf } from './consultation.js'
import type { Consultation } from './consultation-step.js'
import {
  type Delivery,
  failedVerdict,
  isCallStored,
  type ModelCall,
  outcomeOf,
  recordCall,
  type Verdict,
} from './model-call.js'
import { applyBeliefs } from './schedule-beliefs.js'

/** Null: the question is closed. */
export function readBeliefsConsultation(number: number): Command<Consultation | null> {
  return readCommand((study) => beliefsConsultationOn(study, number))
}

async function beliefsConsultationOn(study: HeldStudy, number: number): Promise<Consultation | null> {
  if (!isOpen(study, number) || study.state !== 'active') return null
  const told = await promptContext(study, number)
  // The reference study asks for no beliefs, so there is no faithful prompt for them.
  const advisor = { ...told.advisor, prompt: 'repaired' } as const
  const context = { ...told, advisor, purpose: 'beliefs' } as const
  return {
    settings: settingsOf(context),
    next: {
      purpose: 'beliefs',
      schema: beliefsSchema(study.space),
      write: (...lengths) => buildPrompt(context, ...lengths),
    },
    step: 0,
    hear: (text) => ({ kind: 'said', text }),
    limit: llmLimit(study.spec.budget, study.counters, 0),
  }
}

function isOpen(study: HeldStudy, number: number): boolean {
  return study.counters.advice.inquiries.open === number
}

/** Takes in how one call went, as receiveAdvice does. Answers whether beliefs are still awaited. */
export function receiveBeliefs(number: number, { call, verdict: given }: Delivery): Command<boolean> {
  const verdict = given as Verdict
  return {
    ready: (study, writes) =>
      // Only a verdict that closes the inquiry shows, by the inquiry being open, that it has not been stored before.
      isOpen(study, number) && verdict.kind !== 'again' && !changesTrial(writes, number),
    play: (study, writes) => {
      const waits = applyBeliefsAnswer(study, writes, number, call, verdict)
      return () => waits
    },
    playLocked: async (study, writes, tx) => {
      if (await isCallStored(tx, study, number, call)) {
        const waits = verdict.kind === 'again' && isOpen(study, number)
        return () => waits
      }
      if (isOpen(study, number)) {
        const waits = applyBeliefsAnswer(study, writes, number, call, verdict)
        return () => waits
      }
      if (call !== null) recordCall(study, writes, number, call, outcomeOf(verdict))
      return () => false
    },
  }
}

function applyBeliefsAnswer(
  study: HeldStudy,
  writes: TurnWrites,
  number: number,
  call: ModelCall | null,
  verdict: Verdict,
): boolean {
  const answer = verdict.kind === 'said' ? parseBeliefs(study, verdict.text) : verdict
  if (call !== null)
    recordCall(study, writes, number, call, answer.kind === 'believed' ? ANSWERED : outcomeOf(answer))
  if (answer.kind === 'believed') {
    const { beliefs, note } = answer
    writes.inquiryEnds.push({ number, state: 'believed', beliefs, note })
    applyBeliefs(study, writes, advisorOf(study), beliefs, note)
    return false
  }
  if (answer.kind === 'failed') return recordNoBeliefs(study, writes, number, answer.reason, answer.message)
  const limit = llmLimit(study.spec.budget, study.counters, 0)
  return limit === null || recordNoBeliefs(study, writes, number, 'limit', limit)
}

function parseBeliefs({ space }: HeldStudy, text: string) {
  const read = readBeliefs(space, text)
  return read.ok ? { ...read, kind: 'believed' as const } : failedVerdict(read.outcome, read.message)
}

/** After a failure the model is asked again once so many trials have ended. */
const RETRY_AFTER_TRIALS = 10

/** The search goes on with what was believed before. */
function recordNoBeliefs(
  study: HeldStudy,
  writes: TurnWrites,
  number: number,
  reason: Fallback,
  note: string,
): false {
  const { counters } = study
  study.counters = countUnanswered(counters, reason, endedTrials(counters) + RETRY_AFTER_TRIALS)
  writes.inquiryEnds.push({ number, state: 'failed', reason, note })
  logEvent(study, writes, 'unanswered', number, { source: advisorSource(advisorOf(study)), reason, note })
  return false
}

function advisorOf({ advisor }: HeldStudy) {
  if (!isPrior(advisor)) throw new Error('only a prior is asked what it believes')
  return advisor
}
