/** Keeps the slots of one study full: each waits for a device, asks for a trial, and runs it, until the study is over. */
import { hostname } from 'node:os'
import type { FastifyBaseLogger } from 'fastify'
import { Fault } from '../faults.js'
import type { Canary } from './canary.js'
import type { Desk } from './desk.js'
import type { Jobs } from './jobs.js'
import type { ProcessProfile } from './process-profile.js'

const IDLE_MS = 1000

export interface Crew {
  readonly study: string
  readonly seed: number
  readonly parallel: number
  readonly profile: ProcessProfile
  readonly desk: Desk
  readonly jobs: Jobs
  readonly canary: Canary
  readonly logger: FastifyBaseLogger
  readonly stopped: AbortSignal
}

export async function keepSlotsFull(crew: Crew): Promise<void> {
  await Promise.all(
    Array.from({ length: crew.parallel }, (_, slot) => keepFull(crew, workerName(crew, slot))),
  )
}

/** Its trials are given back to it after a restart: of this machine, for they run here, unless a cluster runs them. */
function workerName({ profile }: Crew, slot: number): string {
  return profile.engine === 'ray' ? `${profile.name}/${slot}` : `${profile.name}@${hostname()}/${slot}`
}

async function keepFull(crew: Crew, worker: string): Promise<void> {
  const { profile, jobs, stopped } = crew
  const pool = profile.engine === 'ray' ? undefined : jobs.pools[profile.devices.kind]
  while (!stopped.aborted) {
    const devices = pool === undefined ? [] : await pool.take(profile.devices.perTrial, stopped)
    if (devices === undefined) return
    const went = await once(crew, worker, devices).catch((error) => {
      pool?.giveBack(devices)
      throw error
    })
    if (went !== 'ran') pool?.giveBack(devices)
    if (went === 'finished') return
  }
}

/** `ran`: its devices went back with it. */
async function once(crew: Crew, worker: string, devices: string[]): Promise<'ran' | 'nothing' | 'finished'> {
  const { desk, jobs, study, seed, profile, canary } = crew
  if (canary.due(devices)) {
    await canary.run(jobs, devices)
    return 'ran'
  }
  const asked = await desk.ask(worker).catch((error) => {
    if (error instanceof Fault && !error.retryable) throw error
    crew.logger.warn({ err: error }, 'no trial could be asked for; again soon')
  })
  const trial = asked?.trials[0]
  if (trial === undefined) {
    if (asked?.reason?.code === 'finished') return 'finished'
    await desk.wait(IDLE_MS)
    return 'nothing'
  }
  const { number, attempt, lease } = trial
  const running = jobs.find(study, number)
  if (running !== undefined) {
    await running.job.join({ attempt, token: lease.token })
    await running.done
    return 'nothing'
  }
  await jobs.run(
    {
      study,
      number,
      attempt,
      token: lease.token,
      heartbeatSeconds: lease.heartbeatSeconds,
      worker,
      params: trial.params,
      seed,
      profile,
      devices,
    },
    desk,
  )
  return 'ran'
}
