/**
 * Calls language models outside of any turn, and delivers what they answer to the study: the configuration of a trial, or
 * beliefs. One server claims each request; when its claim runs out by the database's clock, another takes it over.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { answerSchema } from '../advisors/llm/answer.js'
import { beliefsSchema } from '../advisors/llm/beliefs.js'
import { dollarsOf } from '../advisors/llm/prices.js'
import type { Prompt } from '../advisors/llm/prompt.js'
import { fittingPrompt } from '../advisors/llm/prompt-length.js'
import type { PromptContext } from '../advisors/llm/prompt-sections.js'
import type { CompletionFailure, Reply } from '../advisors/llm/provider.js'
import { type ModelEndpoint, type Providers, parseModelName } from '../advisors/llm/providers.js'
import { inputTokens, NO_TOKENS } from '../domain/advice.js'
import { temperatureOf } from '../domain/advisor.js'
import type { CallPurpose } from '../domain/enums.js'
import type { HeldStudy } from '../engine/held-study.js'
import type { StudyQueues } from '../engine/study-queue.js'
import { ADVICE_CLAIM_SECONDS } from '../engine/turn-statement.js'
import type { Database } from '../storage/database.js'
import {
  type Consultation,
  consultationOn,
  failedVerdict,
  type ModelCall,
  readConsultation,
  receiveAdvice,
  type Verdict,
} from '../trials/commands/receive-advice.js'
import { readBeliefsConsultation, receiveBeliefs } from '../trials/commands/receive-beliefs.js'

interface AdviceSite {
  readonly database: Database
  readonly queues: StudyQueues
  readonly logger: FastifyBaseLogger
}

/** The wait between the first call and the second; doubled for each further one, plus or minus half of it. */
const BACKOFF_MS = 500
const LONGEST_BACKOFF_MS = 20_000
const COUNT_MS = 5000
/** The wait after an unexpected error: each try may have to be paid for. */
const REST_MS = 30_000

/** Claimed by this server ($1), or begun by it ($2) and not claimed yet. */
const OWNED_TRIALS = `(t.adviser = $1::uuid
          or (t.adviser is null and t.study_id || ' ' || t.number = any(string_to_array($2, ','))))`

/** For each purpose: what the model is told, the schema of its answer, and the command that takes the answer in. */
const ADVICE_KINDS = {
  configuration: { read: readConsultation, schema: answerSchema, receive: receiveAdvice },
  beliefs: { read: readBeliefsConsultation, schema: beliefsSchema, receive: receiveBeliefs },
} as const

interface AdviceRequest {
  readonly purpose: CallPurpose
  readonly study: string
  readonly number: number
}

export class AdviceWorker {
  private readonly me = randomUUID()
  private readonly tasks = new Map<string, Promise<void>>()
  private readonly stopping = new AbortController()

  constructor(
    private readonly site: AdviceSite,
    private readonly providers: Providers,
  ) {}

  /** Asks for advice on a trial that this server has just stored as proposing, and that no other server may claim yet. */
  requestAdvice(study: HeldStudy, number: number): void {
    const errand = { purpose: 'configuration', study: study.id, number } as const
    if (!this.stopping.signal.aborted) this.start(errand, consultationOn(study, number))
  }

  /** Renews this server's claims, and takes over those that ran out. Called every second or so. */
  async claimWaiting(): Promise<void> {
    const [trials, inquiries] = await Promise.all([this.claimTrials(), this.claimInquiries()])
    for (const row of trials) this.start({ purpose: 'configuration', ...row })
    for (const row of inquiries) this.start({ purpose: 'beliefs', ...row })
  }

  private claimTrials(): Promise<Claimed[]> {
    return this.site.database.query<Claimed>(
      `update trials t set adviser = $1::uuid, adviser_until = now() + make_interval(secs => $3::float8)
         from studies s
        where t.state = 'proposing' and (${OWNED_TRIALS} or t.adviser_until < now())
          and s.id = t.study_id and s.state = 'active'
       returning t.study_id as study, t.number`,
      [this.me, this.startedKeys(), ADVICE_CLAIM_SECONDS],
    )
  }

