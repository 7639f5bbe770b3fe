/** Named endpoints (CHIRON_ENDPOINTS): two providers in one experiment, keys, prices, limits for a minute, and the doctor. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CallPace } from '../../src/advisors/llm/call-pace.js'
import { readEndpoints } from '../../src/advisors/llm/endpoints.js'
import { endpointFindings } from '../../src/cli/doctor/endpoints.js'
import { readConfig } from '../../src/config.js'
import { comparison, untilEnded } from '../experiments/plans.js'
import { anEngine } from '../postgres.js'
import { type Body, LINE, TestService } from '../service/service.js'
import { StandIn, USAGE } from './stand-in.js'

const folder = mkdtempSync(join(tmpdir(), 'endpoints-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const fileOf = (endpoints: unknown): string => {
  const file = join(folder, `${Math.random()}.json`)
  writeFileSync(file, typeof endpoints === 'string' ? endpoints : JSON.stringify({ endpoints }))
  return file
}

const KEYS = { AZURE_KEY: 'azure-secret-0123', CLAUDE_TOKEN: 'claude-secret-4567' }
const PRICE = { input: 2, cacheWrite: 4, cacheRead: 1, output: 8, date: '2026-11-26', source: 'a test' }
const advisor = (model: string, more: object = {}) => ({
  optimizer: { kind: 'random' },
  advisor: { kind: 'llm', model, ratio: 1, warmup: 1, maxCalls: 1, ...more },
})

let [azure, claude]: StandIn[] = []
beforeEach(async () => {
  const says = () => JSON.stringify({ params: { DEPTH: 4 + (azure!.received.length % 20), MATRIX_LR: 0.01 } })
  const another = () => JSON.stringify({ params: { DEPTH: 4 + (claude!.received.length % 20) } })
  azure = await StandIn.open({ says })
  claude = await StandIn.open({ says: another })
})
afterEach(() => Promise.all([azure!.close(), claude!.close()]))

const both = () => ({
  azure: {
    kind: 'openai-compatible',
    url: `${azure!.url}/openai/deployments/one/`,
    key: { variable: 'AZURE_KEY', header: 'api-key' },
    query: { 'api-version': '2026-01-01' },
    longestAnswer: 'max_completion_tokens',
    models: { 'gpt-x': { price: PRICE, contextTokens: 8192 } },
  },
  claude: {
    kind: 'anthropic',
    url: claude!.url,
    key: { variable: 'CLAUDE_TOKEN', header: 'authorization', prefix: 'Bearer ' },
    query: { region: 'eu' },
  },
})

async function within(
  endpoints: unknown,
  work: (service: TestService) => Promise<void>,
  values: Record<string, string> = KEYS,
): Promise<void> {
  const llm = { endpoints: fileOf(endpoints), variable: (name: string) => values[name] }
  const service = await new TestService(await anEngine().open(), { llm, reapMs: 50 }).start()
  try {
    await work(service)
  } finally {
    await service.close()
  }
}

describe('named endpoints', () => {
  it('let one experiment compare the models of two providers, each with its key, address and price', async () => {
    await within(both(), async (service) => {
      const arms = ['azure:gpt-x', 'claude:opus'].map((model) => ({
        name: model.replace(':', '-'),
        method: advisor(model),
      }))
      const { status, body } = await service.post(
        '/experiments',
        comparison('two', { arms, baseline: 'azure-gpt-x', seeds: 1 }),
      )
      expect(status, JSON.stringify(body)).toBe(201)
      await untilEnded(service, 'two')
      const [first] = azure!.received
      expect(first!.path).toBe('/openai/deployments/one/chat/completions?api-version=2026-01-01')
      expect(first!.headers).toMatchObject({ 'api-key': KEYS.AZURE_KEY })
      expect(first!.headers.authorization).toBeUndefined()
      expect(first!.body).toMatchObject({ model: 'gpt-x', max_completion_tokens: 4096 })
      const [other] = claude!.received
      expect(other!.path).toBe('/v1/messages?region=eu')
      expect(other!.headers.authorization).toBe(`Bearer ${KEYS.CLAUDE_TOKEN}`)
      expect(other!.headers['x-api-key']).toBeUndefined()
      const callsOf = async (study: string): Promise<Body[]> =>
        (await service.get(`/studies/${study}/llm-calls`)).body.calls
      const [call] = await callsOf('two.azure-gpt-x.1')
      expect(call).toMatchObject({ provider: 'azure', model: 'gpt-x', outcome: 'answered' })
      expect(call.dollars).toBeCloseTo((USAGE.input * 2 + USAGE.cacheRead + USAGE.output * 8) / 1e6, 12)
      expect((await callsOf('two.claude-opus.1'))[0]).toMatchObject({ provider: 'claude', dollars: null })
    })
  })

  it('keep their limits for a minute: a call that they hold up for half of its time is not made', async () => {
    const { azure: one } = both()
    await within({ slow: { ...one, requestsPerMinute: 1 } }, async (service) => {
      const { study } = await createdOn(service, 'slow:gpt-x', { deadlineSeconds: 100 })
      expect((await advised(service, study)).proposal).toMatchObject({ source: 'llm' })
      expect((await advised(service, study)).proposal).toMatchObject({
        source: 'random',
        reason: 'rate_limited',
        note: expect.stringContaining('before the deadline'),
      })
      expect(azure!.received).toHaveLength(1)
    })
    await within({ small: { ...one, tokensPerMinute: 4000 } }, async (service) => {
      const { study } = await createdOn(service, 'small:gpt-x')
      expect((await advised(service, study)).proposal).toMatchObject({
        reason: 'limit',
        note: expect.stringMatching(/tokens with its answer, and the endpoint allows 4000 a minute: lower/),
      })
    })
  })

  it('have a context length, which request and answer share', async () => {
    const { azure: one } = both()
    await within({ azure: one }, async (service) => {
      const tooLong = { kind: 'llm', model: 'azure:gpt-x', maxTokens: 8000 }
      const { status, body } = await service.post('/studies', {
        name: 'long',
        space: LINE,
        method: { optimizer: { kind: 'random' }, advisor: tooLong },
      })
      expect(status).toBe(400)
      expect(body.detail).toBe(
        'method.advisor.maxTokens: an answer of 8000 tokens leaves 192 of the context of azure:gpt-x for the request: lower maxTokens',
      )
      const { study } = await createdOn(service, 'azure:gpt-x', { maxTokens: 7800 })
      for (let i = 0; i < 30; i++)
        await service.post(`/studies/${study}/trials`, {
          params: { x: i / 7 },
          outcome: 'complete',
          value: i,
        })
      expect((await advised(service, study)).proposal).toMatchObject({ reason: 'limit' })
      expect(azure!.received).toHaveLength(0)
    })
  })

  it('refuse a study whose model has no endpoint, or whose endpoint has no key', async () => {
    await within(
      both(),
      async (service) => {
        const refusal = async (model: string): Promise<string> => {
          const { status, body } = await service.post('/studies', {
            name: 'none',
            space: LINE,
            method: advisor(model),
          })
          expect(status).toBe(400)
          return body.detail
        }
        expect(await refusal('azure:gpt-x')).toContain('no key for azure: set AZURE_KEY')
        expect(await refusal('elsewhere:m')).toContain(
          'add an endpoint elsewhere to the file of CHIRON_ENDPOINTS (it has azure, claude)',
        )
        expect(await refusal('constructor:m')).toContain('add an endpoint constructor')
      },
      {},
    )
  })

  it('are refused by file, place and remedy', async () => {
    const one = both().azure
    const wrong = async (endpoints: unknown) => {
      const file = fileOf(endpoints)
      const error = await readEndpoints(file).then(
        () => expect.fail('it was accepted'),
        (fault: Error) => fault.message,
      )
      expect(error).toMatch(new RegExp(`^CHIRON_ENDPOINTS ${file} cannot be used: .* \\(docs/endpoints.md`))
      return error
    }
    expect(await wrong('{')).toContain('JSON')
    expect(await wrong({ anthropic: one })).toContain('is the name of a provider that the service has')
    expect(await wrong({ a: { ...one, url: 'ftp://x' } })).toContain('endpoints.a.url: must begin with http')
    expect(await wrong({ a: { ...one, url: 'http://me:secret@x/v1' } })).toContain('user or a password')
    expect(await wrong({ a: { ...one, key: { variable: 'PLAIN' } } })).toContain(
      'endpoints.a.key.variable: must have KEY',
    )
    expect(await wrong({ a: { ...one, models: { m: { price: { input: 1 } } } } })).toContain(
      'endpoints.a.models.m.price.output',
    )
    expect(await wrong({ a: { ...one, colour: 'red' } })).toContain('colour')
    await expect(readEndpoints(join(folder, 'nowhere.json'))).rejects.toThrow(/nowhere.json.*ENOENT/)
  })

  const createdOn = async (service: TestService, model: string, more: object = {}) => {
    const name = `${model.replace(/\W/g, '-')}-${Math.random().toString(36).slice(2)}`
    const { status, body } = await service.post('/studies', {
      name,
      space: LINE,
      method: advisor(model, more),
    })
    expect(status, JSON.stringify(body)).toBe(201)
    azure!.behaves({ says: () => JSON.stringify({ params: { x: azure!.received.length / 1000 } }) })
    await service.run(name, 4)
    return { study: name }
  }

  const advised = async (service: TestService, study: string): Promise<Body> => {
    const { body } = await service.post(`/studies/${study}/ask`, { worker: `w${Math.random()}`, wait: 20 })
    return body.trials[0]
  }
})

describe('the pace of calls', () => {
  it('has no window of a minute with more requests, or more tokens, than allowed', () => {
    let now = 0
    const pace = new CallPace({ requestsPerMinute: 3, tokensPerMinute: 1000 }, () => now)
    const begun: { at: number; tokens: number }[] = []
    for (let i = 0; i < 200; i++) {
      const tokens = 50 + ((i * 271) % 400)
      const at = pace.reserve(tokens, Infinity)!
      begun.push({ at, tokens })
      now += (i * 7919) % 20_000
    }
    for (const { at } of begun) {
      const window = begun.filter((other) => other.at >= at && other.at < at + 60_000)
      expect(window.length).toBeLessThanOrEqual(3)
      expect(window.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(1000)
    }
    expect(begun.map(({ at }) => at)).toEqual([...begun.map(({ at }) => at)].sort((a, b) => a - b))
  })

  it('counts no call that would wait for half of the time until its deadline', () => {
    const pace = new CallPace({ requestsPerMinute: 1 }, () => 0)
    expect(pace.reserve(1, 10_000)).toBe(0)
    expect(pace.reserve(1, 10_000)).toBeNull()
    expect(pace.reserve(1, 120_000)).toBeNull()
    expect(pace.reserve(1, 124_000)).toBe(61_000)
  })

  it('leaves every call half of its time under sustained load', () => {
    let now = 0
    const pace = new CallPace({ requestsPerMinute: 10 }, () => now)
    const left: number[] = []
    for (; now < 3_600_000; now += 3000) {
      const at = pace.reserve(1, now + 120_000)
      if (at !== null) left.push(now + 120_000 - at)
    }
    expect(left.length).toBeGreaterThan(580)
    expect(Math.min(...left)).toBeGreaterThan(60_000)
  })
})

describe('chiron doctor', () => {
  it('asks each endpoint for its models, and says what is wrong with which', async () => {
    const locked = createServer((_, response) => response.writeHead(401).end()).listen(0, '127.0.0.1')
    const silent = createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1')
    await Promise.all([once(locked, 'listening'), once(silent, 'listening')])
    const at = (server: typeof locked) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const one = { kind: 'openai-compatible' }
    const endpoints = {
      works: { ...one, url: `${azure!.url}/v1`, models: { 'stand-in': {} } },
      lacks: { ...one, url: `${azure!.url}/v1`, models: { another: {} } },
      claude: both().claude,
      locked: { ...one, url: at(locked), key: { variable: 'AZURE_KEY' } },
      silent: { ...one, url: at(silent) },
      gone: { ...one, url: 'http://127.0.0.1:1/v1' },
      keyless: { ...one, url: at(silent), key: { variable: 'NO_KEY' } },
    }
    const config = readConfig({ ...KEYS, CHIRON_ENDPOINTS: fileOf(endpoints) })
    const found = Object.fromEntries((await endpointFindings(config)).map((one) => [one.what, one]))
    locked.close()
    silent.close()
    expect(found.works).toMatchObject({
      is: 'fine',
      says: expect.stringContaining('lists 1 models: stand-in'),
    })
    expect(found.lacks).toMatchObject({ is: 'note', says: expect.stringContaining('another is not among') })
    expect(found.claude).toMatchObject({ is: 'fine' })
    expect(found.locked).toMatchObject({ is: 'wrong', todo: 'correct AZURE_KEY' })
    expect(found.silent).toMatchObject({ is: 'note', says: expect.stringContaining('lists no models (404)') })
    expect(found.gone).toMatchObject({ is: 'wrong', todo: expect.stringContaining('endpoints.gone.url') })
    expect(found.keyless).toMatchObject({ is: 'note', says: 'NO_KEY is not set' })
    const broken = readConfig({ CHIRON_ENDPOINTS: fileOf('no') })
    expect(await endpointFindings(broken)).toMatchObject([{ is: 'wrong', todo: 'correct the file' }])
  })
})
