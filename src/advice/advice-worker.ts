/**
 * Asks language models while no turn and no transaction is open, and brings what they said back to the study as a command: the
 * configuration or the program that a trial should run, or beliefs about where the optimum lies.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Providers } from '../advisors/llm/providers.js'
import type { Ask, Check } from '../domain/dialogue.js'
import type { HeldStudy } from '../engine/held-study.js'
import type { StudyQueues } from '../engine/study-queue.js'
import type { Database } from '../storage/database.js'
import type { TaskSite } from '../trials/commands/agent-consultation.js'
import { consultationOn, readConsultation } from '../trials/commands/consultation.js'
import type { Consultation } from '../trials/commands/consultation-step.js'
import { type Delivery, failedVerdict } from '../trials/commands/model-call.js'
import { receiveAdvice } from '../trials/commands/receive-advice.js'
import { readBeliefsConsultation, receiveBeliefs } from '../trials/commands/receive-beliefs.js'
import { callModel } from './call-model.js'
import { type Claimed, claimInquiries, claimTrials, releaseClaims } from './claims.js'

interface AdviceSite {
  readonly database: Database
  readonly queues: StudyQueues
  readonly logger: FastifyBaseLogger
  readonly tasks: TaskSite
}

/** After an error that nobody foresaw: each further try may cost money. */
const PAUSE_AFTER_ERROR_MS = 30_000
const STORE_AGAIN_MS = 500

/** By purpose: the command that reads what the model is told, and the command that receives what it said. */
const COMMANDS = {
  configuration: { read: readConsultation, receive: receiveAdvice },
  beliefs: { read: readBeliefsConsultation, receive: receiveBeliefs },
} as const

/** Which question a model is asked: about a trial, or for beliefs. */
interface AdviceRequest extends Claimed {
  readonly purpose: keyof typeof COMMANDS
}

export class AdviceWorker {
  private readonly server = randomUUID()
  private readonly tasks = new Map<string, Promise<void>>()
  private readonly stopping = new AbortController()

  constructor(
    private readonly site: AdviceSite,
    private readonly providers: Providers,
  ) {}

  /** Begins a trial that this server has just stored, with the study as it is now. `claimWaiting` claims it should it take long. */
  async requestAdvice(study: HeldStudy, number: number): Promise<void> {
    if (this.stopping.signal.aborted) return
    const consultation = await consultationOn(study, number, this.site.tasks)
    this.start({ purpose: 'configuration', study: study.id, number }, consultation)
  }

  /** Renews the claims of this server and begins what it newly claimed: called every second. */
  async claimWaiting(): Promise<void> {
    const { database } = this.site
    const [trials, inquiries] = await Promise.all([
      claimTrials(database, this.server, this.begun()),
      claimInquiries(database, this.server),
    ])
    for (const row of trials) this.start({ purpose: 'configuration', ...row })
    for (const row of inquiries) this.start({ purpose: 'beliefs', ...row })
  }

  /** Cuts off calls that are under way, records them, and releases the claims. */
  async stop(): Promise<void> {
    this.stopping.abort()
    const begun = this.begun()
    await Promise.all(this.tasks.values())
    await releaseClaims(this.site.database, this.server, begun).catch((err) =>
      this.site.logger.warn({ err }, 'claims on calls were not released: they run out by themselves'),
    )
  }

  private begun(): string {
    return [...this.tasks.keys()].join()
  }

  private start(request: AdviceRequest, consultation?: Consultation | null): void {
    const { purpose, study, number } = request
    const key = purpose === 'configuration' ? `${study} ${number}` : `${study} ${number} ${purpose}`
    if (this.tasks.has(key)) return
    const task = this.advise(request, consultation)
      .catch((err) => {
        this.site.logger.error({ err, ...request }, 'asking a language model failed; it is tried again')
        return this.pause(PAUSE_AFTER_ERROR_MS)
      })
      .finally(() => this.tasks.delete(key))
    this.tasks.set(key, task)
  }

  /** Takes step after step of a dialogue, until its last answer is used or given up. */
  private async advise(request: AdviceRequest, known?: Consultation | null): Promise<void> {
    const stopping = this.stopping.signal
    let until: number | undefined
    for (let next = known; !stopping.aborted; next = undefined) {
      const consultation = next ?? (await this.read(request))
      if (consultation === null) return
      until ??= performance.now() + 1000 * consultation.settings.deadlineSeconds
      if (!(await this.takeStep(request, consultation, until))) return
    }
  }

  private read({ purpose, study, number }: AdviceRequest): Promise<Consultation | null> {
    return this.site.queues.run(study, COMMANDS[purpose].read(number, this.site.tasks))
  }

  /** Answers whether another step follows. A limit of calls holds for steps that make one. */
  private takeStep(request: AdviceRequest, consultation: Consultation, until: number): Promise<boolean> {
    const { next, step, limit } = consultation
    if ('kind' in next) return this.deliver(request, { call: null, step, verdict: next })
    if (next.purpose === 'check') return this.check(request, consultation, next)
    if (limit !== null)
      return this.deliver(request, { call: null, step, verdict: failedVerdict('limit', limit) })
    return this.ask(request, consultation, next, until)
  }

  private async check(request: AdviceRequest, consultation: Consultation, asked: Check): Promise<boolean> {
    const { step, check, hearCheck } = consultation
    const verdict = hearCheck!(await check!(asked))
    return this.deliver(request, { call: null, step, verdict })
  }

  /** The call is made again as far as its limits go. */
  private async ask(
    request: AdviceRequest,
    { settings, step, hear }: Consultation,
    asked: Ask,
    until: number,
  ): Promise<boolean> {
    const stopping = this.stopping.signal
    for (let made = 1; ; made++) {
      const limits = { made, until, stopping }
      const { call, verdict, afterMs } = await callModel(this.providers, settings, asked, limits)
      const heard = verdict.kind === 'said' ? hear(verdict.text) : verdict
      const waits = await this.deliver(request, { call, step, verdict: heard })
      if (!waits || heard.kind !== 'again') return waits
      await this.pause(afterMs)
      if (stopping.aborted) return false
    }
  }

  private pause(milliseconds: number): Promise<void> {
    return sleep(milliseconds, undefined, { signal: this.stopping.signal }).catch(() => {})
  }

  /**
   * Delivers a call, which has been paid for, until it is stored or the server ends. Where the database was lost on the way it
   * may be stored already: the call's key keeps the next delivery from recording it twice.
   */
  private async deliver(request: AdviceRequest, delivery: Delivery): Promise<boolean> {
    const { purpose, study, number } = request
    for (;;) {
      try {
        return await this.site.queues.run(study, COMMANDS[purpose].receive(number, delivery))
      } catch (err) {
        if ((err as { code?: string }).code !== 'database_unavailable' || this.stopping.signal.aborted)
          throw err
        this.site.logger.warn({ err, ...request }, 'the answer of a model could not be stored; tried again')
        await sleep(STORE_AGAIN_MS)
      }
    }
  }
}
