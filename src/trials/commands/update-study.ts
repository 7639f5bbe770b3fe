/** Pause, resume, finish a study, or give it another budget. */
import type { StudyChange } from '../../domain/spec.js'
import { logEvent } from '../../engine/event-log.js'
import type { HeldStudy } from '../../engine/held-study.js'
import { moveStudy } from '../../engine/move.js'
import type { Command } from '../../engine/study-queue.js'
import type { TurnWrites } from '../../engine/writes.js'
import { finishIfSpent, finishStudy } from './finish-study.js'

export function updateStudy(change: StudyChange): Command<void> {
  return {
    ready: () => false,
    play: () => {
      throw new Error('a study is steered under its lock')
    },
    playLocked: async (study, writes, tx) => {
      const { budget = study.spec.budget, description = study.spec.description } = change
      study.spec = { ...study.spec, budget, ...(description === undefined ? {} : { description }) }
      await tx.query('update studies set spec = $2::text::json where id = $1', [
        study.id,
        JSON.stringify(study.spec),
      ])
      if (change.budget ?? change.description) logEvent(study, writes, 'changed', null, { budget })
      if (change.state !== undefined) changeState(study, writes, change.state, change.reason)
      resumeIfExtended(study, writes, change)
      finishIfSpent(study, writes)
      return () => {}
    },
  }
}

/** A state that the study has already, without a new reason, changes nothing. */
export function changeState(
  study: HeldStudy,
  writes: TurnWrites,
  state: NonNullable<StudyChange['state']>,
  reason?: string,
): void {
  if (state === study.state && reason === undefined) return
  if (state === 'finished') finishStudy(study, writes, reason ?? 'It was ended by request')
  else if (state === 'paused') moveStudy(study, writes, 'pause', reason ?? 'It was paused by request')
  else moveStudy(study, writes, 'resume', null)
}

/** A finished study with a larger budget goes on, unless the same request ends it. */
function resumeIfExtended(study: HeldStudy, writes: TurnWrites, change: StudyChange): void {
  if (change.budget === undefined || change.state !== undefined || study.state !== 'finished') return
  changeState(study, writes, 'active')
}
