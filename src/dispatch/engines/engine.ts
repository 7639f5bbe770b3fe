/**
 * Runs the processes of trials. A job is identified by its study, trial and attempt, so starting one twice starts it
 * once.
 */
import type { JobExit, JobFolder, TrialRecord } from '../jobs/job-folder.js'

export type JobStatus =
  | { readonly is: 'running' }
  | { readonly is: 'ended'; readonly exit: JobExit }
  /** It was lost with its machine or its supervisor, so how it ended will never be known. */
  | { readonly is: 'gone'; readonly why: string }

export interface JobEngine {
  start(folder: JobFolder, trial: TrialRecord): Promise<void>
  status(folder: JobFolder, trial: TrialRecord): Promise<JobStatus>
  /** Asks it to end, and may be called again; `status` tells when it has ended. */
  stop(folder: JobFolder, trial: TrialRecord): Promise<void>
  /** The last lines of its log. */
  tail(folder: JobFolder, trial: TrialRecord): Promise<string>
  /** What the metrics of the trial record of the machine. */
  readonly tags: (trial: TrialRecord) => Readonly<Record<string, string>>
}
