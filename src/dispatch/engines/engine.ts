/** Where a trial's processes run. A job is named by (study, trial, attempt): starting it again changes nothing. */
import type { JobExit, JobFolder, TrialRecord } from '../jobs/job-folder.js'

export type JobStatus =
  | { readonly is: 'running' }
  | { readonly is: 'ended'; readonly exit: JobExit }
  /** Lost with its machine or its supervisor: nobody will ever say how it ended. */
  | { readonly is: 'gone'; readonly why: string }

export interface JobEngine {
  start(folder: JobFolder, trial: TrialRecord): Promise<void>
  status(folder: JobFolder, trial: TrialRecord): Promise<JobStatus>
  /** Asks it to end, again and again if need be; `look` says when it has. */
  stop(folder: JobFolder, trial: TrialRecord): Promise<void>
  tail(folder: JobFolder, trial: TrialRecord): Promise<string>
  /** What of the machine belongs into the trial's record. */
  readonly tags: (trial: TrialRecord) => Readonly<Record<string, string>>
}
