/** What a language model is told when it is asked for beliefs, and what its answer changes. */
import { readBeliefs } from '../../advisors/llm/beliefs.js'
import type { Fallback } from '../../domain/advice.js'
import { advisorSource, isPrior } from '../../domain/advisor.js'
import { llmLimit } from '../../domain/budget.js'
import { countUnanswered, endedTrials } from '../../domain/counters.js'
import { logEvent } from '../../engine/event-log.js'
import type { HeldStudy } from '../../engine/held-study.js'
import { readCommand } from '../../engine/read-command.js'
import type { Command } from '../../engine/study-queue.js'
import { changesTrial, type TurnWrites } from '../../engine/writes.js'
import {
  ANSWERED,
  type Consultation,
  failedVerdict,
  isCallStored,
  type ModelCall,
  outcomeOf,
  promptContext,
  recordCall,
  type Verdict,
} from './receive-advice.js'
import { applyBeliefs } from './schedule-beliefs.js'

/** Null: the inquiry is closed. */
export function readBeliefsConsultation(number: number): Command<Consultation | null> {
  return readCommand((study) => beliefsConsultationOn(study, number))
}

function beliefsConsultationOn(study: HeldStudy, number: number): Consultation | null {
  if (!isOpen(study, number) || study.state !== 'active') return null
  const context = promptContext(study, number)
  // The reference implementation has no prompt for beliefs, so `faithful` cannot apply.
  const advisor = { ...context.advisor, prompt: 'repaired' } as const
  return {
    context: { ...context, advisor, purpose: 'beliefs' },
    limit: llmLimit(study.spec.budget, study.counters, 0),
  }
}

function isOpen(study: HeldStudy, number: number): boolean {
  return study.counters.advice.inquiries.open === number
}

/** Takes in how one call went, as receiveAdvice does. Answers whether beliefs are still awaited. */
export function receiveBeliefs(number: number, call: ModelCall | null, verdict: Verdict): Command<boolean> {
  return {
    ready: (study, writes) =>
      // Such a verdict always closes its inquiry, so an open inquiry shows that it was not stored before.
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
  const come = verdict.kind === 'said' ? parseBeliefs(study, verdict.text) : verdict
  if (call !== null)
    recordCall(study, writes, number, call, come.kind === 'believed' ? ANSWERED : outcomeOf(come))
  if (come.kind === 'believed') {
    const { beliefs, note } = come
    writes.inquiryEnds.push({ number, state: 'believed', beliefs, note })
    applyBeliefs(study, writes, advisorOf(study), beliefs, note)
    return false
  }
  if (come.kind === 'failed') return recordNoBeliefs(study, writes, number, come.reason, come.message)
  const limit = llmLimit(study.spec.budget, study.counters, 0)
  return limit === null || recordNoBeliefs(study, writes, number, 'limit', limit)
}

function parseBeliefs({ space }: HeldStudy, text: string) {
  const read = readBeliefs(space, text)
  return read.ok ? { ...read, kind: 'believed' as const } : failedVerdict(read.outcome, read.message)
}

/** After a failure it is asked again sooner. */
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
