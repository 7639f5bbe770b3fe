/** One attempt at a trial while it runs: started, watched, stopped where need be, and told exactly once. */
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Tell } from '../../domain/tell.js'
import type { TrialClient } from '../clients/trial-client.js'
import type { JobEngine } from '../engines/engine.js'
import { concludeJob, type StopReason } from './conclude.js'
import type { EndedJob, JobExit, JobFolder, TrialRecord } from './job-folder.js'
import { LeaseKeeper } from './lease-keeper.js'
import { ReportReader } from './report-reader.js'
import { tellOutcome } from './tell-outcome.js'

export interface JobSite {
  readonly client: TrialClient
  readonly engine: JobEngine
  readonly logger: FastifyBaseLogger
  /** Why the machine cannot run the trial now, whatever its configuration; undefined where it can. */
  readonly whyUnfit: () => Promise<string | undefined>
  /** Whose fault it is that a trial ended as it did. */
  readonly judge: (trial: TrialRecord, ended: EndedJob) => Promise<Judgement>
  /** Aborted where the trial is to be left running for the next supervisor. */
  readonly stopped: AbortSignal
}

/** Whether a trial is given back, and why; otherwise what is to be added to its message. */
export interface Judgement {
  readonly returned?: string
  /** Whether nothing here can run it until the cause is gone. */
  readonly pause?: boolean
  readonly note?: string
}

/** How a job ended; with a reason where its trial was given back and cannot run here at once. */
export interface JobEnd {
  readonly returned?: string
}

/** There are too few devices that can run a trial. */
export class UnfitDevices extends Error {}

const OVER: JobEnd = {}

/** The most that the service accepts. */
const REASON_LENGTH = 4000

/** Gives a trial back, and frees the room that its folder takes. */
async function giveBack(
  { client, logger, stopped }: Pick<JobSite, 'client' | 'logger' | 'stopped'>,
  { number, token, folder }: { readonly number: number; readonly token: string; readonly folder: JobFolder },
  reason: string,
  pause = true,
): Promise<JobEnd> {
  logger.error(
    { trial: number, folder: folder.path },
    `a trial is given back, since it cannot run here: ${reason}`,
  )
  const answer = await tellOutcome(
    () => client.giveBack(number, token, reason.slice(0, REASON_LENGTH), pause),
    logger,
    stopped,
  )
  if (answer.is !== 'unanswered') await folder.remove()
  return pause ? { returned: reason.slice(0, REASON_LENGTH) } : OVER
}

/**
 * Ends a trial that could not be set up. An error of the system is never the configuration's fault; one without a system's code
 * is a trainer's that cannot take its parameters, unless the machine is broken.
 */
export async function endUnstarted(
  site: JobSite,
  trial: { readonly number: number; readonly token: string; readonly folder: JobFolder },
  error: NodeJS.ErrnoException,
): Promise<JobEnd> {
  if (error instanceof UnfitDevices) return giveBack(site, trial, error.message)
  const { client, logger, stopped, whyUnfit } = site
  const { number, token } = trial
  const message = `It could not be set up: ${error.message}`
  const why = typeof error.code === 'string' ? message : await whyUnfit()
  if (why !== undefined) return giveBack(site, trial, why)
  const tell = () => client.tell(number, token, { outcome: 'crashed', message })
  const answer = await tellOutcome(tell, logger, stopped)
  if (answer.is === 'refused')
    logger.warn({ err: error, trial: number }, `a trial could not be set up: ${answer.why}`)
  return OVER
}

const POLL_MS = 250
const MESSAGE_LENGTH = 4000
const RETRY_MS = 2000

export class Job {
  private readonly lease: LeaseKeeper
  private readonly reports: ReportReader
  private started = false
  private stopping?: StopReason
  private stopSent = false

  constructor(
    readonly folder: JobFolder,
    private readonly trial: TrialRecord,
    private readonly site: JobSite,
  ) {
    this.lease = new LeaseKeeper(trial, site.client, site.logger)
    this.reports = new ReportReader(join(folder.work, 'reports.jsonl'))
  }

