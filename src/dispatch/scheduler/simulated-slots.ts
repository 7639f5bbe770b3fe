/** Runs the trials of a study on the simulated card, `parallel` at a time, until the study is finished. */
import type { Params } from '../../../search-spaces/index.js'
import type { StudySpec } from '../../domain/spec.js'
import type { AskAnswer } from '../../trials/commands/ask.js'
import type { Decision } from '../../trials/reports/pruning.js'
import { isNoLongerOurs, type TrialClient } from '../clients/trial-client.js'
import { noiseOfConfiguration, noiseOfTrial, runSimulated } from '../engines/simulated.js'
import type { SimulatedProfile } from '../profiles/profiles.js'
import { Slots } from './slots.js'
import { type StudyClock, simulatedClock, wallClock } from './study-clock.js'

export interface SimulatedStudy {
  readonly spec: StudySpec
  readonly profile: SimulatedProfile
  readonly client: TrialClient
  /** How often the study had run a trial's configuration before that trial. */
  readonly repetitionOf: (number: number) => Promise<number>
  readonly stopped: AbortSignal
}

/** How long a slot without a trial waits: in seconds of the study's clock, and in milliseconds of the wall's. */
const IDLE_SECONDS = 30
const IDLE_MS = 500

/** Trials that run when the slots are stopped stay leased, and slots of the same names are given them again. */
export async function runSimulatedSlots(study: SimulatedStudy): Promise<void> {
  const { spec, profile } = study
  const slots = new Slots(study.stopped)
  const workers = Array.from({ length: spec.parallel }, (_, slot) => `${profile.name}/${slot}`)
  const clock =
    profile.speed === 'full'
      ? simulatedClock(workers.length, slots.stopped)
      : wallClock(profile.speed, slots.stopped)
  await slots.run(workers, (worker) => runSlot(study, worker, clock, slots.stopped).finally(clock.leave))
}

async function runSlot(
  study: SimulatedStudy,
  worker: string,
  clock: StudyClock,
  stopped: AbortSignal,
): Promise<void> {
  const { client } = study
  while (!stopped.aborted) {
    const { trials, reason } = await client.ask(worker)
    if (trials[0] !== undefined) await runTrial(study, trials[0], clock)
    else if (reason?.code === 'finished') return
    else {
      // The study's clock stands still while an advisor thinks, since nobody trains in that time.
      if (reason?.code !== 'advising') await clock.sleep(IDLE_SECONDS)
      await client.wait(IDLE_MS)
    }
  }
}

async function runTrial(
  study: SimulatedStudy,
  { number, params, proposal, lease: { token } }: AskAnswer['trials'][number],
  clock: StudyClock,
): Promise<void> {
  const { spec, profile, client } = study
  /** On a clock that never waits a report costs time, and without a pruning rule nobody acts on it. */
  const unread = profile.speed === 'full' && spec.pruning === undefined
  const report = async (step: number, value: number): Promise<Decision> =>
    unread ? { decision: 'go' } : client.report(number, token, step, value)
  try {
    const noise = await noiseSeed(study, { number, params, isRepeat: proposal.duplicateOf !== undefined })
    await client.tell(number, token, await runSimulated(profile, params, noise, clock, report))
  } catch (error) {
    if (!isNoLongerOurs(error)) throw error
  }
}

async function noiseSeed(
  { spec, repetitionOf }: SimulatedStudy,
  { number, params, isRepeat }: { number: number; params: Params; isRepeat: boolean },
): Promise<number> {
  if (!spec.paired) return noiseOfTrial(spec.seed, number)
  return noiseOfConfiguration(spec.seed, params, isRepeat ? await repetitionOf(number) : 0)
}
