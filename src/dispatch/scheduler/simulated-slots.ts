/** The slots of a simulated study: each asks, runs, tells, by the same code as a worker over HTTP, until the study is over. */
import type { FastifyBaseLogger } from 'fastify'
import type { Pruning, StudySpec } from '../../domain/spec.js'
import type { StudyNotifier } from '../../engine/study-notifier.js'
import type { StudyQueues } from '../../engine/study-queue.js'
import type { Database } from '../../storage/database.js'
import { ask } from '../../trials/commands/ask.js'
import { tell } from '../../trials/commands/tell.js'
import { forecastOutcome } from '../../trials/reports/forecast.js'
import type { Decision } from '../../trials/reports/pruning.js'
import { recordReport } from '../../trials/reports/report.js'
import { runSimulated } from '../engines/simulated.js'
import type { SimulatedProfile } from '../profiles/profiles.js'
import { type StudyClock, simulatedClock, wallClock } from './study-clock.js'

export interface SimulatedSite {
  readonly database: Database
  readonly queues: StudyQueues
  readonly notifier: StudyNotifier
  readonly logger: FastifyBaseLogger
}

/**
 * How long a slot that has nothing to do looks away, in seconds of its clock and of the wall. While an advisor thinks, the
 * study's own clock stands: that time is nobody's training.
 */
const IDLE_SECONDS = 30
const IDLE_MS = 500

/** Works until the study is finished, or the service stops: what runs then is leased to these slots, and is theirs again. */
export async function runSimulatedSlots(
  site: SimulatedSite,
  study: { readonly id: string; readonly spec: StudySpec },
  profile: SimulatedProfile,
  stopped: AbortSignal,
): Promise<void> {
  const slots = Array.from({ length: study.spec.parallel }, (_, slot) => `${profile.name}/${slot}`)
  const clock = profile.speed === 'full' ? simulatedClock(slots.length) : wallClock(profile.speed, stopped)
  await Promise.all(slots.map((worker) => slot(worker).finally(clock.leave)))

  async function slot(worker: string): Promise<void> {
    while (!stopped.aborted) {
      const { trials, reason } = await site.queues.run(study.id, ask(worker, 1))
      const trial = trials[0]
      if (reason?.code === 'finished' && trial === undefined) return
      if (reason?.code === 'advising' && trial === undefined) await site.notifier.wait(study.id, IDLE_MS)
      else if (trial === undefined) await waitIdle(site, study.id, clock)
      else await run(trial.number, trial.params, trial.lease.token)
    }
  }

  async function run(
    number: number,
    params: Readonly<Record<string, unknown>>,
    token: string,
  ): Promise<void> {
    const told = await runSimulated(
      profile,
      study.spec.seed,
      { number, params },
      clock,
      reporter(number, token),
    )
    const foreseen = await forecastOutcome(site.database, study.id, number, told)
    await site.queues.run(study.id, tell(number, token, told, foreseen))
  }

  /** Without a rule nobody reads the reports of a clock that does not wait: they would only cost time. */
  function reporter(number: number, token: string): (step: number, value: number) => Promise<Decision> {
    const rule: Pruning | undefined = study.spec.pruning
    if (profile.speed === 'full' && rule === undefined) return async () => ({ decision: 'go' })
    return (step, value) => recordReport(site.database, study.id, number, { token, step, value })
  }
}

async function waitIdle(site: SimulatedSite, studyId: string, clock: StudyClock): Promise<void> {
  await clock.sleep(IDLE_SECONDS)
  await site.notifier.wait(studyId, IDLE_MS)
}
