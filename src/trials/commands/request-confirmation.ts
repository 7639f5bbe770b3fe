/** Runs the best configurations again because somebody asks for it, whatever the study's own plan is. */
import { whySpent } from '../../domain/budget.js'
import type { HeldStudy } from '../../engine/held-study.js'
import type { Command } from '../../engine/study-queue.js'
import type { TurnWrites } from '../../engine/writes.js'
import { Fault } from '../../faults.js'
import type { Sql } from '../../storage/database.js'
import { queueRun } from './confirm.js'
import { changeSpec, changeState } from './update-study.js'

/** Answers with the numbers of the queued runs, in rounds over the best `top` configurations. */
export function requestConfirmation(top: number, repeats: number): Command<number[]> {
  return {
    ready: () => false,
    play: () => {
      throw new Error('a confirmation is queued under the lock of its study')
    },
    playLocked: async (study, writes, tx) => {
      const best = study.history.best.slice(0, top)
      if (best.length === 0)
        throw new Fault('no_results', 'No trial of the study is complete yet: there is nothing to run again')
      const runs = best.length * repeats
      if (study.state === 'finished') await reopen(study, writes, tx, runs)
      const numbers = Array.from({ length: runs }, (_, run) =>
        queueRun(study, writes, best[run % best.length]!),
      )
      return () => numbers
    },
  }
}

/** Gives a finished study as many more trials; where another limit is spent, somebody has to raise that first. */
async function reopen(study: HeldStudy, writes: TurnWrites, tx: Sql, runs: number): Promise<void> {
  const { budget } = study.spec
  const most =
    budget.trials === undefined ? {} : { trials: Math.max(budget.trials, study.counters.budgeted) + runs }
  const larger = { ...budget, ...most }
  const spent = whySpent(larger, study.counters)
  if (spent !== null)
    throw new Fault('study_finished', `The study is finished (${spent}): give it a larger budget first`)
  await changeSpec(study, writes, tx, { budget: larger })
  changeState(study, writes, 'active')
}
