/** Warm start: imports the trials of earlier studies into a study that is to be created. */

import { Searches } from '../../compute/searches.js'
import type { ImportedTrial, TrialOrigin } from '../../domain/imported-trial.js'
import { logEvent } from '../../engine/event-log.js'
import { mapInSlices } from '../../engine/in-slices.js'
import { type NewStudy, openNewStudy } from '../../engine/read-held-study.js'
import { noWrites, type PlayedTurn } from '../../engine/writes.js'
import { importTrial } from './import-trials.js'

export interface WarmStartSource {
  readonly study: string
  readonly trials: readonly (ImportedTrial & { readonly origin: TrialOrigin })[]
  /** Trials that had no place in this study. */
  readonly leftOut: number
}

/** Its search is read from the log later, wherever that is computed; here it only follows what is imported. */
const SEARCHES = new Searches(0)

/** The first turn of the study. It is played before anything is stored: nobody knows the study yet. */
export async function playWarmStart(
  made: NewStudy,
  earlier: readonly WarmStartSource[],
): Promise<PlayedTurn> {
  const study = await openNewStudy(SEARCHES, made)
  const from = study.seq
  const writes = noWrites()
  const trials = earlier.flatMap((source) => source.trials)
  await mapInSlices(trials, (trial) => importTrial(study, writes, trial))
  const warmStart = earlier.map(({ study, trials, leftOut }) => ({ study, trials: trials.length, leftOut }))
  study.counters = { ...study.counters, warmStart }
  logEvent(study, writes, 'warmed', null, { studies: warmStart })
  return { study, from, writes }
}
