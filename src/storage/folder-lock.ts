/**
 * The lock on the data folder. The kernel holds it for this process: as long as the process lives, even while it is
 * stopped, and not a moment longer. A lock of timestamps could do neither.
 *
 * macOS, the BSDs and Windows lock a file as they open it. Linux has flock(2), which Node does not offer, so flock(1)
 * locks the file that this process has open: the lock belongs to the open file and stays when flock(1) has ended.
 * Network file systems: NFS and SMB pass the lock on to their server; a mount that does not (`nolock`, sshfs) excludes
 * only servers of the same machine.
 */
import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../faults.js'

/** The file is never removed: a lock on a removed file would not exclude whoever creates the next one. */
const LOCK_FILE = 'server.lock'

/** O_EXLOCK of sys/fcntl.h; on Windows libuv's flag for a file that nobody else may open. */
const OPEN_LOCKED: Partial<Record<NodeJS.Platform, number>> = {
  darwin: 0x20,
  freebsd: 0x20,
  openbsd: 0x20,
  win32: 0x10000000,
}
const HELD_BY_ANOTHER = ['EAGAIN', 'EBUSY']

/** A process that was just killed may need this long until the kernel has taken it down. */
const ATTEMPTS = 10
const PAUSE_MS = 100

/** Returns what releases the lock. Throws where another process holds it. */
export async function lockFolder(folder: string): Promise<() => void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const file = tryLock(join(folder, LOCK_FILE))
    if (file !== undefined) return () => closeSync(file)
    await sleep(PAUSE_MS)
  }
  throw new Fault(
    'database_unavailable',
    `Another process uses the data folder ${folder}: stop it, set another CHIRON_DATA_DIR, or use Postgres (DATABASE_URL), which serves several processes`,
  )
}

/** The open file that carries the lock; undefined where another process holds it. */
function tryLock(path: string): number | undefined {
  const openLocked = OPEN_LOCKED[process.platform]
  return openLocked === undefined ? lockOpenFile(path) : openLockedFile(path, openLocked)
}

function openLockedFile(path: string, openLocked: number): number | undefined {
  const { O_RDWR, O_CREAT, O_NONBLOCK = 0 } = constants
  try {
    return openSync(path, O_RDWR | O_CREAT | O_NONBLOCK | openLocked)
  } catch (error) {
    if (HELD_BY_ANOTHER.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

function lockOpenFile(path: string): number | undefined {
  const file = openSync(path, 'a')
  const { status, stderr, error } = spawnSync('flock', ['-n', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', file],
  })
  if (status === 0) return file
  closeSync(file)
  const isHeld = status === 1 && stderr.length === 0
  if (isHeld) return undefined
  const why =
    error === undefined ? String(stderr).trim() : 'the command flock is missing (package util-linux)'
  throw new Fault(
    'database_unavailable',
    `The data folder cannot be locked (${path}): ${why}. Mend that, or use Postgres (DATABASE_URL)`,
  )
}
