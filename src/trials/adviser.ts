/**
 * Asks language models, off any turn, and tells the study what they said: which configuration a trial should run, or what to
 * believe. Either belongs to one server as long as that lives; by the database's clock, another takes it over.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { answerSchema } from '../advisors/llm/answer.js'
import { beliefsSchema } from '../advisors/llm/beliefs.js'
import type { Brief } from '../advisors/llm/brief.js'
import { fittingPrompt } from '../advisors/llm/length.js'
import { dollarsOf } from '../advisors/llm/prices.js'
import type { Prompt } from '../advisors/llm/prompt.js'
import type { Failed, Reply } from '../advisors/llm/provider.js'
import { type Line, named, type Providers } from '../advisors/llm/providers.js'
import type { Database } from '../db/database.js'
import { inputOf, NO_TOKENS } from '../model/advice.js'
import { temperatureOf } from '../model/advisor.js'
import type { CallPurpose } from '../model/words.js'
import {
  type Call,
  type Consultation,
  called,
  consult,
  consultationOn,
  failed,
  type Verdict,
} from './advised.js'
import { consultBeliefs, heardBeliefs } from './believed.js'
import type { Live } from './live.js'
import { ADVISER_SECONDS } from './statement.js'
import type { Turns } from './turn.js'

interface Site {
  readonly database: Database
  readonly turns: Turns
  readonly logger: FastifyBaseLogger
}

/** Between one call and the next, at first; doubled each time, give or take half of it. */
const BACKOFF_MS = 500
const LONGEST_BACKOFF_MS = 20_000
const COUNT_MS = 5000
/** After what should not have happened: each try may be paid for. */
const REST_MS = 30_000

/** Claimed by this server ($1), or begun by it ($2) and not claimed yet. */
const OURS = `(t.adviser = $1::uuid
          or (t.adviser is null and t.study_id || ' ' || t.number = any(string_to_array($2, ','))))`

/** What a model is asked for: who says what it is told, what it answers with, and who hears it. */
const ERRANDS = {
  configuration: { consult, schema: answerSchema, told: called },
  beliefs: { consult: consultBeliefs, schema: beliefsSchema, told: heardBeliefs },
} as const

interface Errand {
  readonly purpose: CallPurpose
  readonly study: string
  readonly number: number
}

export class Adviser {
  private readonly me = randomUUID()
  private readonly tasks = new Map<string, Promise<void>>()
  private readonly stopping = new AbortController()

  constructor(
    private readonly site: Site,
    private readonly providers: Providers,
  ) {}

  /** A trial of this server's waits for advice. It is nobody else's for a while: `look` claims it, should it take long. */
  begin(live: Live, number: number): void {
    const errand = { purpose: 'configuration', study: live.id, number } as const
    if (!this.stopping.signal.aborted) this.start(errand, consultationOn(live, number))
  }

  /** Keeps what is this server's, and takes over what nobody sees to any more: called every second or so. */
  async look(): Promise<void> {
    const [trials, inquiries] = await Promise.all([this.claimTrials(), this.claimInquiries()])
    for (const row of trials) this.start({ purpose: 'configuration', ...row })
    for (const row of inquiries) this.start({ purpose: 'beliefs', ...row })
  }

  private claimTrials(): Promise<Claimed[]> {
    return this.site.database.query<Claimed>(
      `update trials t set adviser = $1::uuid, adviser_until = now() + make_interval(secs => $3::float8)
         from studies s
        where t.state = 'proposing' and (${OURS} or t.adviser_until < now())
          and s.id = t.study_id and s.state = 'active'
       returning t.study_id as study, t.number`,
      [this.me, this.begun(), ADVISER_SECONDS],
    )
  }

  /** Nobody waits for beliefs: whoever looks first takes them up. */
  private claimInquiries(): Promise<Claimed[]> {
    return this.site.database.query<Claimed>(
      `update inquiries i set adviser = $1::uuid, adviser_until = now() + make_interval(secs => $2::float8)
         from studies s
        where i.state = 'asking' and (i.adviser = $1::uuid or i.adviser_until < now())
          and s.id = i.study_id and s.state = 'active'
       returning i.study_id as study, i.number`,
      [this.me, ADVISER_SECONDS],
    )
  }

  /** What is on its way is cut off and put on record, and the trials and inquiries are anybody's. */
  async stop(): Promise<void> {
    this.stopping.abort()
    const begun = this.begun()
    await Promise.all(this.tasks.values())
    await this.site.database.query(
      `update trials t set adviser = null, adviser_until = now() where t.state = 'proposing' and ${OURS}`,
      [this.me, begun],
    )
    await this.site.database.query(
      `update inquiries set adviser = null, adviser_until = now() where state = 'asking' and adviser = $1::uuid`,
      [this.me],
    )
  }

  private begun(): string {
    return [...this.tasks.keys()].join()
  }

  private start(errand: Errand, consultation?: Consultation | null): void {
    const { purpose, study, number } = errand
    const key = purpose === 'configuration' ? `${study} ${number}` : `${study} ${number} ${purpose}`
    if (this.tasks.has(key)) return
    const task = this.advise(errand, consultation)
      .catch((err) => {
        this.site.logger.error({ err, ...errand }, 'advice failed; it is tried again')
        return this.rest(REST_MS)
      })
      .finally(() => this.tasks.delete(key))
    this.tasks.set(key, task)
  }

