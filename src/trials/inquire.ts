/**
 * An advisor that is a prior is asked, once per so many trials, what it believes of where the optimum lies. Beliefs are an
 * event of the study's log, told to its search in that order; nobody waits for them.
 */
import type { Beliefs } from '../../optimizers/contract.js'
import { expertBeliefs } from '../advisors/lore.js'
import { askedEvery, type Believer, isPrior, sourceOf } from '../model/advisor.js'
import { llmLimit } from '../model/budget.js'
import { believed, ended, inquired } from '../model/counters.js'
import type { Live } from './live.js'
import { log } from './log.js'
import type { Writes } from './writes.js'

/** Before the next trial is proposed. Only a language model leaves the question open. */
export function inquireIfDue(live: Live, writes: Writes): void {
  const { advisor, counters, spec } = live
  const { open, next } = counters.advice.inquiries
  if (!isPrior(advisor) || open !== null || next === null || ended(counters) < next) return
  if (advisor.kind === 'llm' && llmLimit(spec.budget, counters, 1) !== null) return
  const number = live.nextNumber
  const every = askedEvery(advisor)
  const inquiry = { number, ended: ended(counters), source: sourceOf(advisor) }
  live.counters = inquired(counters, number, every && inquiry.ended + every)
  log(live, writes, 'inquired', number, { source: inquiry.source })
  if (advisor.kind === 'llm') {
    writes.inquiries.push({ ...inquiry, state: 'asking' })
    return
  }
  const beliefs = expertBeliefs(live.space)
  const note = 'textbook lore, whatever the objective'
  writes.inquiries.push({ ...inquiry, state: 'believed', beliefs, note })
  believe(live, writes, advisor, beliefs, note)
}

/** The search goes on with what its advisor believes; what it believed before is forgotten. */
export function believe(
  live: Live,
  writes: Writes,
  advisor: Believer,
  beliefs: Beliefs,
  note: string | null,
): void {
  const { open } = live.counters.advice.inquiries
  live.search.believe(beliefs)
  live.counters = believed(live.counters)
  log(live, writes, 'believed', open, { source: sourceOf(advisor), beliefs, ...(note !== null && { note }) })
}
