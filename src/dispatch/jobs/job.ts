/** One attempt at a trial while it runs: watched, kept alive, stopped where need be, and told exactly once. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Tell } from '../../domain/tell.js'
import { Fault } from '../../faults.js'
import type { TrialClient } from '../clients/trial-client.js'
import type { JobEngine } from '../engines/engine.js'
import { concludeJob, type StopReason } from './conclude.js'
import type { JobExit, JobFolder, TrialRecord } from './job-folder.js'

export interface JobSite {
  readonly client: TrialClient
  readonly engine: JobEngine
  readonly logger: FastifyBaseLogger
  readonly stopped: AbortSignal
}

const POLL_MS = 250
const RETRY_MS = 2000
/** What a trial may still hear of when its lease is gone for good. */
const SETTLED_STATES = new Set(['cancelled', 'complete', 'pruned', 'failed'])

export class Job {
  private started = false
  private leased = true
  private beatAt = Date.now()
  private readBytes = 0
  private stopping?: StopReason
  private stopSent = false

  constructor(
    readonly folder: JobFolder,
    private trial: TrialRecord,
    private readonly site: JobSite,
  ) {}

  get devices(): readonly string[] {
    return this.trial.devices
  }

  /** Its trial was given out again while it ran on: whoever has the new lease tells by it. */
  async join(lease: { attempt: number; token: string }): Promise<void> {
    if (lease.token === this.trial.token) return
    this.trial = { ...this.trial, token: lease.token }
    this.leased = true
    await this.folder.write('trial.json', this.trial)
  }

  /** Starts it, or finds it running; resolves once it is told, given up, or left to the next server. */
  async run(): Promise<void> {
    const { engine, logger } = this.site
    this.stopping = await this.folder.read<StopReason>('stop.json')
    const end = await this.watch()
    if (end === 'left') return
    if ('why' in end || (end.ended === 'stopped' && this.stopping === undefined)) {
      logger.warn(
        { folder: this.folder.path },
        `a trial is lost and will run again: ${'why' in end ? end.why : 'it was stopped, and not by us'}`,
      )
      return this.folder.putAside()
    }
    await this.tellOutcome(await concludeJob(this.folder, this.trial, engine, end, this.stopping))
  }

  private async watch(): Promise<JobExit | { why: string } | 'left'> {
    const { engine, stopped } = this.site
    while (!stopped.aborted) {
      try {
        if (!this.started) await engine.start(this.folder, this.trial)
        this.started = true
        const standing = await engine.status(this.folder, this.trial)
        if (standing.is === 'ended') return standing.exit
        if (standing.is === 'gone') return standing
        await this.maintain()
      } catch (error) {
        this.site.logger.warn(
          { err: error, folder: this.folder.path },
          'a trial cannot be seen to; again soon',
        )
        await setTimeout(RETRY_MS)
      }
      await setTimeout(POLL_MS)
    }
    return 'left'
  }

  private async maintain(): Promise<void> {
    if (this.stopping === undefined) await this.withLeaseGuard(() => this.forwardReports())
    if (this.leased && Date.now() - this.beatAt >= this.trial.heartbeatSeconds * 1000)
      await this.withLeaseGuard(() => this.sendHeartbeat())
    if (this.stopping !== undefined && !this.stopSent) {
      await this.folder.write('stop.json', this.stopping)
      await this.site.engine.stop(this.folder, this.trial)
      this.stopSent = true
    }
  }

  /** A lease that is lost does not end a trial that still may tell late; one that was decided without it does. */
  private async withLeaseGuard(say: () => Promise<void>): Promise<void> {
    try {
      await say()
    } catch (error) {
      if (!(error instanceof Fault) || error.retryable) throw error
      const trial = error.extra.trial as { state: string; failure?: string } | undefined
      if (trial === undefined || (SETTLED_STATES.has(trial.state) && trial.failure !== 'lost'))
        this.stopping ??= { why: 'abandoned' }
      this.leased = false
    }
  }

  private async sendHeartbeat(): Promise<void> {
    await this.site.client.heartbeat(this.trial.number, this.trial.token)
    this.beatAt = Date.now()
  }

  private async forwardReports(): Promise<void> {
    for (const { step, value } of await this.newReports()) {
      if (!this.leased) return
      const { decision } = await this.site.client.report(this.trial.number, this.trial.token, step, value)
      this.beatAt = Date.now()
      if (decision === 'stop') {
        this.stopping = { why: 'pruned', value }
        return
      }
    }
  }

  /** Whole lines only; what is no report is passed over. After a restart all are sent again, which changes nothing. */
  private async newReports(): Promise<{ step: number; value: number }[]> {
    const file = await open(join(this.folder.work, 'reports.jsonl')).catch(() => undefined)
    if (file === undefined) return []
    try {
      const { size } = await file.stat()
      const buffer = Buffer.alloc(Math.min(size - this.readBytes, 2 ** 20))
      await file.read(buffer, 0, buffer.length, this.readBytes)
      const whole = buffer.subarray(0, buffer.lastIndexOf(10) + 1)
      this.readBytes += whole.length
      return whole.toString('utf8').split('\n').flatMap(asReport)
    } finally {
      await file.close()
    }
  }

  /** Says it until it is heard. Refused, it was decided without us, and that stands. */
  private async tellOutcome(told: Tell | undefined): Promise<void> {
    const { client, logger, stopped } = this.site
    const { number, profile } = this.trial
    if (told === undefined) return this.folder.seal({ abandoned: true }, profile.discard)
    while (!stopped.aborted) {
      try {
        await client.tell(number, this.trial.token, told)
        return await this.folder.seal(told, profile.discard)
      } catch (error) {
        if (error instanceof Fault && !error.retryable) {
          logger.warn({ folder: this.folder.path }, `what came of a trial is not taken: ${error.message}`)
          return this.folder.seal({ refused: error.message, told }, profile.discard)
        }
        logger.warn({ err: error }, 'what came of a trial could not be told; again soon')
        await setTimeout(RETRY_MS)
      }
    }
  }
}

function asReport(line: string): { step: number; value: number }[] {
  try {
    const { step, value } = JSON.parse(line)
    return Number.isInteger(step) && step >= 0 && Number.isFinite(value) ? [{ step, value }] : []
  } catch {
    return []
  }
}
