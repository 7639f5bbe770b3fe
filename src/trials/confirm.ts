/**
 * The best observed value is the luckiest of many draws. Where a study wants its best few confirmed, what is left of its
 * budget at the end runs them again, and the summary gives what came of that.
 */
import type { Counters } from '../model/counters.js'
import type { Budget } from '../model/spec.js'
import { bear } from './birth.js'
import type { Live } from './live.js'
import { log } from './log.js'
import type { Writes } from './save.js'

/** The source of such a trial: it makes no incumbent, which would be a lucky draw again. */
export const CONFIRM = 'confirm'

export const REPEATS = 5

/** Queues the runs as soon as the budget holds no more than they need. */
export function queueConfirmations(live: Live, writes: Writes): void {
  const { confirm, budget } = live.spec
  if (confirm === undefined || live.counters.sources[CONFIRM] !== undefined) return
  const best = live.history.best.slice(0, confirm)
  const runs = best.length * REPEATS
  if (runs === 0 || !isDue(budget, live.counters, runs)) return
  const affordable = Math.min(runs, (budget.trials ?? Number.POSITIVE_INFINITY) - live.counters.budgeted)
  for (let run = 0; run < affordable; run++) {
    const { params, number: confirms } = best[run % best.length]!
    const trial = bear(live, writes, { params, source: CONFIRM, repairs: [], refused: 0, confirms })
    log(live, writes, 'queued', trial.number)
  }
}

function isDue({ trials, trainSeconds, trialSeconds }: Budget, counters: Counters, runs: number): boolean {
  const byTrials = trials !== undefined && trials - counters.budgeted <= runs
  const each = trialSeconds ?? counters.longestSeconds
  const left = trainSeconds && trainSeconds - counters.trainSeconds - counters.reservedSeconds
  return byTrials || (left !== undefined && left < (runs + 1) * each)
}
