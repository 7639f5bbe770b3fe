/** Where a trial's processes run. A job is named by (study, trial, attempt): starting it again changes nothing. */
import type { Exit, Folder, TrialRecord } from './folder.js'

export type Standing =
  | { readonly is: 'running' }
  | { readonly is: 'ended'; readonly exit: Exit }
  /** Lost with its machine or its supervisor: nobody will ever say how it ended. */
  | { readonly is: 'gone'; readonly why: string }

export interface Engine {
  start(folder: Folder, trial: TrialRecord): Promise<void>
  look(folder: Folder, trial: TrialRecord): Promise<Standing>
  /** Asks it to end, again and again if need be; `look` says when it has. */
  stop(folder: Folder, trial: TrialRecord): Promise<void>
  tail(folder: Folder, trial: TrialRecord): Promise<string>
  /** What of the machine belongs into the trial's record. */
  readonly tags: (trial: TrialRecord) => Readonly<Record<string, string>>
}
