/** The studies of a paused experiment pause, and go on with it. A crash between the two is made good in the next round. */
import type { StudyQueues } from '../engine/study-queue.js'
import type { StudyRow } from '../studies/read-studies.js'
import { updateStudy } from '../trials/commands/update-study.js'

/** Tells the studies that an experiment paused from those that somebody paused by hand. */
export const PAUSED = 'Its experiment is paused'

export async function pauseStudies(queues: StudyQueues, rows: Iterable<StudyRow>): Promise<void> {
  for (const { id, state } of rows)
    if (state === 'active') await queues.run(id, updateStudy({ state: 'paused', reason: PAUSED }))
}

export async function resumeStudies(queues: StudyQueues, rows: Iterable<StudyRow>): Promise<void> {
  for (const { id, state, reason } of rows)
    if (state === 'paused' && reason === PAUSED) await queues.run(id, updateStudy({ state: 'active' }))
}

export async function finishStudies(queues: StudyQueues, rows: Iterable<StudyRow>): Promise<void> {
  for (const { id, state } of rows)
    if (state !== 'finished')
      await queues.run(id, updateStudy({ state: 'finished', reason: 'Its experiment was stopped' }))
}