  private async advise(errand: Errand, known?: Consultation | null): Promise<void> {
    const { consult } = ERRANDS[errand.purpose]
    const consultation = known ?? (await this.site.turns.take(errand.study, consult(errand.number)))
    if (consultation === null) return
    const { brief, limit } = consultation
    if (limit !== null) {
      await this.told(errand, null, failed('limit', limit))
      return
    }
    const until = performance.now() + 1000 * brief.advisor.deadlineSeconds
    for (let made = 1; ; made++) {
      const { call, verdict, afterMs } = await this.ask(brief, made, until)
      const waits = await this.told(errand, call, verdict)
      if (!waits || this.stopping.signal.aborted) return
      await this.rest(afterMs)
      if (this.stopping.signal.aborted) return
    }
  }

  private rest(milliseconds: number): Promise<void> {
    return sleep(milliseconds, undefined, { signal: this.stopping.signal }).catch(() => {})
  }

  private async ask(brief: Brief, made: number, until: number): Promise<Asked> {
    const { advisor } = brief
    const line = this.providers.lineOf(advisor.model)
    if (line === undefined) return uncalled('rejected', `this service has no key for ${advisor.model}`)
    const prompt = await fittingPrompt(brief, line.lengths, (prompt) =>
      this.count(line, bodyOf(brief, line, prompt), until),
    )
    if (prompt === null)
      return uncalled(
        'limit',
        `without any history the prompt is longer than contextTokens, ${advisor.contextTokens}`,
      )
    if (!line.breaker.enter())
      return uncalled('circuit_open', 'its provider has failed several times in a row')
    const body = bodyOf(brief, line, prompt)
    const begun = performance.now()
    const reply = await line.provider.send(body, Math.max(1, until - begun), this.stopping.signal)
    line.breaker.leave(isWell(reply))
    if (reply.said) line.lengths.learn(advisor.model, prompt, inputOf(reply.said.tokens))
    const call = this.record(brief, prompt, body, reply, performance.now() - begun)
    if (reply.ok) return { call, verdict: { kind: 'said', text: reply.said.text }, afterMs: 0 }
    const afterMs = backoff(made, reply)
    const mayTry = reply.again && made < advisor.maxCalls && performance.now() + afterMs < until
    // A call that was cut off by the end of this server is for the next one to make again.
    const again = mayTry || this.stopping.signal.aborted
    return { call, verdict: this.failure(reply, again), afterMs }
  }

  /** Not worth long a wait, nor a call of a provider that is resting. */
  private count({ provider, breaker }: Line, body: object, until: number): Promise<number | null> {
    if (!provider.count || !breaker.isClosed) return Promise.resolve(null)
    const timeoutMs = Math.max(1, Math.min(COUNT_MS, until - performance.now()))
    return provider.count(body, timeoutMs, this.stopping.signal)
  }

  private failure({ outcome, message }: Failed, again: boolean): Verdict {
    const clean = this.providers.storable(message)
    return again ? { kind: 'again', outcome, message: clean } : failed(outcome, clean)
  }

  private record(
    { advisor: { model }, purpose }: Brief,
    { name }: Prompt,
    request: object,
    reply: Reply,
    latencyMs: number,
  ): Call {
    const { text = null, thinking = null, tokens = NO_TOKENS } = reply.said ?? {}
    const price = this.providers.priceOf(model)
    const clean = (said: string | null) => said && this.providers.storable(said)
    return {
      purpose,
      provider: named(model).provider,
      model: named(model).model,
      prompt: name,
      request: JSON.parse(this.providers.storable(JSON.stringify(request))),
      answer: clean(text),
      thinking: clean(thinking),
      tokens,
      dollars: price && dollarsOf(price, tokens),
      latency_ms: Math.round(latencyMs),
    }
  }

  /** An answer has been paid for: it is held until it is stored, or the server ends. */
  private async told(errand: Errand, call: Call | null, verdict: Verdict): Promise<boolean> {
    const { purpose, study, number } = errand
    for (;;) {
      try {
        return await this.site.turns.take(study, ERRANDS[purpose].told(number, call, verdict))
      } catch (err) {
        if ((err as { code?: string }).code !== 'database_unavailable' || this.stopping.signal.aborted)
          throw err
        this.site.logger.warn({ err, ...errand }, 'an answer could not be stored; it is tried again')
        await sleep(BACKOFF_MS)
      }
    }
  }
}

type Claimed = Pick<Errand, 'study' | 'number'>

interface Asked {
  readonly call: Call | null
  readonly verdict: Verdict
  readonly afterMs: number
}

function uncalled(reason: 'circuit_open' | 'limit' | 'rejected', message: string): Asked {
  return { call: null, verdict: failed(reason, message), afterMs: 0 }
}

function bodyOf({ advisor, space, purpose }: Brief, { provider }: Line, prompt: Prompt): object {
  return provider.body({
    ...advisor,
    ...prompt,
    model: named(advisor.model).model,
    temperature: temperatureOf(advisor),
    schema: ERRANDS[purpose].schema(space),
  })
}

/** It answers, whatever it says; too many requests say that it does not. */
function isWell(reply: Reply): boolean {
  return reply.ok || !['timeout', 'rate_limited', 'server_error'].includes(reply.outcome)
}

function backoff(made: number, { afterMs = 0 }: Failed): number {
  const wait = Math.min(LONGEST_BACKOFF_MS, BACKOFF_MS * 2 ** (made - 1))
  return Math.max(afterMs, wait * (0.5 + Math.random()))
}
