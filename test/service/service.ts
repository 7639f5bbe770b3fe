/**
 * A service under test. Requests are injected, or real once it listens. Every answer is validated against the OpenAPI
 * document, and a 500 fails the test.
 */
import { pino } from 'pino'
import { afterAll, beforeAll, expect } from 'vitest'
import type { Config } from '../../src/config.js'
import { type Limits, STANDARD_LIMITS } from '../../src/limits.js'
import { type Running, startService } from '../../src/service.js'
import type { Engine, TestDatabase } from '../postgres.js'
import { expectPromised } from './answers.js'

/** A body as a test reads it: what is not there fails the expectation that reads it. */
// biome-ignore lint/suspicious/noExplicitAny: answers are held against the OpenAPI document, not against types
export type Body = any

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Body
}

export interface Leased {
  readonly number: number
  readonly params: Readonly<Record<string, number | string | boolean>>
  readonly attempt: number
  readonly lease: { readonly token: string; readonly expiresAt: string; readonly heartbeatSeconds: number }
  readonly [more: string]: Body
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT' | 'HEAD' | 'OPTIONS'

export const LINE = { parameters: { x: { type: 'float', low: -5, high: 10 } } } as const

export type Settings = Partial<Omit<Config, 'limits'>> & { readonly limits?: Partial<Limits> }

export class TestService {
  running!: Running
  /** Where it listens, once it does. */
  url = ''

  constructor(
    readonly place: TestDatabase,
    private readonly settings: Settings = {},
  ) {}

  /** The service hardly ever checks for expired leases, so that they expire only when a test says so. */
  async start(): Promise<this> {
    const config = {
      host: '127.0.0.1',
      port: 0,
      databaseUrl: this.place.url,
      dataDir: this.place.dataDir ?? '',
      reapMs: 600_000,
      llm: {},
      searchThreads: 1,
      heldMb: 512,
      pool: 6,
      cpuSlots: 4,
      logLevel: 'silent',
      ...this.settings,
      limits: { ...STANDARD_LIMITS, ...this.settings.limits },
    }
    this.running = await startService(config, pino({ level: config.logLevel }))
    return this
  }

  async listen(): Promise<string> {
    this.url = await this.running.app.listen({ host: '127.0.0.1', port: 0 })
    return this.url
  }

  async restart(): Promise<void> {
    const listened = this.url !== ''
    await this.running.close()
    await this.start()
    if (listened) await this.listen()
  }

  async close(): Promise<void> {
    await this.running.close()
    await this.place.close()
  }

  /** What is sent as it stands: a text as the body, or anything else as JSON. */
  async call(
    method: Method,
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answered> {
    const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const answer = await this.running.app.inject({
      method,
      url,
      headers: { ...(payload === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(payload === undefined ? {} : { payload }),
    })
    const type = String(answer.headers['content-type'] ?? '').split(';', 1)[0]!
    const answered = {
      status: answer.statusCode,
      headers: answer.headers,
      body: /^application\/(problem\+)?json$/.test(type) ? JSON.parse(answer.body) : answer.body,
    }
    expect(answered, `${method} ${url} failed: ${answer.body}`).not.toMatchObject({ status: 500 })
    expectPromised(method, url, { ...answered, type })
    return answered
  }

  get(url: string, headers?: Record<string, string>) {
    return this.call('GET', url, undefined, headers)
  }

  post(url: string, body?: unknown, headers?: Record<string, string>) {
    return this.call('POST', url, body, headers)
  }

  patch(url: string, body: unknown) {
    return this.call('PATCH', url, body)
  }

  delete(url: string) {
    return this.call('DELETE', url)
  }

  /** A study over one line, by random search for speed, unless said otherwise; answers its name. */
  async create(spec: Record<string, unknown> = {}): Promise<string> {
    const name = `study-${++made}`
    const { status, body } = await this.post('/studies', { name, space: LINE, method: 'random', ...spec })
    expect(body).toMatchObject({ state: 'active' })
    expect(status).toBe(201)
    return body.name
  }

  async ask(study: string, worker = 'w', count = 1): Promise<Leased[]> {
    const { status, body } = await this.post(`/studies/${study}/ask`, { worker, count })
    expect(status).toBe(200)
    return body.trials
  }

  async askOne(study: string, worker = 'w'): Promise<Leased> {
    const [trial] = await this.ask(study, worker)
    expect(trial).toBeDefined()
    return trial!
  }

  tell(study: string, trial: Leased, told: Record<string, unknown> = { outcome: 'complete', value: 1 }) {
    return this.post(`/studies/${study}/trials/${trial.number}/tell`, { token: trial.lease.token, ...told })
  }

  /** Asks, and tells that it is complete. */
  async run(study: string, value: number, more: Record<string, unknown> = {}): Promise<Body> {
    const { status, body } = await this.tell(study, await this.askOne(study), {
      outcome: 'complete',
      value,
      ...more,
    })
    expect(status).toBe(200)
    return body
  }

  async show(study: string, number: number): Promise<Body> {
    return (await this.get(`/studies/${study}/trials/${number}`)).body
  }

  async summary(study: string): Promise<Body> {
    return (await this.get(`/studies/${study}/summary`)).body
  }

  /** What happened in a study, from the log itself. */
  async log(study: string): Promise<{ seq: number; kind: string; number: number | null; data: Body }[]> {
    return this.running.database.query(
      `select e.seq, e.kind, e.number, e.data from events e join studies s on s.id = e.study_id
        where s.name = $1 order by e.seq`,
      [study],
    )
  }

  async id(study: string): Promise<string> {
    return (await this.get(`/studies/${study}`)).body.id
  }
}

let made = 0

/** One service for the tests of a `describe`, on a database of its own. */
export function useService(engine: Engine, settings: Settings = {}): TestService {
  const service = new TestService(undefined as never, settings)
  beforeAll(async () => {
    Object.assign(service, { place: await engine.open() })
    await service.start()
  })
  afterAll(() => service.close())
  return service
}