  /** No worker waits for beliefs, so any server may claim an inquiry at once. */
  private claimInquiries(): Promise<Claimed[]> {
    return this.site.database.query<Claimed>(
      `update inquiries i set adviser = $1::uuid, adviser_until = now() + make_interval(secs => $2::float8)
         from studies s
        where i.state = 'asking' and (i.adviser = $1::uuid or i.adviser_until < now())
          and s.id = i.study_id and s.state = 'active'
       returning i.study_id as study, i.number`,
      [this.me, ADVICE_CLAIM_SECONDS],
    )
  }

  /** Aborts the calls on their way, records them, and releases this server's claims. */
  async stop(): Promise<void> {
    this.stopping.abort()
    const begun = this.startedKeys()
    await Promise.all(this.tasks.values())
    await this.site.database.query(
      `update trials t set adviser = null, adviser_until = now() where t.state = 'proposing' and ${OWNED_TRIALS}`,
      [this.me, begun],
    )
    await this.site.database.query(
      `update inquiries set adviser = null, adviser_until = now() where state = 'asking' and adviser = $1::uuid`,
      [this.me],
    )
  }

  private startedKeys(): string {
    return [...this.tasks.keys()].join()
  }

  private start(request: AdviceRequest, consultation?: Consultation | null): void {
    const { purpose, study, number } = request
    const key = purpose === 'configuration' ? `${study} ${number}` : `${study} ${number} ${purpose}`
    if (this.tasks.has(key)) return
    const task = this.advise(request, consultation)
      .catch((err) => {
        this.site.logger.error({ err, ...request }, 'advice failed; it is tried again')
        return this.pause(REST_MS)
      })
      .finally(() => this.tasks.delete(key))
    this.tasks.set(key, task)
  }

  private async advise(request: AdviceRequest, known?: Consultation | null): Promise<void> {
    const { read } = ADVICE_KINDS[request.purpose]
    const consultation = known ?? (await this.site.queues.run(request.study, read(request.number)))
    if (consultation === null) return
    const { context, limit } = consultation
    if (limit !== null) {
      await this.deliver(request, null, failedVerdict('limit', limit))
      return
    }
    const until = performance.now() + 1000 * context.advisor.deadlineSeconds
    for (let made = 1; ; made++) {
      const { call, verdict, afterMs } = await this.callModel(context, made, until)
      const waits = await this.deliver(request, call, verdict)
      if (!waits || this.stopping.signal.aborted) return
      await this.pause(afterMs)
      if (this.stopping.signal.aborted) return
    }
  }

  private pause(milliseconds: number): Promise<void> {
    return sleep(milliseconds, undefined, { signal: this.stopping.signal }).catch(() => {})
  }

  private async callModel(context: PromptContext, made: number, until: number): Promise<CallResult> {
    const { advisor } = context
    const line = this.providers.endpointOf(advisor.model)
    if (line === undefined) return withoutCall('rejected', `this service has no key for ${advisor.model}`)
    const prompt = await fittingPrompt(context, line.lengths, (prompt) =>
      this.countTokens(line, requestBody(context, line, prompt), until),
    )
    if (prompt === null)
      return withoutCall(
        'limit',
        `without any history the prompt is longer than contextTokens, ${advisor.contextTokens}`,
      )
    if (!line.breaker.enter())
      return withoutCall('circuit_open', 'its provider has failed several times in a row')
    const body = requestBody(context, line, prompt)
    const begun = performance.now()
    const reply = await line.provider.send(body, Math.max(1, until - begun), this.stopping.signal)
    line.breaker.leave(isHealthy(reply))
    if (reply.said) line.lengths.learn(advisor.model, prompt, inputTokens(reply.said.tokens))
    const call = this.callRecord(context, prompt, body, reply, performance.now() - begun)
    if (reply.ok) return { call, verdict: { kind: 'said', text: reply.said.text }, afterMs: 0 }
    const afterMs = backoff(made, reply)
    const mayTry = reply.again && made < advisor.maxCalls && performance.now() + afterMs < until
    // The next server repeats a call that was aborted because this one stops.
    const again = mayTry || this.stopping.signal.aborted
    return { call, verdict: this.verdictOfFailure(reply, again), afterMs }
  }