  /** Its trial was leased again while it ran on: this run counts for the new attempt, and is told with its token. */
  async join(token: string): Promise<void> {
    if (token === this.lease.token) return
    this.lease.replaceToken(token)
    await this.folder.write('trial.json', { ...this.trial, token })
  }

  /** Starts it, or finds it running; resolves once it is told, given back, given up, or left to the next server. */
  async run(): Promise<JobEnd> {
    const over = new AbortController()
    const kept = this.lease.keepAlive(AbortSignal.any([this.site.stopped, over.signal]))
    try {
      return await this.runToEnd()
    } finally {
      over.abort()
      await kept
    }
  }

  private async runToEnd(): Promise<JobEnd> {
    const { engine, logger } = this.site
    this.stopping = await this.folder.read<StopReason>('stop.json')
    const end = await this.watch()
    if (end === 'left') return OVER
    if ('why' in end || (end.ended === 'stopped' && this.stopping === undefined)) {
      const why = 'why' in end ? end.why : 'somebody else stopped it'
      logger.warn({ folder: this.folder.path }, `a trial was lost and will run again: ${why}`)
      await this.folder.putAside()
      return OVER
    }
    const tail = await engine.tail(this.folder, this.trial)
    return this.settle(await concludeJob(this.folder, this.trial, engine, end, this.stopping), end, tail)
  }

  private async watch(): Promise<JobExit | { why: string } | 'left'> {
    const { engine, logger, stopped } = this.site
    while (!stopped.aborted) {
      try {
        if (!this.started) await engine.start(this.folder, this.trial)
        this.started = true
        const status = await engine.status(this.folder, this.trial)
        if (status.is === 'ended') return status.exit
        if (status.is === 'gone') return status
        await this.maintain()
      } catch (error) {
        logger.warn({ err: error, folder: this.folder.path }, 'a trial could not be watched; again soon')
        await setTimeout(RETRY_MS)
      }
      await setTimeout(POLL_MS)
    }
    return 'left'
  }

  /** A stop comes before the reports, which cannot hold it up where they are not readable. */
  private async maintain(): Promise<void> {
    if (this.lease.state === 'over') this.stopping ??= { why: 'abandoned' }
    if (this.stopping === undefined) await this.forwardReports()
    else if (!this.stopSent) await this.sendStop(this.stopping)
  }

  private async sendStop(why: StopReason): Promise<void> {
    await this.folder.write('stop.json', why)
    await this.site.engine.stop(this.folder, this.trial)
    this.stopSent = true
  }

  /** After a restart all reports are sent again, which changes nothing. */
  private async forwardReports(): Promise<void> {
    if (this.lease.state !== 'held') return
    const { reports, accept } = await this.reports.read()
    for (const { step, value } of reports) {
      const answer = await this.lease.report(step, value)
      if (answer === undefined) return
      if (answer.decision === 'stop') {
        this.stopping = { why: 'pruned', value }
        return
      }
    }
    accept()
  }

  private async settle(told: Tell | undefined, exit: JobExit, tail: string): Promise<JobEnd> {
    const { number } = this.trial
    const judged: Judgement =
      told === undefined ? {} : await this.site.judge(this.trial, { exit, tail, told })
    if (judged.returned !== undefined) {
      const held = { number, token: this.lease.token, folder: this.folder }
      return giveBack(this.site, held, judged.returned, judged.pause)
    }
    await this.tell(told && withNote(told, judged.note))
    return OVER
  }

  private async tell(told: Tell | undefined): Promise<void> {
    const { client, logger, stopped } = this.site
    const { number, profile } = this.trial
    if (told === undefined) return this.folder.seal({ abandoned: true }, profile.discard)
    const answer = await tellOutcome(() => client.tell(number, this.lease.token, told), logger, stopped)
    if (answer.is === 'unanswered') return
    if (answer.is === 'stored') return this.folder.seal(told, profile.discard)
    logger.warn({ folder: this.folder.path }, `the outcome of a trial was refused: ${answer.why}`)
    await this.folder.seal({ refused: answer.why, told }, profile.discard)
  }
}

function withNote(told: Tell, note: string | undefined): Tell {
  if (note === undefined) return told
  return { ...told, message: `${told.message ?? ''}\n(${note})`.trim().slice(-MESSAGE_LENGTH) }
}
