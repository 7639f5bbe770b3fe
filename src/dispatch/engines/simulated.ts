/**
 * Runs a trial on the simulated card. The time that it would take passes on the study's clock; it reports on the way.
 */
import { createHash } from 'node:crypto'
import { type Params, paramsKey } from '../../../search-spaces/index.js'
import { evaluate, landscape, type Run } from '../../../trainer/landscape/index.js'
import type { Tell } from '../../domain/tell.js'
import type { Decision } from '../../trials/reports/pruning.js'
import type { SimulatedProfile } from '../profiles/profiles.js'
import type { StudyClock } from '../scheduler/study-clock.js'

/** Seconds of training between two reports. */
const REPORT_EVERY = 10

export async function runSimulated(
  profile: SimulatedProfile,
  params: Params,
  seed: number,
  clock: StudyClock,
  report: (step: number, value: number) => Promise<Decision>,
): Promise<Tell> {
  const run = evaluate(landscape(), params, {
    seed,
    memoryLimitGb: profile.memoryLimitGb,
  })
  if (run.outcome !== 'complete') {
    await clock.sleep(run.totalSeconds)
    return { ...measurementsOf(run), outcome: run.outcome, message: run.message }
  }
  await clock.sleep(run.totalSeconds - run.trainSeconds)
  let spent = 0
  for (const { seconds, valBpb } of run.curve) {
    await clock.sleep(seconds - spent)
    spent = seconds
    const step = Math.round(seconds / REPORT_EVERY) * REPORT_EVERY
    const { decision } = await report(step, valBpb)
    if (decision === 'stop')
      return { ...measurementsOf(run), trainSeconds: spent, outcome: 'pruned', value: valBpb }
  }
  return {
    ...measurementsOf(run),
    outcome: 'complete',
    value: run.valBpb,
    tokensPerSecond: run.tokensPerSecond,
  }
}

function measurementsOf(run: Run) {
  return { trainSeconds: run.trainSeconds, peakMemoryMb: run.peakMemoryMb }
}

/** Seeds the noise by study and trial, so that a trial that runs again measures the same. */
export function noiseOfTrial(studySeed: number, number: number): number {
  return (studySeed % 2 ** 31) * 2 ** 20 + number
}

/**
 * Seeds the noise by study seed, configuration and how often that had run before, so that studies with the same seed
 * measure the same of a configuration, whenever each of them runs it.
 */
export function noiseOfConfiguration(studySeed: number, params: Params, repetition: number): number {
  const digest = createHash('sha256')
    .update(`${studySeed}:${repetition}:${paramsKey(params)}`)
    .digest()
  return digest.readUIntBE(0, 6)
}
