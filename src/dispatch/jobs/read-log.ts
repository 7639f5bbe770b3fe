/** Reads the end of the log of an attempt that this server ran. */
import { existsSync } from 'node:fs'
import { JobFolder } from './job-folder.js'

export interface LogTail {
  readonly tail: string
  /** How much of the log is kept: its beginning and its end. */
  readonly bytes: number
  /** Whether there is more before the tail. */
  readonly cut: boolean
}

/** Undefined where this server has no folder of the attempt. */
export async function readLog(
  root: string,
  { study, number, attempt }: { readonly study: string; readonly number: number; readonly attempt: number },
  most: number,
): Promise<LogTail | undefined> {
  const folder = JobFolder.ofAttempt(root, study, number, attempt)
  return existsSync(folder.path) ? folder.logTail(most) : undefined
}
