/**
 * Confirmation runs. The best observed value is the luckiest of many, so a study may run its best few configurations again with
 * the last trials of its budget; the summary gives their means. An optimizer with a model chooses the most informative runs;
 * otherwise each configuration is run equally often.
 */
import type { RememberedTrial } from '../../advisors/advisor-history.js'
import { allowance } from '../../domain/budget.js'
import type { Counters } from '../../domain/counters.js'
import type { Budget } from '../../domain/spec.js'
import type { HeldStudy } from '../../engine/held-study.js'
import type { TurnWrites } from '../../engine/writes.js'
import { trialWithParams } from '../queries/recommendation.js'
import { createTrial } from './create-trial.js'

/** The source of such a trial. It never becomes the incumbent, which would be a lucky value again. */
export const CONFIRM_SOURCE = 'confirm'

export const CONFIRM_REPEATS = 5

/** Queues confirmation runs once the budget has no more left than they need. */
export async function queueConfirmations(study: HeldStudy, writes: TurnWrites): Promise<void> {
  const { confirm, budget } = study.spec
  if (confirm === undefined) return
  const best = study.history.best.slice(0, confirm)
  const runs = best.length * CONFIRM_REPEATS
  const begun = study.counters.sources[CONFIRM_SOURCE]?.trials ?? 0
  if (runs === 0 || (begun === 0 && !isDue(budget, study.counters, runs))) return
  if (study.search.optimizer.abilities.confirm) await queueMostInformative(study, writes, runs - begun)
  else if (begun === 0) queueRounds(study, writes, best, runs)
}

/** In rounds over the best observed configurations: the optimizer has no model to choose by. */
function queueRounds(
  study: HeldStudy,
  writes: TurnWrites,
  best: readonly RememberedTrial[],
  runs: number,
): void {
  const left = (study.spec.budget.trials ?? Number.POSITIVE_INFINITY) - study.counters.budgeted
  for (let run = 0; run < Math.min(runs, left); run++) queueRun(study, writes, best[run % best.length]!)
}

/** One at a time, so that each is chosen with the results of the runs before it; running ones count with their posterior mean. */
async function queueMostInformative(study: HeldStudy, writes: TurnWrites, left: number): Promise<void> {
  const open = [...study.open.values()]
  if (left <= 0 || open.some(({ state }) => state === 'ready')) return
  if (!allowance(study.spec.budget, study.counters, true).may) return
  const running = open.filter(({ source }) => source === CONFIRM_SOURCE).length
  const params = (await study.search.toConfirm(running + 1)).at(-1)
  const chosen = params && trialWithParams(study, params)
  queueRun(study, writes, chosen ?? study.history.best[0]!)
}

export function queueRun(
  study: HeldStudy,
  writes: TurnWrites,
  { params, number: confirms }: Pick<RememberedTrial, 'params' | 'number'>,
): number {
  const draft = { params, source: CONFIRM_SOURCE, repairs: [], refused: 0, confirms }
  return createTrial(study, writes, 'enqueue', draft).number
}

function isDue({ trials, trainSeconds, trialSeconds }: Budget, counters: Counters, runs: number): boolean {
  const byTrials = trials !== undefined && trials - counters.budgeted <= runs
  const each = trialSeconds ?? counters.longestSeconds
  const left = trainSeconds && trainSeconds - counters.trainSeconds - counters.reservedSeconds
  return byTrials || (left !== undefined && left < (runs + 1) * each)
}
