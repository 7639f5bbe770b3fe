/** Finishes a study: once its budget is spent and nothing runs any more, or because somebody says so. */
import { whySpent } from '../../domain/budget.js'
import type { HeldStudy, OpenTrial } from '../../engine/held-study.js'
import { moveStudy } from '../../engine/move.js'
import type { TurnWrites } from '../../engine/writes.js'
import { cancelTrial } from './cancel-trial.js'

export function finishIfSpent(study: HeldStudy, writes: TurnWrites): void {
  if (study.state !== 'active') return
  const reason = whySpent(study.spec.budget, study.counters)
  if (reason !== null) finishStudy(study, writes, reason)
}

/**
 * Trials that wait for advice, and edits that were asked for ahead, are cancelled: nothing new begins in a finished study. Running
 * trials go on.
 */
export function finishStudy(study: HeldStudy, writes: TurnWrites, reason: string): void {
  for (const trial of [...study.open.values()])
    if (trial.state === 'proposing' || isWaitingEdit(trial)) cancelTrial(study, writes, trial)
  moveStudy(study, writes, 'finish', reason)
}

function isWaitingEdit({ state, attempt, program }: OpenTrial): boolean {
  return state === 'ready' && attempt === 0 && program?.edit !== undefined
}
