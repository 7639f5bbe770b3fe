/**
 * A lock on a file. The kernel holds it for this process: as long as the process lives, even while it is stopped, and
 * not a moment longer. A lock of timestamps could do neither.
 *
 * macOS, the BSDs and Windows lock a file as they open it. Linux has flock(2), which Node does not offer, so flock(1)
 * locks the file that this process has open: the lock belongs to the open file and stays when flock(1) has ended.
 * Network file systems: NFS and SMB pass the lock on to their server; a mount that does not (`nolock`, sshfs) excludes
 * only processes of the same machine.
 */
import { spawn } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from './faults.js'

/** O_EXLOCK of sys/fcntl.h; on Windows libuv's flag for a file that nobody else may open. */
const OPEN_LOCKED: Partial<Record<NodeJS.Platform, number>> = {
  darwin: 0x20,
  freebsd: 0x20,
  openbsd: 0x20,
  win32: 0x10000000,
}
const HELD_BY_ANOTHER = ['EAGAIN', 'EBUSY']
const PAUSE_MS = 100

/** Releases the lock. */
export type Unlock = () => void

/**
 * Locks the file, which is created where it does not exist and must never be removed: a lock on a removed file would not
 * exclude whoever creates the next one. Undefined where another process still holds the lock after `waitMs`; one that was
 * just killed may hold it until the kernel has taken it down.
 */
export async function lockFile(path: string, waitMs = 0): Promise<Unlock | undefined> {
  for (const began = performance.now(); ; await sleep(PAUSE_MS)) {
    const file = await tryLock(path)
    if (file !== undefined) return () => closeSync(file)
    if (performance.now() - began >= waitMs) return undefined
  }
}

/** The open file that carries the lock; undefined where another process holds it. */
async function tryLock(path: string): Promise<number | undefined> {
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

async function lockOpenFile(path: string): Promise<number | undefined> {
  const file = openSync(path, 'a')
  const { code, said } = await runFlock(file)
  if (code === 0) return file
  closeSync(file)
  const isHeld = code === 1 && said === ''
  if (isHeld) return undefined
  throw new Fault('internal', `The file ${path} cannot be locked: ${said || `flock ended with ${code}`}`)
}

function runFlock(file: number): Promise<{ readonly code: number | null; readonly said: string }> {
  return new Promise((resolve) => {
    const flock = spawn('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'pipe', file] })
    let said = ''
    flock.stderr!.on('data', (chunk) => (said += chunk))
    flock.once('error', () =>
      resolve({ code: null, said: 'the command flock is missing (package util-linux)' }),
    )
    flock.once('close', (code) => resolve({ code, said: said.trim() }))
  })
}
