/** Runs a trial on the simulated card: the time it would take passes on the study's clock, with reports on the way. */
import { evaluate, landscape, type Run } from '../../trainer/landscape/index.js'
import type { Tell } from '../model/tell.js'
import type { Decision } from '../trials/pruning.js'
import type { Clock } from './clock.js'
import type { SimulatedProfile } from './profiles.js'

export interface Trial {
  readonly number: number
  readonly params: Readonly<Record<string, unknown>>
}

/** Seconds of training between two reports. */
const REPORT_EVERY = 10

export async function runSimulated(
  profile: SimulatedProfile,
  studySeed: number,
  trial: Trial,
  clock: Clock,
  report: (step: number, value: number) => Promise<Decision>,
): Promise<Tell> {
  const run = evaluate(landscape(), trial.params, {
    seed: seedOf(studySeed, trial.number),
    memoryLimitGb: profile.memoryLimitGb,
  })
  if (run.outcome !== 'complete') {
    await clock.sleep(run.totalSeconds)
    return { ...measured(run), outcome: run.outcome, message: run.message }
  }
  await clock.sleep(run.totalSeconds - run.trainSeconds)
  let spent = 0
  for (const { seconds, valBpb } of run.curve) {
    await clock.sleep(seconds - spent)
    spent = seconds
    const step = Math.round(seconds / REPORT_EVERY) * REPORT_EVERY
    const { decision } = await report(step, valBpb)
    if (decision === 'stop')
      return { ...measured(run), trainSeconds: spent, outcome: 'pruned', value: valBpb }
  }
  return { ...measured(run), outcome: 'complete', value: run.valBpb, tokensPerSecond: run.tokensPerSecond }
}

function measured(run: Run) {
  return { trainSeconds: run.trainSeconds, peakMemoryMb: run.peakMemoryMb }
}

/** Its noise belongs to a trial of a study: run again, it would measure the same. */
function seedOf(studySeed: number, number: number): number {
  return (studySeed % 2 ** 31) * 2 ** 20 + number
}
