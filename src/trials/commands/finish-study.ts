/** A study ends by itself when its budget is spent and nothing runs any more. */
import { whySpent } from '../../domain/budget.js'
import { logEvent } from '../../engine/event-log.js'
import type { HeldStudy } from '../../engine/held-study.js'
import type { TurnWrites } from '../../engine/writes.js'

export function finishIfSpent(study: HeldStudy, writes: TurnWrites): void {
  if (study.state !== 'active') return
  const reason = whySpent(study.spec.budget, study.counters)
  if (reason !== null) finishStudy(study, writes, reason)
}

export function finishStudy(study: HeldStudy, writes: TurnWrites, reason: string): void {
  study.state = 'finished'
  study.reason = reason
  logEvent(study, writes, 'finished', null, { reason })
}
