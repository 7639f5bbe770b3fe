/**
 * The questions to an advisor that is a prior: where does it believe the optimum to lie? They are due once in so many trials. Beliefs
 * are events of the study's log, so a replay tells the search of them in the same order. No worker waits for them.
 */
import type { Beliefs } from '../../../optimizers/contract.js'
import { expertBeliefs } from '../../advisors/training-knowledge.js'
import { advisorSource, beliefInterval, isPrior, type PriorAdvisor } from '../../domain/advisor.js'
import { llmLimit } from '../../domain/budget.js'
import { countBeliefs, countInquiry, endedTrials } from '../../domain/counters.js'
import { logEvent } from '../../engine/event-log.js'
import type { HeldStudy } from '../../engine/held-study.js'
import type { TurnWrites } from '../../engine/writes.js'

/** Called before a trial is proposed. `expert` answers at once; a question to a language model stays open. */
export function scheduleBeliefs(study: HeldStudy, writes: TurnWrites): void {
  const { advisor, counters, spec } = study
  const { open, next } = counters.advice.inquiries
  if (!isPrior(advisor) || open !== null || next === null || endedTrials(counters) < next) return
  if (advisor.kind === 'llm' && llmLimit(spec.budget, counters, 1) !== null) return
  const number = study.nextNumber
  const every = beliefInterval(advisor)
  const inquiry = { number, ended: endedTrials(counters), source: advisorSource(advisor) }
  study.counters = countInquiry(counters, number, every && inquiry.ended + every)
  logEvent(study, writes, 'inquired', number, { source: inquiry.source })
  if (advisor.kind === 'llm') {
    writes.inquiries.push({ ...inquiry, state: 'asking' })
    return
  }
  const beliefs = expertBeliefs(study.space)
  const note = 'textbook knowledge of training, whatever the objective'
  writes.inquiries.push({ ...inquiry, state: 'believed', beliefs, note })
  applyBeliefs(study, writes, advisor, beliefs, note)
}

/** The search uses these beliefs from now on, and forgets those before. */
export function applyBeliefs(
  study: HeldStudy,
  writes: TurnWrites,
  advisor: PriorAdvisor,
  beliefs: Beliefs,
  note: string | null,
): void {
  const { open } = study.counters.advice.inquiries
  study.search.believe(beliefs)
  study.counters = countBeliefs(study.counters)
  logEvent(study, writes, 'believed', open, {
    source: advisorSource(advisor),
    beliefs,
    ...(note !== null && { note }),
  })
}
