/** Cancels a trial: queued, running, or waiting for advice. */
import type { Command } from '../../engine/study-queue.js'
import { changesTrial } from '../../engine/writes.js'
import { Fault } from '../../faults.js'
import { readTrial } from '../queries/read-trials.js'
import { type TrialView, viewTrial } from '../queries/trial-view.js'
import { cancelTrial } from './cancel-trial.js'
import { finishIfSpent } from './finish-study.js'

export function cancel(number: number): Command<TrialView> {
  return {
    overtakes: true,
    ready: (study, writes) => study.open.has(number) && !changesTrial(writes, number),
    play: (study, writes) => {
      cancelTrial(study, writes, study.open.get(number)!)
      finishIfSpent(study, writes)
      return (stored) => viewTrial(stored.get(number)!)
    },
    playLocked: async (study, _writes, tx) => {
      const trial = viewTrial(await readTrial(tx, study.id, number))
      if (trial.state === 'cancelled') return () => trial
      throw new Fault('trial_settled', `Trial ${number} is ${trial.state} and cannot be cancelled`, { trial })
    },
  }
}
