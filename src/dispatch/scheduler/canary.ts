/**
 * The default configuration, run again now and then on the same device: where it has become slower, the machine has (a hot
 * card, a neighbour), and the values of the trials around it cannot be compared with earlier ones.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import type { Params } from '../../../search-spaces/index.js'
import type { Tell } from '../../domain/tell.js'
import type { TrialClient } from '../clients/trial-client.js'
import type { DeviceGrant } from '../devices/device-pool.js'
import type { Jobs, RunningTrial } from '../jobs/jobs.js'
import type { ProcessProfile } from '../profiles/process-profile.js'

export interface CanaryRecord {
  readonly at: string
  readonly devices: string
  /** Tokens a second; of a trainer that counts none, runs a second. */
  readonly speed: number
  /** Against the first on this device: -0.08 is 8 % slower. */
  readonly drift: number
}

/** Beyond it somebody is warned. */
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
    private readonly sightings: CanaryRecord[],
    private readonly logger: FastifyBaseLogger,
  ) {}

  static async open(
    profile: ProcessProfile,
    params: Params,
    folder: string,
    logger: FastifyBaseLogger,
  ): Promise<CanaryRuns> {
    await mkdir(join(folder, 'canaries'), { recursive: true })
    const file = join(folder, 'canaries', `${profile.name}.json`)
    const text = await readFile(file, 'utf8').catch(() => '[]')
    return new CanaryRuns(profile, params, file, JSON.parse(text), logger)
  }

  isDue(devices: readonly string[]): boolean {
    const { canaryHours } = this.profile
    const key = devices.join()
    if (canaryHours === undefined || this.running.has(key)) return false
    const last = this.sightings.findLast((s) => s.devices === key)
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
      profile,
    }
    const started = jobs.start(trial, grant, this.trialClient(grant.devices))
    void started.done.then(() => this.running.delete(key))
    return started
  }

  /** Takes what came of it in place of a study. */
  trialClient(devices: readonly string[]): TrialClient {
    return {
      ask: () => Promise.reject(new Error('a canary is not asked for')),
      heartbeat: async () => {},
      report: async () => ({ decision: 'go' }),
      tell: (_number, _token, told) => this.recordRun(devices.join(), told),
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
    const first = this.sightings.find((s) => s.devices === devices && s.speed > 0)
    const drift = first === undefined || speed === 0 ? 0 : speed / first.speed - 1
    this.sightings.push({ at: new Date().toISOString(), devices, speed, drift })
    await writeFile(this.file, `${JSON.stringify(this.sightings, null, 2)}\n`)
    if (Math.abs(drift) > DRIFT_WARNING)
      logger.warn(
        { profile: profile.name, devices, speed, first: first!.speed, drift },
        `the canary of ${profile.name} runs ${Math.abs(100 * drift).toFixed(1)} % ${drift < 0 ? 'slower' : 'faster'} than at first: values of now and then do not compare`,
      )
  }
}