  /** Counting is given little time, and is left out where the circuit breaker is open. */
  private countTokens(
    { provider, breaker }: ModelEndpoint,
    body: object,
    until: number,
  ): Promise<number | null> {
    if (!provider.count || !breaker.isClosed) return Promise.resolve(null)
    const timeoutMs = Math.max(1, Math.min(COUNT_MS, until - performance.now()))
    return provider.count(body, timeoutMs, this.stopping.signal)
  }

  private verdictOfFailure({ outcome, message }: CompletionFailure, again: boolean): Verdict {
    const clean = this.providers.redact(message)
    return again ? { kind: 'again', outcome, message: clean } : failedVerdict(outcome, clean)
  }

  private callRecord(
    { advisor: { model }, purpose }: PromptContext,
    { name }: Prompt,
    request: object,
    reply: Reply,
    latencyMs: number,
  ): ModelCall {
    const { text = null, thinking = null, tokens = NO_TOKENS } = reply.said ?? {}
    const price = this.providers.priceOf(model)
    const clean = (said: string | null) => said && this.providers.redact(said)
    return {
      key: randomUUID(),
      purpose,
      provider: parseModelName(model).provider,
      model: parseModelName(model).model,
      prompt: name,
      request: JSON.parse(this.providers.redact(JSON.stringify(request))),
      answer: clean(text),
      thinking: clean(thinking),
      tokens,
      dollars: price && dollarsOf(price, tokens),
      latency_ms: Math.round(latencyMs),
    }
  }

  /**
   * Delivers an answer, which has been paid for, until it is stored or the server stops. When the connection is lost it may
   * have been stored all the same: the call's key keeps the next delivery from recording it twice.
   */
  private async deliver(request: AdviceRequest, call: ModelCall | null, verdict: Verdict): Promise<boolean> {
    const { purpose, study, number } = request
    for (;;) {
      try {
        return await this.site.queues.run(study, ADVICE_KINDS[purpose].receive(number, call, verdict))
      } catch (err) {
        if ((err as { code?: string }).code !== 'database_unavailable' || this.stopping.signal.aborted)
          throw err
        this.site.logger.warn({ err, ...request }, 'an answer could not be stored; it is tried again')
        await sleep(BACKOFF_MS)
      }
    }
  }
}

type Claimed = Pick<AdviceRequest, 'study' | 'number'>

interface CallResult {
  readonly call: ModelCall | null
  readonly verdict: Verdict
  readonly afterMs: number
}

function withoutCall(reason: 'circuit_open' | 'limit' | 'rejected', message: string): CallResult {
  return { call: null, verdict: failedVerdict(reason, message), afterMs: 0 }
}

function requestBody(
  { advisor, space, purpose }: PromptContext,
  { provider }: ModelEndpoint,
  prompt: Prompt,
): object {
  return provider.body({
    ...advisor,
    ...prompt,
    model: parseModelName(advisor.model).model,
    temperature: temperatureOf(advisor),
    schema: ADVICE_KINDS[purpose].schema(space),
  })
}

/** For the circuit breaker: the provider answered. A rate limit counts as no answer. */
function isHealthy(reply: Reply): boolean {
  return reply.ok || !['timeout', 'rate_limited', 'server_error'].includes(reply.outcome)
}

function backoff(made: number, { afterMs = 0 }: CompletionFailure): number {
  const wait = Math.min(LONGEST_BACKOFF_MS, BACKOFF_MS * 2 ** (made - 1))
  return Math.max(afterMs, wait * (0.5 + Math.random()))
}
