/** Imports trials of earlier studies into one that is being created. */
import type { ImportedTrial, TrialOrigin } from '../../domain/imported-trial.js'
import { logEvent } from '../../engine/event-log.js'
import { readHeldStudy } from '../../engine/held-study.js'
import { storeTurns } from '../../engine/store-turn.js'
import { noWrites } from '../../engine/writes.js'
import type { Sql } from '../../storage/database.js'
import { importTrial } from './import-trials.js'

export interface WarmStartSource {
  readonly study: string
  readonly trials: readonly (ImportedTrial & { readonly origin: TrialOrigin })[]
  /** Trials that had no place in this study. */
  readonly leftOut: number
}

/** Needs no turn: it runs inside the transaction that creates the study, which nobody else can see yet. */
export async function importWarmStart(
  tx: Sql,
  studyId: string,
  earlier: readonly WarmStartSource[],
): Promise<void> {
  const study = (await readHeldStudy(tx, studyId, undefined))!
  const from = study.seq
  const writes = noWrites()
  for (const trial of earlier.flatMap(({ trials }) => trials)) importTrial(study, writes, trial)
  const warmStart = earlier.map(({ study, trials, leftOut }) => ({ study, trials: trials.length, leftOut }))
  study.counters = { ...study.counters, warmStart }
  logEvent(study, writes, 'warmed', null, { studies: warmStart })
  await storeTurns(tx, [{ study, from, writes }])
}
