/**
 * The lock on the folder of trials. One process supervises the trials of a folder; another one waits until it has
 * ended.
 */
import { mkdir } from 'node:fs/promises'
import type { FastifyBaseLogger } from 'fastify'
import { lock } from 'proper-lockfile'

export interface FolderLock {
  /** Aborted once another process has the lock: we stood still for longer than LOCK_MS, or the lock was removed. */
  readonly lost: AbortSignal
  release(): Promise<void>
}

/** The holder renews its lock several times in this time; a lock that was not renewed is another's to take. */
export const LOCK_MS = 10_000

/** Undefined where another process holds the lock. */
export async function lockFolder(folder: string, logger: FastifyBaseLogger): Promise<FolderLock | undefined> {
  await mkdir(folder, { recursive: true })
  const losing = new AbortController()
  const release = await lock(folder, {
    stale: LOCK_MS,
    onCompromised: (err) => {
      logger.error(
        { err },
        `the lock on ${folder} was lost: its trials are left to the process that has it now. ` +
          'Give each server a CHIRON_DATA_DIR of its own',
      )
      losing.abort()
    },
  }).catch((error) => {
    if (error.code === 'ELOCKED') return undefined
    throw error
  })
  if (release === undefined) return undefined
  return { lost: losing.signal, release: async () => (losing.signal.aborted ? undefined : release()) }
}
