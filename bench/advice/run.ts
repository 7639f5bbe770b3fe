/** One run: an arm and a seed in the first hours of the simulated H200, by the protocol and with the noise of `quality`. */
import type { Params } from '../../search-spaces/index.js'
import type { HeldStudy } from '../../src/engine/held-study.js'
import { evaluate, landscape, truth } from '../../trainer/landscape/index.js'
import { noise } from '../centaur/arms.js'
import { openStudy, searcherOf } from '../centaur/study.js'
import { memoryLimitGb, spaceName, terms } from '../quality/run.js'
import { type Ending, type Searcher, simulate, type Trial } from '../quality/simulation.js'
import { type Arm, leader } from './arms.js'

/** Advice is worth most while the optimizer knows little. */
export const HOURS = 8
/** What the published table calls found. */
export const TARGET = 0.9769

export interface Run {
  readonly arm: Arm
  readonly seed: number
}

export interface Score {
  /** The lowest value that was observed, and what that configuration is worth without noise. */
  readonly best: number
  readonly truth: number
  /** Until an incumbent is worth the target; null where none is. */
  readonly hours: number | null
  readonly trials: number
  /** Trials on the advisor's turn, and those that ran its configuration. */
  readonly turns: number
  readonly taken: number
}

export async function runOnce({ arm, seed }: Run): Promise<Score> {
  const study = studyOf(arm, seed)
  const trials = await play(searcherOf(study), seed)
  const { turns, taken } = study.counters.advice
  return { ...foundIn(trials), turns, taken }
}

export function studyOf(arm: Arm, seed: number): HeldStudy {
  return openStudy({
    name: arm.id,
    space: spaceName,
    method: { ...leader, ...(arm.advisor && { advisor: arm.advisor }) },
    objective: { metric: 'val_bpb', direction: 'minimize', noise },
    seed,
  })
}

/** The trials of the first hours. */
export function play(searcher: Searcher, seed: number): Promise<Trial[]> {
  const train = (number: number, params: Params): Ending => {
    const run = evaluate(landscape(), params, { seed: seed * 1_000_000 + number, memoryLimitGb })
    const { outcome } = run
    return {
      params,
      result: outcome === 'complete' ? { outcome, value: run.valBpb } : { outcome },
      wallSeconds: run.totalSeconds,
      chargedSeconds: run.trainSeconds,
      peakMemoryMb: run.peakMemoryMb,
    }
  }
  return simulate(searcher, train, { ...terms, budgetSeconds: HOURS * 3600, workers: 1 })
}

export function foundIn(trials: readonly Trial[]): Omit<Score, 'turns' | 'taken'> {
  let best: { value: number; truth: number } | undefined
  let hours: number | null = null
  for (const { params, result, spentSeconds } of trials) {
    if (result.outcome !== 'complete' || result.value >= (best?.value ?? Infinity)) continue
    best = { value: result.value, truth: truth(landscape(), params) }
    if (hours === null && best.truth <= TARGET) hours = spentSeconds / 3600
  }
  if (best === undefined) throw new Error('not one trial of the run succeeded')
  return { best: best.value, truth: best.truth, hours, trials: trials.length }
}
