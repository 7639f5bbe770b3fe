/**
 * A lock between processes that share a folder. The lock is a folder with one file in it. The file is named after its owner,
 * lists the owner's processes, and is touched every second while they run.
 *
 * The lock is acquired by one atomic rename: either a folder that already contains the owner's file is moved into place, or
 * the file of a dead owner is renamed to the new owner's. So two processes can never both hold it.
 */
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

const heartbeat = 1_000
const silence = 5_000
const poll = 200

/**
 * Runs `work` while holding the lock. If another process holds it, calls `waiting(pid)` once and waits.
 * `work` gets a function that adds a process to the owner's, so that a child that outlives its parent keeps the lock.
 */
export async function withLock(folder, work, waiting) {
  const mine = `${process.pid}.${randomBytes(6).toString('hex')}`
  for (let said = false; !take(folder, mine) && !takeOver(folder, mine); said = true) {
    if (!said) waiting(pidOf(ownerOf(folder)))
    await new Promise((resolve) => setTimeout(resolve, poll))
  }
  const file = join(folder, mine)
  const pulse = setInterval(() => touch(file), heartbeat)
  try {
    return await work((pid) => appendFileSync(file, `${pid}\n`))
  } finally {
    clearInterval(pulse)
    release(folder, file)
  }
}

function take(folder, mine) {
  if (ownerOf(folder)) return false
  const own = `${folder}.${mine}`
  mkdirSync(own)
  writeFileSync(join(own, mine), '')
  try {
    renameSync(own, folder)
    return true
  } catch (error) {
    rmSync(own, { recursive: true })
    if (existsSync(folder)) return false
    throw error
  }
}

function takeOver(folder, mine) {
  const owner = ownerOf(folder)
  if (!owner || !isDead(join(folder, owner), owner)) return false
  try {
    renameSync(join(folder, owner), join(folder, mine))
  } catch {
    return false
  }
  writeFileSync(join(folder, mine), '')
  return true
}

/** The owner is dead if it no longer touches its file (it may run in another pid namespace) and none of its processes lives. */
function isDead(file, owner) {
  try {
    if (Date.now() - statSync(file).mtimeMs < silence) return false
    const workers = readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number)
    return ![pidOf(owner), ...workers].some(isAlive)
  } catch {
    return false
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function release(folder, file) {
  rmSync(file, { force: true })
  try {
    rmdirSync(folder)
  } catch {
    // The next owner acquired the lock between these two lines.
  }
}

function touch(file) {
  try {
    utimesSync(file, new Date(), new Date())
  } catch {
    // The lock was removed by hand, so there is nothing to touch.
  }
}

function ownerOf(folder) {
  try {
    return readdirSync(folder)[0]
  } catch {
    return undefined
  }
}

function pidOf(owner) {
  return Number.parseInt(owner ?? '', 10)
}
