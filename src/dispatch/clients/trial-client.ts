/**
 * Asks for trials and tells their outcomes. Slots use it alike for the service that they are part of and for one over
 * HTTP.
 */
import type { Program } from '../../domain/program.js'
import type { Tell } from '../../domain/tell.js'
import type { StudyNotifier } from '../../engine/study-notifier.js'
import type { StudyQueues } from '../../engine/study-queue.js'
import { Fault, type FaultCode } from '../../faults.js'
import type { Database } from '../../storage/database.js'
import { readFiles } from '../../storage/programs.js'
import { type AskAnswer, ask } from '../../trials/commands/ask.js'
import { resumeAfter, returnTrial } from '../../trials/commands/return-trial.js'
import { tell } from '../../trials/commands/tell.js'
import { forecastOutcome } from '../../trials/reports/forecast.js'
import { renewLease } from '../../trials/reports/heartbeat.js'
import type { Decision } from '../../trials/reports/pruning.js'
import { recordReport } from '../../trials/reports/report.js'

/** Rejects with Faults of src/faults.ts, whether they arise here or come from a service over HTTP. */
export interface TrialClient {
  ask(worker: string): Promise<AskAnswer>
  heartbeat(number: number, token: string): Promise<void>
  report(number: number, token: string, step: number, value: number | string): Promise<Decision>
  tell(number: number, token: string, told: Tell): Promise<void>
  /** The source of the program that a trial runs. */
  program(hash: string): Promise<Program>
  /** Gives a trial back that cannot run here, whatever its configuration; `pause`: and no other could run at once. */
  giveBack(number: number, token: string, reason: string, pause: boolean): Promise<void>
  /** What a trial was given back for is over. */
  goOn(reason: string): Promise<void>
  /** Waits until the study may have moved, at most so long. */
  wait(milliseconds: number): Promise<void>
}

export interface LocalService {
  readonly database: Database
  readonly queues: StudyQueues
  readonly notifier: StudyNotifier
}

/**
 * The service that this process is part of, by the code that the HTTP routes call too. It alone runs the study, so a trial that it
 * gives back may pause the study.
 */
export function localTrialClient({ database, queues, notifier }: LocalService, study: string): TrialClient {
  return {
    ask: (worker) => queues.run(study, ask(worker, 1)),
    heartbeat: async (number, token) => {
      await renewLease(database, study, number, token)
    },
    report: (number, token, step, value) => recordReport(database, study, number, { token, step, value }),
    tell: async (number, token, told) => {
      await queues.run(study, tell(number, token, told, await forecastOutcome(database, study, number, told)))
    },
    program: async (hash) => ({ hash, files: await readFiles(database, study, hash) }),
    giveBack: async (number, token, reason, pause) => {
      await queues.run(study, returnTrial(number, token, { reason, pause }))
    },
    goOn: (reason) => queues.run(study, resumeAfter(reason)),
    wait: (milliseconds) => notifier.wait(study, milliseconds),
  }
}

const NO_LONGER_OURS = new Set<FaultCode>(['lease_lost', 'already_told', 'trial_settled', 'trial_not_found'])

/** The trial was cancelled, deleted or leased again: the worker has not failed, and asks for another. */
export function isNoLongerOurs(error: unknown): boolean {
  return error instanceof Fault && NO_LONGER_OURS.has(error.code)
}
