/** Pauses, resumes or finishes a study, or gives it another budget or description. */
import { isDeepStrictEqual } from 'node:util'
import type { StudyChange } from '../../domain/spec.js'
import { logEvent } from '../../engine/event-log.js'
import type { HeldStudy } from '../../engine/held-study.js'
import { moveStudy } from '../../engine/move.js'
import type { Command } from '../../engine/study-queue.js'
import type { TurnWrites } from '../../engine/writes.js'
import type { Sql } from '../../storage/database.js'
import { annotateStudy } from './annotate.js'
import { finishIfSpent, finishStudy } from './finish-study.js'

export function updateStudy(change: StudyChange): Command<void> {
  return {
    overtakes: true,
    ready: () => false,
    play: () => {
      throw new Error('a study is changed under its lock')
    },
    playLocked: async (study, writes, tx) => {
      const isExtended = change.budget !== undefined && !isDeepStrictEqual(change.budget, study.spec.budget)
      await changeSpec(study, writes, tx, change)
      await annotateStudy(study, writes, tx, change)
      if (change.state !== undefined) changeState(study, writes, change.state, change.reason)
      // A finished study with another budget goes on, unless the same request ends it.
      else if (isExtended && study.state === 'finished') changeState(study, writes, 'active')
      finishIfSpent(study, writes)
      return () => {}
    },
  }
}

/** A change that leaves the spec as it is writes nothing. */
export async function changeSpec(
  study: HeldStudy,
  writes: TurnWrites,
  tx: Sql,
  { budget = study.spec.budget, description }: StudyChange,
): Promise<void> {
  const described = description === undefined ? {} : { description }
  const spec = { ...study.spec, budget, ...described }
  if (isDeepStrictEqual(spec, study.spec)) return
  study.spec = spec
  await tx.query('update studies set spec = $2::text::json where id = $1', [study.id, JSON.stringify(spec)])
  logEvent(study, writes, 'changed', null, { budget, ...described })
}

/** A state that the study has already, without a new reason, changes nothing. */
export function changeState(
  study: HeldStudy,
  writes: TurnWrites,
  state: NonNullable<StudyChange['state']>,
  reason?: string,
): void {
  if (state === study.state && (state === 'active' || (reason ?? study.reason) === study.reason)) return
  if (state === 'finished') finishStudy(study, writes, reason ?? 'It was ended by request')
  else if (state === 'paused') moveStudy(study, writes, 'pause', reason ?? 'It was paused by request')
  else moveStudy(study, writes, 'resume', null)
}
