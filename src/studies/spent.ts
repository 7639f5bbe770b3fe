/** What a study has spent so far, in the units of its figures. */
import { endedTrials } from '../domain/counters.js'
import type { StudyRow } from './read-studies.js'

export function spentOf({ counters, createdAt, updatedAt, state }: StudyRow) {
  const until = state === 'active' ? Date.now() : updatedAt.getTime()
  return {
    trials: endedTrials(counters),
    trainSeconds: counters.trainSeconds,
    wallSeconds: Math.max(0, until - createdAt.getTime()) / 1000,
    dollars: counters.advice.dollars,
  }
}

/** The standard deviation of repeated measurements: as given, or as estimated from repeats; null where neither is. */
export function noiseOf({ spec, noise }: Pick<StudyRow, 'spec' | 'noise'>): number | null {
  return spec.objective.noise ?? noise
}
