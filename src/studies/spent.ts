/** What a study has spent so far, in the units of its figures. */
import { endedTrials } from '../domain/counters.js'
import type { StudyRow } from './read-studies.js'

export function spentOf({ counters }: Pick<StudyRow, 'counters'>) {
  return {
    trials: endedTrials(counters),
    trainSeconds: counters.trainSeconds,
    dollars: counters.advice.dollars,
  }
}

/** Since it was created, until it was last changed where it is no longer active. */
export function wallSeconds({ createdAt, updatedAt, state }: StudyRow): number {
  const until = state === 'active' ? Date.now() : updatedAt.getTime()
  return Math.max(0, until - createdAt.getTime()) / 1000
}

/** The standard deviation of repeated measurements: as given, or as estimated from repeats; null where neither is. */
export function noiseOf({ spec, noise }: Pick<StudyRow, 'spec' | 'noise'>): number | null {
  return spec.objective.noise ?? noise
}
