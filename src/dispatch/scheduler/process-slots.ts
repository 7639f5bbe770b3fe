/** Keeps the slots of one study full: each waits for a device, asks for a trial, and runs it, until the study is over. */
import { hostname } from 'node:os'
import type { FastifyBaseLogger } from 'fastify'
import { Fault } from '../../faults.js'
import type { TrialClient } from '../clients/trial-client.js'
import type { Jobs } from '../jobs/jobs.js'
import type { ProcessProfile } from '../profiles/process-profile.js'
import type { CanaryRuns } from './canary.js'

const IDLE_MS = 1000

export interface ProcessSlots {
  readonly study: string
  readonly seed: number
  readonly parallel: number
  readonly profile: ProcessProfile
  readonly client: TrialClient
  readonly jobs: Jobs
  readonly canary: CanaryRuns
  readonly logger: FastifyBaseLogger
  readonly stopped: AbortSignal
}

export async function keepSlotsFull(slots: ProcessSlots): Promise<void> {
  await Promise.all(
    Array.from({ length: slots.parallel }, (_, slot) => runSlot(slots, workerName(slots, slot))),
  )
}

/** Its trials are given back to it after a restart: of this machine, for they run here, unless a cluster runs them. */
function workerName({ profile }: ProcessSlots, slot: number): string {
  return profile.engine === 'ray' ? `${profile.name}/${slot}` : `${profile.name}@${hostname()}/${slot}`
}

async function runSlot(slots: ProcessSlots, worker: string): Promise<void> {
  const { profile, jobs, stopped } = slots
  const pool = profile.engine === 'ray' ? undefined : jobs.pools[profile.devices.kind]
  while (!stopped.aborted) {
    const devices = pool === undefined ? [] : await pool.take(profile.devices.perTrial, stopped)
    if (devices === undefined) return
    const went = await runOneTrial(slots, worker, devices).catch((error) => {
      pool?.release(devices)
      throw error
    })
    if (went !== 'ran') pool?.release(devices)
    if (went === 'finished') return
  }
}

/** `ran`: its devices went back with it. */
async function runOneTrial(
  slots: ProcessSlots,
  worker: string,
  devices: string[],
): Promise<'ran' | 'nothing' | 'finished'> {
  const { client, jobs, study, seed, profile, canary } = slots
  if (canary.isDue(devices)) {
    await canary.run(jobs, devices)
    return 'ran'
  }
  const asked = await client.ask(worker).catch((error) => {
    if (error instanceof Fault && !error.retryable) throw error
    slots.logger.warn({ err: error }, 'no trial could be asked for; again soon')
  })
  const trial = asked?.trials[0]
  if (trial === undefined) {
    if (asked?.reason?.code === 'finished') return 'finished'
    await client.wait(IDLE_MS)
    return 'nothing'
  }
  const { number, attempt, lease } = trial
  const running = jobs.find(study, number)
  if (running !== undefined) {
    await running.job.join(lease.token)
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
    client,
  )
  return 'ran'
}
