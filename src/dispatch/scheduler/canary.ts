/**
 * Canary runs: the default configuration runs again now and then on the same device. Where it has become slower, the
 * machine has (a hot card, a second user), and the values of recent trials cannot be compared with earlier ones.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import type { Params } from '../../../search-spaces/index.js'
import type { Tell } from '../../domain/tell.js'
import { Fault } from '../../faults.js'
import type { TrialClient } from '../clients/trial-client.js'
import type { DeviceGrant } from '../devices/device-pool.js'
import type { Jobs, RunningTrial } from '../jobs/jobs.js'
import type { ProcessProfile } from '../profiles/process-profile.js'

export interface CanaryRecord {
  readonly at: string
  readonly devices: string
  /** Tokens a second; runs a second, where the trainer counts no tokens. Zero where the run failed. */
  readonly speed: number
  /** Relative to the first run on this device: -0.08 is 8 % slower. */
  readonly drift: number
}

/** A greater drift is logged as a warning. */
export const DRIFT_WARNING = 0.05
const HOUR_MS = 3_600_000
export const CANARY_STUDY = 'canary-'
const HEARTBEAT_SECONDS = 60

export class CanaryRuns {
  private readonly running = new Set<string>()

  private constructor(
    private readonly profile: ProcessProfile,
    private readonly params: Params,
    private readonly file: string,
    private readonly records: CanaryRecord[],
    private readonly logger: FastifyBaseLogger,
  ) {}

  static async open(
    profile: ProcessProfile,
    params: Params,
    folder: string,
    logger: FastifyBaseLogger,
  ): Promise<CanaryRuns> {
    await mkdir(join(folder, 'canaries'), { recursive: true })
    const file = canaryFile(folder, profile.name)
    return new CanaryRuns(profile, params, file, await readRecords(file), logger)
  }

  isDue(devices: readonly string[]): boolean {
    const { canaryHours } = this.profile
    const key = devices.join()
    if (canaryHours === undefined || this.running.has(key)) return false
    const last = this.records.findLast((s) => s.devices === key)
    return last === undefined || Date.now() - Date.parse(last.at) > canaryHours * HOUR_MS
  }

  start(jobs: Jobs, grant: DeviceGrant): RunningTrial {
    const { profile, params } = this
    const key = grant.devices.join()
    this.running.add(key)
    const trial = {
      study: `${CANARY_STUDY}${profile.name}`,
      number: Date.now(),
      attempt: 1,
      token: '',
      heartbeatSeconds: HEARTBEAT_SECONDS,
      worker: 'canary',
      params,
      seed: 0,
      profile: { ...profile, rerunThrottled: false }, // a throttled card is what it is to show
    }
    const started = jobs.start(trial, grant, this.trialClient(grant.devices))
    void started.done.then(() => this.running.delete(key))
    return started
  }

  /** The client of a canary's job. It records the outcome, since a canary belongs to no study. */
  trialClient(devices: readonly string[]): TrialClient {
    const { logger, profile } = this
    return {
      ask: () => Promise.reject(new Error('a canary run is started, never asked for')),
      heartbeat: async () => {},
      report: async () => ({ decision: 'go' }),
      program: () => Promise.reject(new Error('a canary run has no program of its own')),
      tell: (_number, _token, told) => this.recordRun(devices.join(), told),
      giveBack: async (_number, _token, reason) =>
        logger.warn(
          { profile: profile.name, devices },
          `the canary of ${profile.name} could not run: ${reason}`,
        ),
      goOn: async () => {},
      wait: async () => {},
    }
  }

  private async recordRun(devices: string, told: Tell): Promise<void> {
    const { logger, profile } = this
    if (told.outcome !== 'complete') {
      logger.warn(
        { profile: profile.name, devices, told },
        `the canary of ${profile.name} failed: ${told.outcome}`,
      )
    }
    const speed = told.outcome === 'complete' ? (told.tokensPerSecond ?? 1 / told.trainSeconds!) : 0
    const first = this.records.find((s) => s.devices === devices && s.speed > 0)
    const drift = first === undefined || speed === 0 ? 0 : speed / first.speed - 1
    this.records.push({ at: new Date().toISOString(), devices, speed, drift })
    const part = `${this.file}.${randomUUID()}`
    await writeFile(part, `${JSON.stringify(this.records, null, 2)}\n`)
    await rename(part, this.file)
    if (Math.abs(drift) > DRIFT_WARNING) this.warnOfDrift(devices, speed, drift)
  }

  private warnOfDrift(devices: string, speed: number, drift: number): void {
    const { name } = this.profile
    const percent = Math.abs(100 * drift).toFixed(1)
    this.logger.warn(
      { profile: name, devices, speed, drift },
      `the canary of ${name} runs ${percent} % ${drift < 0 ? 'slower' : 'faster'} than at first: ` +
        'values of trials from then and from now cannot be compared',
    )
  }
}

/** What this machine has measured with a trainer, first to last. */
export function readCanaries(folder: string, profile: string): Promise<CanaryRecord[]> {
  return readRecords(canaryFile(folder, profile))
}

function canaryFile(folder: string, profile: string): string {
  return join(folder, 'canaries', `${profile}.json`)
}

async function readRecords(file: string): Promise<CanaryRecord[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]')
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Fault('internal', `${file} is not JSON: correct or remove it (${(error as Error).message})`)
  }
}
