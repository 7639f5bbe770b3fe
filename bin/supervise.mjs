/**
 * node bin/supervise.mjs FOLDER: runs the stages of the job in FOLDER/job.json, and writes FOLDER/exit.json at the end.
 * It is a separate process, so that a trial survives the server that started it, and its limits hold without the server.
 *
 * A folder has one supervisor: the first that links claimed.json. SIGTERM ends the job as a time-out would.
 */
import { spawn } from 'node:child_process'
import {
  createWriteStream,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { watchCards } from './watch-cards.mjs'

const folder = process.argv[2]
const job = JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8'))
/** A process with this mark in its environment belongs to the job, whatever its process group or session. */
const MARK = `CHIRON_JOB=${folder}`
const SWEEP_MS = 10_000
const BEGUN_MS = 50
const DISK_MS = 1000
const LONGEST_TIMER_MS = 2 ** 31 - 1
const TICKS_PER_SECOND = 100 // on every Linux that Node runs on

if (!claim()) process.exit(0)
const began = new Date().toISOString()
const kernelKills = outOfMemoryKills()
let stopping
let current
let held
let pausedSeconds = 0
const clock = stageClock(() => end('timeout'))
process.on('SIGTERM', () => end('stopped'))
process.on('SIGHUP', () => {})
process.on('SIGINT', () => {})

const made = job.confined ? makeGroups(job.confined) : new Map()
const groups = [...made.keys()]
const memoryIsGrouped = [...made.values()].includes('memory')
/** CUDA reserves far more addresses than it uses, so this limit is for processors only. */
const addressSpace =
  job.memoryBytes ?? (memoryIsGrouped || job.confined?.seesGpus ? undefined : job.confined?.memoryBytes)
if (job.confined) watchDisk(job.confined.diskBytes)

const watch = job.cards && watchCards(job.cards, { pause, resume, end })

const log = openLog(join(folder, 'log'), job.logBytes)
const seconds = {}
let last
for (const stage of job.stages) {
  await held?.over
  last = stopping ? { stage: stage.name, code: null, signal: null, survivors: 0 } : await run(stage)
  if (stopping || last.code !== 0) break
}
await log.end()
const processor = processorSeconds()
const cards = await watch?.stop()
await Promise.all(groups.map(removeGroup))
write('exit.json', {
  ...last,
  ended: stopping ?? 'itself',
  began,
  seconds,
  pausedSeconds: pausedSeconds > 0 ? pausedSeconds : undefined,
  cards,
  processorSeconds: processor,
  kernelKills: kernelKills === undefined ? undefined : outOfMemoryKills() - kernelKills,
})
process.exit() // whoever could not be removed may still hold the pipe

async function run({ name, command, limitSeconds, begunSeconds, folder: place, environment }) {
  clock.restart(limitSeconds)
  const child = start(command, place ?? join(folder, 'work'), environment)
  const failed = await new Promise((resolve) => child.once('error', resolve).once('spawn', () => resolve()))
  if (failed) clock.stop()
  if (failed) return { stage: name, code: null, signal: null, error: failed.message, survivors: 0 }
  const drained = new Promise((resolve) => child.once('close', resolve))
  current = child
  if (stopping) void terminate(child)
  if (held) signalJob('SIGSTOP')
  write('running.json', { stage: name, ...identity(child.pid) })
  log.take(child.stdout)
  const begin = begunSeconds === undefined ? undefined : setInterval(restartClock, BEGUN_MS)
  const [code, signal] = await new Promise((resolve) => child.once('exit', (...how) => resolve(how)))
  clock.stop()
  clearInterval(begin)
  current = undefined
  const survivors = await sweep(child.pid)
  await Promise.race([drained, sleep(SWEEP_MS, undefined, { ref: false })])
  seconds[name] = clock.seconds()
  return { stage: name, code, signal, survivors }

  /** The time that counts begins when the launcher says that it has loaded what every program needs. */
  function restartClock() {
    if (held || !existsSync(join(folder, 'work', 'begun'))) return
    clearInterval(begin)
    clock.restart(begunSeconds)
  }
}

/** The time of a stage, which stands still while the job is paused, and what happens when it is over. */
function stageClock(over) {
  let [limit, spent, since, timer, limited] = [0, 0, undefined, undefined, false]
  const now = () => performance.now() / 1000
  const go = () => {
    since = now()
    clearTimeout(timer)
    if (limited) timer = setTimeout(over, Math.min((limit - spent) * 1000, LONGEST_TIMER_MS))
  }
  const hold = () => {
    clearTimeout(timer)
    if (since !== undefined) spent += now() - since
    since = undefined
  }
  return {
    restart: (seconds) => {
      ;[limit, spent, limited] = [seconds, 0, true]
      go()
    },
    /** There is no limit any more; the time goes on. */
    stop: () => {
      limited = false
      clearTimeout(timer)
    },
    hold,
    go,
    seconds: () => spent + (since === undefined ? 0 : now() - since),
  }
}

/** Stops all processes of the job where they are, and its clock. */
function pause() {
  if (stopping || held) return
  let resumed
  const over = new Promise((resolve) => {
    resumed = resolve
  })
  held = { since: performance.now(), over, resumed }
  clock.hold()
  signalJob('SIGSTOP')
}

function resume() {
  if (!held) return
  pausedSeconds += (performance.now() - held.since) / 1000
  tellPaused()
  signalJob('SIGCONT')
  clock.go()
  held.resumed()
  held = undefined
}

/**
 * A trainer that measures its own time takes off what this file says. The folder is the trial's: a link that it has put there is
 * replaced, not followed.
 */
function tellPaused() {
  const part = join(folder, 'work', `paused.${process.pid}.${Math.random()}`)
  try {
    writeFileSync(part, String(pausedSeconds), { flag: 'wx', mode: 0o644 })
    renameSync(part, join(folder, 'work', 'paused'))
  } catch {} // the trial has made a folder of that name, or the disk is full
}

function signalJob(name) {
  if (current === undefined) return
  signalGroup(current.pid, name)
  for (const pid of members()) signal(pid, name)
}

/** Runs the command in a shell, which sets the limits and merges stdout and stderr in order. */
function start(command, place, environment) {
  const limits = [
    ...groups.map((path) => `echo $$ > '${path}/cgroup.procs'`),
    ...(addressSpace === undefined ? [] : [`ulimit -v ${Math.ceil(addressSpace / 1024)}`]),
  ].map((limit) => `${limit} && `)
  return spawn('/bin/sh', ['-c', `${limits.join('')}exec "$@" 2>&1`, 'sh', ...command], {
    cwd: place,
    env: { ...process.env, ...job.environment, ...environment, CHIRON_JOB: folder },
    detached: true, // a process group, and a session, of its own
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

/** Control groups of this job with its limits of memory and processes; none where the machine does not let us make them. */
function makeGroups({ memoryBytes, processes }) {
  const wanted = [
    { controller: 'memory', one: 'memory.limit_in_bytes', two: 'memory.max', value: memoryBytes },
    { controller: 'pids', one: 'pids.max', two: 'pids.max', value: processes },
    { controller: 'cpuacct', value: 'counted, not limited' },
  ]
  const made = new Map()
  for (const { controller, one, two, value } of wanted) {
    const parent = value === undefined ? undefined : groupOf(controller)
    if (parent === undefined) continue
    const path = join(parent.path, `chiron-${process.pid}-${startOf(process.pid)}`)
    try {
      mkdirSync(path, { recursive: true })
      if (one) writeFileSync(join(path, parent.version === 1 ? one : two), String(Math.ceil(value)))
      made.set(path, controller)
    } catch {
      removeGroup(path)
    }
  }
  return made
}

/** Our own group of a controller: of version 1, or of version 2 where the controller is handed down. */
function groupOf(controller) {
  for (const line of (read('/proc/self/cgroup') ?? '').trim().split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (controllers?.split(',').includes(controller)) {
      const found = [`/sys/fs/cgroup/${controllers}${path}`, `/sys/fs/cgroup/${controller}${path}`].find(
        existsSync,
      )
      if (found !== undefined) return { path: found, version: 1 }
    }
    const two = `/sys/fs/cgroup${path}`
    if (controllers === '' && read(`${two}/cgroup.subtree_control`)?.split(/\s/).includes(controller))
      return { path: two, version: 2 }
  }
}

/** A group is busy for a moment after its last process has ended. */
async function removeGroup(path) {
  for (let attempt = 0; attempt < 40; attempt++)
    try {
      return rmdirSync(path)
    } catch (error) {
      if (error.code !== 'EBUSY') return
      await sleep(50)
    }
}

/** Ends a job that fills the disk. What it writes between two looks is limited by its speed alone. */
function watchDisk(most) {
  const timer = setInterval(() => {
    if (sizeOf(join(folder, 'work')) > most) end('disk')
  }, DISK_MS)
  timer.unref()
}

function sizeOf(path) {
  try {
    const found = lstatSync(path)
    const own = found.blocks * 512
    return found.isDirectory()
      ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), own)
      : own
  } catch {
    return 0 // removed meanwhile
  }
}

async function end(why) {
  if (stopping) return
  stopping = why
  if (current !== undefined) await terminate(current)
  else resume()
}

/** Sends SIGTERM to the process group, and SIGKILL after a grace period. */
async function terminate(child) {
  signalGroup(child.pid, 'SIGTERM')
  resume() // until then a stopped process takes no signal but SIGKILL
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

/** Of the whole job: by its control group, or of all processes that were waited for, by our own line in /proc. */
function processorSeconds() {
  for (const path of groups) {
    const nanoseconds = read(join(path, 'cpuacct.usage'))
    const microseconds = /^usage_usec (\d+)$/m.exec(read(join(path, 'cpu.stat')) ?? '')
    if (nanoseconds !== undefined) return Number(nanoseconds) / 1e9
    if (microseconds) return Number(microseconds[1]) / 1e6
  }
  const fields = read('/proc/self/stat')?.split(') ').at(-1).split(' ')
  return fields && (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND
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
