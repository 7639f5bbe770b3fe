/** Files of a task that nobody edits, such as its evaluation: their contents are held by hash. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../faults.js'
import type { ProcessProfile } from '../profiles/process-profile.js'

export interface DifferingFile {
  readonly path: string
  /** Null where the file is not there. */
  readonly is: string | null
}

export async function differingFiles({ locked, places }: ProcessProfile): Promise<DifferingFile[]> {
  const found = await Promise.all(
    Object.entries(locked).map(async ([path, expected]) => {
      const is = await hashOf(join(places.home, path))
      return is === expected ? [] : [{ path, is }]
    }),
  )
  return found.flat()
}

/** Throws where a locked file differs, since the values of its trials could not be compared with others. */
export async function verifyLocked(profile: ProcessProfile): Promise<void> {
  const [differing] = await differingFiles(profile)
  if (differing === undefined) return
  const { path, is } = differing
  const why = is === null ? 'is not there' : `has the SHA-256 ${is}, not that of the profile`
  throw new Fault(
    'invalid_request',
    `The locked file ${path} of ${profile.name} ${why}: put it back, or correct "locked" if the change is meant`,
  )
}

async function hashOf(path: string): Promise<string | null> {
  const bytes = await readFile(path).catch(() => null)
  return bytes && createHash('sha256').update(bytes).digest('hex')
}
