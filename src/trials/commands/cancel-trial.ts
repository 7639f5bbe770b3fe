/** Cancels one open trial. Its place in the budget is free again; its worker learns of it by its next call. */
import type { HeldStudy, OpenTrial } from '../../engine/held-study.js'
import { moveTrial } from '../../engine/move.js'
import type { TurnWrites } from '../../engine/writes.js'
import { configurationKey, countDecided } from './create-trial.js'
import { endRow } from './end-row.js'

export function cancelTrial(study: HeldStudy, writes: TurnWrites, trial: OpenTrial): void {
  const { number, attempt, state } = trial
  if (state === 'running') writes.attemptEnds.push({ number, attempt, state: 'cancelled', told: null })
  writes.ends.push(
    endRow(number, attempt, {}, { state: 'cancelled', failure: null, value: null, message: null }),
  )
  if (trial.proposal !== null) countDecided(study, trial.proposal)
  moveTrial(study, writes, { number, command: 'cancel', from: state, to: 'cancelled' })
  const { counters } = study
  study.counters = {
    ...counters,
    budgeted: counters.budgeted - 1,
    reservedSeconds: counters.reservedSeconds - (state === 'ready' ? 0 : trial.reservedSeconds),
  }
  study.open.delete(number)
  study.known.remove(configurationKey(trial.params, trial.program), number)
}
