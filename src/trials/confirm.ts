/**
 * The best observed value is the luckiest of many draws. Where a study wants its best few confirmed, what is left of its
 * budget at the end runs them again, and the summary gives what came of that. An optimizer that knows which run would tell
 * most about which of them is best chooses them; else all are run alike.
 */
import type { Seen } from '../advisors/history.js'
import { allowance } from '../model/budget.js'
import type { Counters } from '../model/counters.js'
import type { Budget } from '../model/spec.js'
import { bear } from './birth.js'
import type { Live } from './live.js'
import { log } from './log.js'
import { trialOf } from './standing.js'
import type { Writes } from './writes.js'

/** The source of such a trial: it makes no incumbent, which would be a lucky draw again. */
export const CONFIRM = 'confirm'

export const REPEATS = 5

/** Once the budget holds no more than they need. */
export function queueConfirmations(live: Live, writes: Writes): void {
  const { confirm, budget } = live.spec
  if (confirm === undefined) return
  const best = live.history.best.slice(0, confirm)
  const runs = best.length * REPEATS
  const begun = live.counters.sources[CONFIRM]?.trials ?? 0
  if (runs === 0 || (begun === 0 && !isDue(budget, live.counters, runs))) return
  if (live.search.optimizer.abilities.confirm) queueMostTelling(live, writes, runs - begun)
  else if (begun === 0) queueRounds(live, writes, best, runs)
}

/** Round after round of the best by what was observed: the optimizer has no other opinion. */
function queueRounds(live: Live, writes: Writes, best: readonly Seen[], runs: number): void {
  const left = (live.spec.budget.trials ?? Number.POSITIVE_INFINITY) - live.counters.budgeted
  for (let run = 0; run < Math.min(runs, left); run++) queue(live, writes, best[run % best.length]!)
}

/** One at a time, so that each is chosen by what the ones before have shown; those that run are taken to show what is expected. */
function queueMostTelling(live: Live, writes: Writes, left: number): void {
  const open = [...live.open.values()]
  if (left <= 0 || open.some(({ state }) => state === 'ready')) return
  if (!allowance(live.spec.budget, live.counters, true).may) return
  const running = open.filter(({ source }) => source === CONFIRM).length
  const params = live.search.toConfirm(running + 1).at(-1)
  const chosen = params && trialOf(live, params)
  queue(live, writes, chosen ?? live.history.best[0]!)
}

function queue(
  live: Live,
  writes: Writes,
  { params, number: confirms }: Pick<Seen, 'params' | 'number'>,
): void {
  const trial = bear(live, writes, { params, source: CONFIRM, repairs: [], refused: 0, confirms })
  log(live, writes, 'queued', trial.number)
}

function isDue({ trials, trainSeconds, trialSeconds }: Budget, counters: Counters, runs: number): boolean {
  const byTrials = trials !== undefined && trials - counters.budgeted <= runs
  const each = trialSeconds ?? counters.longestSeconds
  const left = trainSeconds && trainSeconds - counters.trainSeconds - counters.reservedSeconds
  return byTrials || (left !== undefined && left < (runs + 1) * each)
}
