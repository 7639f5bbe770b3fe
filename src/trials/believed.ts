/** The turns of an inquiry whose advisor thinks between them: what it is told, and what came of a call. */
import { readBeliefs } from '../advisors/llm/beliefs.js'
import type { Fallback } from '../model/advice.js'
import { isPrior, sourceOf } from '../model/advisor.js'
import { llmLimit } from '../model/budget.js'
import { ended, unanswered } from '../model/counters.js'
import {
  ANSWERED,
  briefOn,
  type Call,
  type Consultation,
  failed,
  outcomeOf,
  record,
  type Verdict,
} from './advised.js'
import { believe } from './inquire.js'
import { lookAt } from './inspect.js'
import type { Live } from './live.js'
import { log } from './log.js'
import type { Command } from './turn.js'
import { touches, type Writes } from './writes.js'

/** Null: nobody waits for these beliefs any more. */
export function consultBeliefs(number: number): Command<Consultation | null> {
  return lookAt((live) => consultationOn(live, number))
}

function consultationOn(live: Live, number: number): Consultation | null {
  if (!isOpen(live, number) || live.state !== 'active') return null
  const brief = briefOn(live, number)
  // The reference asks for no beliefs: there is no faithful way to.
  const advisor = { ...brief.advisor, prompt: 'repaired' } as const
  return {
    brief: { ...brief, advisor, purpose: 'beliefs' },
    limit: llmLimit(live.spec.budget, live.counters, 0),
  }
}

function isOpen(live: Live, number: number): boolean {
  return live.counters.advice.inquiries.open === number
}

/** One call went so. As with advice, what is stored is used, and what is used is stored. Says whether beliefs are still awaited. */
export function heardBeliefs(number: number, call: Call | null, verdict: Verdict): Command<boolean> {
  return {
    ready: (live, writes) => isOpen(live, number) && !touches(writes, number),
    play: (live, writes) => {
      const waits = hear(live, writes, number, call, verdict)
      return () => waits
    },
    playLocked: async (live, writes) => {
      if (isOpen(live, number)) {
        const waits = hear(live, writes, number, call, verdict)
        return () => waits
      }
      if (call !== null) record(live, writes, number, call, outcomeOf(verdict))
      return () => false
    },
  }
}

function hear(live: Live, writes: Writes, number: number, call: Call | null, verdict: Verdict): boolean {
  const come = verdict.kind === 'said' ? understood(live, verdict.text) : verdict
  if (call !== null) record(live, writes, number, call, come.kind === 'believed' ? ANSWERED : outcomeOf(come))
  if (come.kind === 'believed') {
    const { beliefs, note } = come
    writes.inquiryEnds.push({ number, state: 'believed', beliefs, note })
    believe(live, writes, advisorOf(live), beliefs, note)
    return false
  }
  if (come.kind === 'failed') return giveUp(live, writes, number, come.reason, come.message)
  const limit = llmLimit(live.spec.budget, live.counters, 0)
  return limit === null || giveUp(live, writes, number, 'limit', limit)
}

function understood({ space }: Live, text: string) {
  const read = readBeliefs(space, text)
  return read.ok ? { ...read, kind: 'believed' as const } : failed(read.outcome, read.message)
}

/** After a failure it is asked again sooner. */
const SOONER = 10

/** The search goes on with what was believed before. */
function giveUp(live: Live, writes: Writes, number: number, reason: Fallback, note: string): false {
  const { counters } = live
  live.counters = unanswered(counters, reason, ended(counters) + SOONER)
  writes.inquiryEnds.push({ number, state: 'failed', reason, note })
  log(live, writes, 'unanswered', number, { source: sourceOf(advisorOf(live)), reason, note })
  return false
}

function advisorOf({ advisor }: Live) {
  if (!isPrior(advisor)) throw new Error('only a prior is asked what it believes')
  return advisor
}
