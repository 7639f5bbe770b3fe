/** Warm start: what a study that is being created takes over from earlier ones. */
import { Searches } from '../../compute/searches.js'
import type { WarmStart } from '../../domain/counters.js'
import type { ImportedTrial, TrialOrigin } from '../../domain/imported-trial.js'
import { logEvent } from '../../engine/event-log.js'
import { mapInSlices } from '../../engine/in-slices.js'
import { type NewStudy, openNewStudy } from '../../engine/read-held-study.js'
import { noWrites, type PlayedTurn } from '../../engine/writes.js'
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

/**
 * The first turn of the study: it notes what each earlier study gave, and imports these trials. It is played before anything
 * is stored: nobody knows the study yet.
 */
export async function playWarmStart(
  made: NewStudy,
  warmStart: readonly WarmStart[],
  trials: WarmStartSource['trials'],
): Promise<PlayedTurn> {
  const study = await openNewStudy(SEARCHES, made)
  const from = study.seq
  const writes = noWrites()
  await mapInSlices(trials, (trial) => importTrial(study, writes, trial))
  study.counters = { ...study.counters, warmStart }
  logEvent(study, writes, 'warmed', null, { studies: warmStart })
  return { study, from, writes }
}
