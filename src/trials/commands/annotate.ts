/** Puts notes and tags on a study or a trial. No search reads them. */
import type { Annotation } from '../../domain/annotation.js'
import { logEvent } from '../../engine/event-log.js'
import type { HeldStudy } from '../../engine/held-study.js'
import type { Command } from '../../engine/study-queue.js'
import type { TurnWrites } from '../../engine/writes.js'
import type { Sql } from '../../storage/database.js'
import { readTrial } from '../queries/read-trials.js'
import { type TrialView, viewTrial } from '../queries/trial-view.js'

export function annotateTrial(number: number, change: Annotation): Command<TrialView> {
  return {
    ready: () => false,
    play: () => {
      throw new Error('a trial is annotated under the lock of its study')
    },
    playLocked: async (study, writes, tx) => {
      if (await annotate(tx, TRIAL, [study.id, number], change))
        logEvent(study, writes, 'noted', number, withoutRepeats(change))
      const trial = viewTrial(await readTrial(tx, study.id, number))
      return () => trial
    },
  }
}

export async function annotateStudy(
  study: HeldStudy,
  writes: TurnWrites,
  tx: Sql,
  change: Annotation,
): Promise<void> {
  if (change.note === undefined && change.tags === undefined) return
  if (await annotate(tx, STUDY, [study.id], change))
    logEvent(study, writes, 'noted', null, withoutRepeats(change))
}

const STUDY = { table: 'studies', where: 'id = $5' }
const TRIAL = { table: 'trials', where: 'study_id = $5 and number = $6' }

/** Whether something changed. What the change leaves out stays as it is. */
async function annotate(
  tx: Sql,
  { table, where }: typeof STUDY,
  key: readonly unknown[],
  change: Annotation,
): Promise<boolean> {
  const { note, tags } = withoutRepeats(change)
  const rows = await tx.query(
    `update ${table} set note = case when $1::boolean then $2::text else note end,
            tags = case when $3::boolean then $4::text::json else tags end
      where ${where} and (($1 and note is distinct from $2) or ($3 and tags::text is distinct from $4)) returning 1`,
    [
      note !== undefined,
      note || null,
      tags !== undefined,
      tags?.length ? JSON.stringify(tags) : null,
      ...key,
    ],
  )
  return rows.length > 0
}

function withoutRepeats({ note, tags }: Annotation): Annotation {
  return { ...(note !== undefined && { note }), ...(tags && { tags: [...new Set(tags)] }) }
}
