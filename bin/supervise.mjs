/**
 * node bin/supervise.mjs FOLDER: runs the stages of the job in FOLDER/job.json, and writes FOLDER/exit.json at the end.
 * It is a separate process, so that a trial survives the server that started it, and its limits hold without the server.
 *
 * A folder has one supervisor: the first that links claimed.json. SIGTERM ends the job as a time-out would.
 */
import { spawn } from 'node:child_process'
import {
  createWriteStream,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const folder = process.argv[2]
const job = JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8'))
/** A process with this mark in its environment belongs to the job, whatever its process group or session. */
const MARK = `CHIRON_JOB=${folder}`
const SWEEP_MS = 10_000

if (!claim()) process.exit(0)
const kernelKills = outOfMemoryKills()
let stopping
let current
process.on('SIGTERM', () => end('stopped'))
process.on('SIGHUP', () => {})
process.on('SIGINT', () => {})

const log = openLog(join(folder, 'log'), job.logBytes)
const seconds = {}
let last
for (const stage of job.stages) {
  last = await run(stage)
  if (stopping || last.code !== 0) break
}
await log.end()
write('exit.json', {
  ...last,
  ended: stopping ?? 'itself',
  seconds,
  kernelKills: kernelKills === undefined ? undefined : outOfMemoryKills() - kernelKills,
})
process.exit() // whoever could not be removed may still hold the pipe

async function run({ name, command, limitSeconds }) {
  const began = process.hrtime.bigint()
  const child = start(command)
  const failed = await new Promise((resolve) => child.once('error', resolve).once('spawn', () => resolve()))
  if (failed) return { stage: name, code: null, signal: null, error: failed.message, survivors: 0 }
  const drained = new Promise((resolve) => child.once('close', resolve))
  current = child
  write('running.json', { stage: name, ...identity(child.pid) })
  log.take(child.stdout)
  const timer = setTimeout(() => end('timeout'), limitSeconds * 1000)
  const [code, signal] = await new Promise((resolve) => child.once('exit', (...how) => resolve(how)))
  clearTimeout(timer)
  current = undefined
  const survivors = await sweep(child.pid)
  await Promise.race([drained, sleep(SWEEP_MS, undefined, { ref: false })])
  seconds[name] = Number(process.hrtime.bigint() - began) / 1e9
  return { stage: name, code, signal, survivors }
}

/** Runs the command in a shell, which sets the limit and merges stdout and stderr in order. */
function start(command) {
  const limit = job.memoryBytes === undefined ? '' : `ulimit -v ${Math.ceil(job.memoryBytes / 1024)} && `
  return spawn('/bin/sh', ['-c', `${limit}exec "$@" 2>&1`, 'sh', ...command], {
    cwd: join(folder, 'work'),
    env: { ...process.env, ...job.environment, CHIRON_JOB: folder },
    detached: true, // a process group, and a session, of its own
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

/** Sends SIGTERM to the process group, and SIGKILL after a grace period. */
async function end(why) {
  if (stopping) return
  stopping = why
  const child = current
  if (child === undefined) return
  signalGroup(child.pid, 'SIGTERM')
  await sleep(job.stopSeconds * 1000, undefined, { ref: false })
  if (current === child) signalGroup(child.pid, 'SIGKILL')
}

/** Kills all remaining processes of the job. Returns how many could not be killed. */
async function sweep(group) {
  signalGroup(group, 'SIGKILL')
  for (const began = Date.now(); ; await sleep(50)) {
    const left = members()
    if (left.length === 0 || Date.now() - began > SWEEP_MS) return left.length
    for (const pid of left) signal(pid, 'SIGKILL')
  }
}

function members() {
  return processes().filter((pid) => {
    try {
      const text = readFileSync(`/proc/${pid}/environ`, 'latin1')
      return (
        text.split('\0').includes(MARK) &&
        !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
      )
    } catch {
      return false // ended meanwhile, or another user's
    }
  })
}

function processes() {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return [] // no /proc: the process group is all that is known
  }
}

function signalGroup(group, name) {
  signal(-group, name)
}

function signal(pid, name) {
  try {
    process.kill(Number(pid), name)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

/** Keeps the head and the tail of the log: the first half of the cap, then two alternating pieces of a quarter each. */
function openLog(path, cap) {
  let stream = createWriteStream(`${path}.head`)
  let room = cap / 2
  const take = (chunk) => {
    if (chunk.length > room) {
      stream.end()
      try {
        renameSync(`${path}.tail`, `${path}.before`)
      } catch {} // the first tail
      stream = createWriteStream(`${path}.tail`)
      room = cap / 4
    }
    const piece = chunk.subarray(-Math.floor(cap / 4))
    room -= piece.length
    return stream.write(piece)
  }
  return {
    take: (source) =>
      source.on('data', (chunk) => {
        if (take(chunk)) return
        source.pause()
        stream.once('drain', () => source.resume())
      }),
    end: () => new Promise((resolve) => stream.end(resolve)),
  }
}

function claim() {
  const own = join(folder, `claimed.${process.pid}`)
  writeFileSync(own, JSON.stringify(identity(process.pid)))
  try {
    linkSync(own, join(folder, 'claimed.json'))
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    unlinkSync(own)
  }
}

/** Identifies a process by more than its pid, which may be reused. process-identity.ts in src/dispatch/engines does the same. */
function identity(pid) {
  return { pid, started: startOf(pid), boot: read('/proc/sys/kernel/random/boot_id')?.trim() }
}

function startOf(pid) {
  return read(`/proc/${pid}/stat`)?.split(') ').at(-1).split(' ')[19]
}

function outOfMemoryKills() {
  const kills = /^oom_kill (\d+)$/m.exec(read('/proc/vmstat') ?? '')
  return kills ? Number(kills[1]) : undefined
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Writes the file atomically. */
function write(name, value) {
  const part = join(folder, `${name}.part`)
  writeFileSync(part, JSON.stringify(value))
  renameSync(part, join(folder, name))
}
