/** Warm start: what a study that is being created takes over from earlier ones. */
import { Searches } from '../../compute/searches.js'
import type { WarmStart } from '../../domain/counters.js'
import type { ImportedTrial, TrialOrigin } from '../../domain/imported-trial.js'
import { logEvent } from '../../engine/event-log.js'
import { readHeldStudy } from '../../engine/read-held-study.js'
import { storeTurns } from '../../engine/store-turn.js'
import { noWrites } from '../../engine/writes.js'
import type { Sql } from '../../storage/database.js'
import { importTrial } from './import-trials.js'

export interface WarmStartSource {
  readonly id: string
  readonly study: string
  readonly trials: readonly (ImportedTrial & { readonly origin: TrialOrigin })[]
  /** Trials that had no place in this study. */
  readonly leftOut: number
}

/** Its search is read from the log later, wherever that is computed; here it only follows what is imported. */
const SEARCHES = new Searches(0)

/** Without a queue: inside the transaction that created the study, which nobody else knows yet. */
export async function importWarmStart(
  tx: Sql,
  studyId: string,
  earlier: readonly WarmStartSource[],
): Promise<void> {
  const warmStart = earlier.map(({ study, trials, leftOut }) => ({ study, trials: trials.length, leftOut }))
  await noteWarmStart(
    tx,
    studyId,
    warmStart,
    earlier.flatMap(({ trials }) => trials),
  )
}

/** Notes what each earlier study gave, and imports these trials. */
export async function noteWarmStart(
  tx: Sql,
  studyId: string,
  warmStart: readonly WarmStart[],
  trials: WarmStartSource['trials'] = [],
): Promise<void> {
  const study = (await readHeldStudy(tx, SEARCHES, studyId, undefined))!
  const from = study.seq
  const writes = noWrites()
  for (const trial of trials) importTrial(study, writes, trial)
  study.counters = { ...study.counters, warmStart }
  logEvent(study, writes, 'warmed', null, { studies: warmStart })
  await storeTurns(tx, [{ study, from, writes }])
}
