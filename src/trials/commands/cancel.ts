/**
 * Cancels a trial that is proposing, queued or running. Its place in the budget is free again; its worker hears of it at its
 * next call.
 */

import { countTransition } from '../../domain/counters.js'
import { logEvent } from '../../engine/event-log.js'
import type { HeldStudy, OpenTrial } from '../../engine/held-study.js'
import type { Command } from '../../engine/study-queue.js'
import { changesTrial, type TurnWrites } from '../../engine/writes.js'
import { Fault } from '../../faults.js'
import { readTrial } from '../queries/read-trials.js'
import { type TrialView, viewTrial } from '../queries/trial-view.js'
import { configurationKey, countDecided } from './create-trial.js'
import { finishIfSpent } from './finish-study.js'
import { endRow } from './tell.js'

export function cancel(number: number): Command<TrialView> {
  return {
    ready: (study, writes) => study.open.has(number) && !changesTrial(writes, number),
    play: (study, writes) => {
      cancelTrial(study, writes, study.open.get(number)!)
      return (saved) => viewTrial(saved.get(number)!)
    },
    playLocked: async (study, _writes, tx) => {
      const trial = viewTrial(await readTrial(tx, study.id, number))
      if (trial.state === 'cancelled') return () => trial
      throw new Fault('trial_settled', `Trial ${number} is ${trial.state} and cannot be cancelled`, { trial })
    },
  }
}

function cancelTrial(study: HeldStudy, writes: TurnWrites, trial: OpenTrial): void {
  const { number, attempt, state } = trial
  if (state === 'running') writes.attemptEnds.push({ number, attempt, state: 'cancelled', told: null })
  writes.ends.push(
    endRow(number, attempt, {}, { state: 'cancelled', failure: null, value: null, message: null }),
  )
  if (trial.proposal !== null) countDecided(study, trial.proposal)
  const counters = countTransition(study.counters, state, 'cancelled')
  study.counters = {
    ...counters,
    budgeted: counters.budgeted - 1,
    reservedSeconds: counters.reservedSeconds - (state === 'ready' ? 0 : trial.reservedSeconds),
  }
  study.open.delete(number)
  study.known.remove(configurationKey(trial.params), number)
  logEvent(study, writes, 'cancelled', number)
  finishIfSpent(study, writes)
}
