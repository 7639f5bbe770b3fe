/** A study ends by itself when its budget is spent and nothing runs any more. */
import { spent } from '../model/budget.js'
import type { Live } from './live.js'
import { log } from './log.js'
import type { Writes } from './writes.js'

export function finishIfSpent(live: Live, writes: Writes): void {
  if (live.state !== 'active') return
  const reason = spent(live.spec.budget, live.counters)
  if (reason !== null) finish(live, writes, reason)
}

export function finish(live: Live, writes: Writes, reason: string): void {
  live.state = 'finished'
  live.reason = reason
  log(live, writes, 'finished', null, { reason })
}
