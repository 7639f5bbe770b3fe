/**
 * Runs the trials of a study as processes: each slot takes devices, asks for a trial and runs it, until the study is
 * finished.
 */
import { once } from 'node:events'
import { hostname } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { seedOfRun, type TrialProgram } from '../../domain/program.js'
import { Fault } from '../../faults.js'
import type { AskAnswer } from '../../trials/commands/ask.js'
import { REPEAT_SOURCE } from '../../trials/commands/repeat-configuration.js'
import type { TrialClient } from '../clients/trial-client.js'
import type { DeviceGrant } from '../devices/device-pool.js'
import type { Jobs, RunningTrial } from '../jobs/jobs.js'
import type { ProcessProfile } from '../profiles/process-profile.js'
import type { CanaryRuns } from './canary.js'
import { Slots } from './slots.js'

export interface ProcessStudy {
  readonly study: string
  readonly seed: number
  readonly parallel: number
  readonly profile: ProcessProfile
  readonly client: TrialClient
  readonly jobs: Jobs
  readonly canary: CanaryRuns
  readonly logger: FastifyBaseLogger
  /** Stops asking. Trials that run are left to `jobs`. */
  readonly stopped: AbortSignal
  /** What the study is paused for since before these slots: it goes on once the machine can run trials. */
  readonly returnedFor?: string
}

const IDLE_MS = 1000

/**
 * Stopped slots leave their trials running under `jobs`, which supervises the folder that the trials are in, heartbeats
 * and tells included. Slots of the same names that are started later join them.
 */
export async function runProcessSlots(study: ProcessStudy): Promise<void> {
  const slots = new Slots(study.stopped)
  const workers = Array.from({ length: study.parallel }, (_, slot) => workerName(study.profile, slot))
  await slots.run(workers, (worker) => runSlot(study, worker, slots.stopped))
}

/**
 * A restarted worker is given its own trials again, so its name says where they run: on this machine, or on a
 * cluster.
 */
function workerName({ engine, name }: ProcessProfile, slot: number): string {
  return engine === 'ray' ? `${name}/${slot}` : `${name}@${hostname()}/${slot}`
}

async function runSlot(study: ProcessStudy, worker: string, stopped: AbortSignal): Promise<void> {
  const { client, jobs, profile } = study
  let waits =
    study.returnedFor === undefined ? 0 : await untilMended(study, study.returnedFor, worker, stopped)
  while (!stopped.aborted) {
    const grant = await jobs.takeDevices(profile, worker, stopped)
    if (grant === undefined) return
    const next = await nextStep(study, worker, grant, stopped).catch((error) => {
      grant.release()
      throw error
    })
    if (next.is !== 'started') grant.release()
    if ('trial' in next) {
      const returned = await ended(next.trial, stopped)
      if (returned === undefined) waits = 0
      else waits = await untilFit(study, { reason: returned, waits }, stopped)
    } else if (next.is === 'nothing') await client.wait(IDLE_MS)
    else return
  }
}

type Step =
  /** The trial has the devices from now on. */
  | { readonly is: 'started'; readonly trial: RunningTrial }
  | { readonly is: 'runs already'; readonly trial: RunningTrial }
  | { readonly is: 'nothing' }
  | { readonly is: 'finished' }

async function nextStep(
  study: ProcessStudy,
  worker: string,
  grant: DeviceGrant,
  stopped: AbortSignal,
): Promise<Step> {
  const { canary, jobs } = study
  if (grant.unfit === undefined && canary.isDue(grant.devices))
    return { is: 'started', trial: canary.start(jobs, grant) }
  const { trials, reason } = await askPatiently(study, worker, stopped)
  const asked = trials[0]
  if (asked === undefined) return { is: reason?.code === 'finished' ? 'finished' : 'nothing' }
  const running = jobs.find(study.study, asked.number)
  if (running === undefined) return { is: 'started', trial: await startTrial(study, worker, grant, asked) }
  await running.join(asked.lease.token)
  return { is: 'runs already', trial: running }
}

/** A service that cannot answer now is asked again later; what it refuses ends the slot. */
async function askPatiently(
  { client, logger }: ProcessStudy,
  worker: string,
  stopped: AbortSignal,
): Promise<AskAnswer> {
  return client.ask(worker).catch((error) => {
    if (error instanceof Fault && !error.retryable) throw error
    if (!stopped.aborted)
      logger.warn({ err: error, worker }, 'the service gave no trial; it is asked again soon')
    return { trials: [] }
  })
}

async function startTrial(
  { study, seed: studySeed, profile, jobs, client }: ProcessStudy,
  worker: string,
  grant: DeviceGrant,
  { number, attempt, params, proposal, lease: { token, heartbeatSeconds } }: AskAnswer['trials'][number],
): Promise<RunningTrial> {
  const { program: runs, source } = proposal as { readonly program?: TrialProgram; readonly source?: string }
  const seed = seedOfRun(studySeed, runs?.seed ?? (source === REPEAT_SOURCE ? number : 0))
  const lease = { study, number, attempt, token, heartbeatSeconds, worker }
  const trial = { ...lease, params, seed, profile, ...(source === REPEAT_SOURCE && { recommended: true }) }
  if (runs === undefined) return jobs.start(trial, grant, client)
  const program = await client.program(runs.hash)
  return jobs.start({ ...trial, program, setConstants: !runs.own }, grant, client)
}

/**
 * Waits until the trial has ended, or until the slot is stopped and leaves it running. Answers why the trial was given back,
 * where it was.
 */
async function ended({ done }: RunningTrial, stopped: AbortSignal): Promise<string | undefined> {
  if (stopped.aborted) return undefined
  const waited = new AbortController()
  const left = once(stopped, 'abort', { signal: waited.signal }).catch(() => {})
  const end = await Promise.race([done, left.then(() => ({ returned: undefined }))])
  waited.abort()
  return end.returned
}

/** Waits, as untilFit, for what a trial of an earlier process was given back for. */
async function untilMended(
  study: ProcessStudy,
  reason: string,
  worker: string,
  stopped: AbortSignal,
): Promise<number> {
  const grant = await study.jobs.takeDevices(study.profile, worker, stopped)
  grant?.release()
  return grant === undefined ? 0 : untilFit(study, { reason, waits: 0 }, stopped)
}

interface Unfit {
  /** What the last trial was given back for. */
  readonly reason: string
  /** How often the slot has waited since a trial last ended otherwise. */
  readonly waits: number
}

const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 60_000

/** Waits until the machine can run trials again, each time twice as long. Answers how often it has waited. */
async function untilFit(
  { client, jobs, profile, logger }: ProcessStudy,
  { reason, waits }: Unfit,
  stopped: AbortSignal,
): Promise<number> {
  for (let waited = waits; !stopped.aborted; waited++) {
    const pause = Math.min(FIRST_WAIT_MS * 2 ** waited, LONGEST_WAIT_MS)
    await setTimeout(pause, undefined, { signal: stopped }).catch(() => {})
    const why = await jobs.whyUnfit(profile)
    if (why !== undefined || stopped.aborted) continue
    logger.info(`trials of ${profile.name} can run here again`)
    await client.goOn(reason)
    return waited + 1
  }
  return waits
}
