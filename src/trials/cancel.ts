/** Takes a trial out: queued, running, or about to. Its place in the budget is free again; its worker learns by its next call. */
import { Fault } from '../faults.js'
import { moved } from '../model/counters.js'
import { countIn } from './birth.js'
import { finishIfSpent } from './finish.js'
import type { Live, OpenTrial } from './live.js'
import { log } from './log.js'
import { readTrial } from './read.js'
import { endRow } from './settle.js'
import type { Command } from './turn.js'
import { type TrialView, viewTrial } from './view.js'
import { touches, type Writes } from './writes.js'

export function cancel(number: number): Command<TrialView> {
  return {
    ready: (live, writes) => live.open.has(number) && !touches(writes, number),
    play: (live, writes) => {
      take(live, writes, live.open.get(number)!)
      return (saved) => viewTrial(saved.get(number)!)
    },
    playLocked: async (live, _writes, tx) => {
      const trial = viewTrial(await readTrial(tx, live.id, number))
      if (trial.state === 'cancelled') return () => trial
      throw new Fault('trial_settled', `Trial ${number} is ${trial.state} and cannot be cancelled`, { trial })
    },
  }
}

function take(live: Live, writes: Writes, trial: OpenTrial): void {
  const { number, attempt, state } = trial
  if (state === 'running') writes.attemptEnds.push({ number, attempt, state: 'cancelled', told: null })
  writes.ends.push(
    endRow(number, attempt, {}, { state: 'cancelled', failure: null, value: null, message: null }),
  )
  if (trial.proposal !== null) countIn(live, trial.proposal)
  const counters = moved(live.counters, state, 'cancelled')
  live.counters = {
    ...counters,
    budgeted: counters.budgeted - 1,
    reservedSeconds: counters.reservedSeconds - (state === 'ready' ? 0 : trial.reservedSeconds),
  }
  live.open.delete(number)
  log(live, writes, 'cancelled', number)
  finishIfSpent(live, writes)
}
