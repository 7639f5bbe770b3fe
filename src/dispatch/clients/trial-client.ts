/** Where trials come from and results go to: the service that we are part of, by the code that HTTP goes through too. */

import type { Tell } from '../../domain/tell.js'
import type { StudyNotifier } from '../../engine/study-notifier.js'
import type { StudyQueues } from '../../engine/study-queue.js'
import type { Database } from '../../storage/database.js'
import { type AskAnswer, ask } from '../../trials/commands/ask.js'
import { tell } from '../../trials/commands/tell.js'
import { forecastOutcome } from '../../trials/reports/forecast.js'
import { renewLease } from '../../trials/reports/heartbeat.js'
import type { Decision } from '../../trials/reports/pruning.js'
import { recordReport } from '../../trials/reports/report.js'

/** Faults are those of src/faults.ts, whether they come from here or over the wire. */
export interface TrialClient {
  ask(worker: string): Promise<AskAnswer>
  heartbeat(number: number, token: string): Promise<void>
  report(number: number, token: string, step: number, value: number | string): Promise<Decision>
  tell(number: number, token: string, told: Tell): Promise<void>
  /** Until something may have changed. */
  wait(milliseconds: number): Promise<void>
}

export function localTrialClient(
  {
    database,
    queues,
    notifier,
  }: { readonly database: Database; readonly queues: StudyQueues; readonly notifier: StudyNotifier },
  study: string,
): TrialClient {
  return {
    ask: (worker) => queues.run(study, ask(worker, 1)),
    heartbeat: async (number, token) => {
      await renewLease(database, study, number, token)
    },
    report: (number, token, step, value) => recordReport(database, study, number, { token, step, value }),
    tell: async (number, token, told) => {
      await queues.run(study, tell(number, token, told, await forecastOutcome(database, study, number, told)))
    },
    wait: (milliseconds) => notifier.wait(study, milliseconds),
  }
}
