/**
 * Finds studies that name a trainer, and keeps their slots full. Of several servers one has a study: it says so in the
 * study's row, by the database's clock, and says it again as long as it lives.
 */
import { randomUUID } from 'node:crypto'
import type { Params } from '../../../search-spaces/index.js'
import type { StudySpec } from '../../domain/spec.js'
import { localTrialClient } from '../clients/trial-client.js'
import { Jobs, type Machine } from '../jobs/jobs.js'
import type { ProcessProfile } from '../profiles/process-profile.js'
import type { Trainer, Trainers } from '../profiles/profiles.js'
import { CANARY_STUDY, CanaryRuns } from './canary.js'
import { keepSlotsFull } from './process-slots.js'
import { runSimulatedSlots, type SimulatedSite } from './simulated-slots.js'

/** A server silent for so long has lost its studies to the others. */
const CLAIM_SECONDS = 15

interface ClaimedStudy {
  readonly id: string
  readonly spec: StudySpec
}

export class Dispatcher {
  private readonly me = randomUUID()
  private readonly crews = new Map<string, Promise<void>>()
  private readonly stopping = new AbortController()
  private readonly jobs: Jobs
  private readonly canaries = new Map<string, Promise<CanaryRuns>>()
  private attached = false

  constructor(
    private readonly site: SimulatedSite,
    private readonly trainers: Trainers,
    private readonly machine: Machine,
  ) {
    this.jobs = new Jobs(machine, site.logger, this.stopping.signal)
  }

  /** Claims what is unclaimed and keeps what it has: called every second or so. What ran before us comes first. */
  async claimStudies(): Promise<void> {
    if (!this.attached) await this.attachRunning()
    const claimed = await this.claim()
    for (const study of claimed) if (!this.crews.has(study.id)) this.startStudy(study)
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    await Promise.all([...this.crews.values(), this.jobs.untilIdle()])
    await this.site.database.query('update studies set dispatcher = null where dispatcher = $1::uuid', [
      this.me,
    ])
  }

  private claim(): Promise<ClaimedStudy[]> {
    return this.site.database.query<ClaimedStudy>(
      `update studies set dispatcher = $1::uuid, dispatcher_until = now() + make_interval(secs => $2::float8)
        where state = 'active' and trainer = any(string_to_array($3, ','))
          and (dispatcher is null or dispatcher = $1::uuid or dispatcher_until < now())
       returning id, spec`,
      [this.me, CLAIM_SECONDS, this.trainersAvailable().join(',')],
    )
  }

  /** Simulated trials need no folder; the others wait until it is ours. */
  private trainersAvailable(): string[] {
    return [...this.trainers]
      .filter(
        ([, { profile, unavailable }]) =>
          unavailable === undefined && (this.attached || profile.kind === 'simulated'),
      )
      .map(([name]) => name)
  }

  private async attachRunning(): Promise<void> {
    if (!(await this.jobs.lockFolder())) return
    const found = await this.jobs.attach(async ({ study, profile, params, devices }) =>
      study.startsWith(CANARY_STUDY)
        ? (await this.canaryOf(profile, params)).trialClient(devices)
        : localTrialClient(this.site, study),
    )
    this.attached = true
    if (found > 0) this.site.logger.info({ trials: found }, 'trials of the server before this one were found')
  }

  private canaryOf(profile: ProcessProfile, params: Params): Promise<CanaryRuns> {
    const open = this.canaries.get(profile.name)
    if (open !== undefined) return open
    const canary = CanaryRuns.open(profile, params, this.machine.folder, this.site.logger)
    this.canaries.set(profile.name, canary)
    return canary
  }

  private startStudy(study: ClaimedStudy): void {
    const { signal } = this.stopping
    const crew = this.runStudy(study, this.trainers.get(study.spec.trainer!)!, signal)
      .catch((error) => {
        if (signal.aborted) return
        this.site.logger.error(
          { err: error, study: study.id },
          'a study came to a stop; it is taken up again',
        )
      })
      .finally(() => this.crews.delete(study.id))
    this.crews.set(study.id, crew)
  }

  private async runStudy(
    study: ClaimedStudy,
    { profile, takes }: Trainer,
    stopped: AbortSignal,
  ): Promise<void> {
    if (profile.kind === 'simulated') return runSimulatedSlots(this.site, study, profile, stopped)
    await keepSlotsFull({
      study: study.id,
      seed: study.spec.seed,
      parallel: study.spec.parallel,
      profile,
      client: localTrialClient(this.site, study.id),
      jobs: this.jobs,
      canary: await this.canaryOf(profile, takes.defaults),
      logger: this.site.logger,
      stopped,
    })
  }
}
