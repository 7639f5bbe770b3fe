/** What a provider may answer, and what is stored of it: no key, nothing from elsewhere, and not without an end. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, test } from 'vitest'
import { anthropicProvider } from '../../src/advisors/llm/anthropic.js'
import { openaiCompatible } from '../../src/advisors/llm/openai-compatible.js'
import type { Provider } from '../../src/advisors/llm/provider.js'
import { Providers } from '../../src/advisors/llm/providers.js'
import { readConfig } from '../../src/config.js'
import { STANDARD_LIMITS } from '../../src/limits.js'

const KEY = 'sk-test-0123456789abcdefghijklmnop'
const PROVIDERS: Readonly<Record<string, (url: string) => Provider>> = {
  anthropic: (url) => anthropicProvider({ url, key: KEY }, STANDARD_LIMITS),
  'openai-compatible': (url) => openaiCompatible({ url, key: KEY }, STANDARD_LIMITS),
}

const closings: (() => void)[] = []
afterEach(() => {
  for (const close of closings.splice(0)) close()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closings.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const ask = (provider: Provider) => {
  const body = provider.body({
    model: 'm',
    system: '',
    user: 'u',
    schema: {},
    maxTokens: 1000,
    thinking: 'off',
    effort: null as never,
    temperature: null,
    state: null as never,
  })
  return provider.send(body, 20_000, new AbortController().signal)
}

describe.each(Object.entries(PROVIDERS))('the provider %s', (_, open) => {
  it.each([301, 302, 307, 308])(
    'takes the key nowhere else: a redirect by %i is a failure',
    async (status) => {
      const elsewhere: unknown[] = []
      const other = await serve((request, response) => {
        elsewhere.push(request.headers)
        response.end('{}')
      })
      const url = await serve((_, response) => response.writeHead(status, { location: `${other}/x` }).end())
      const reply = await ask(open(url))
      expect(reply).toMatchObject({ ok: false, outcome: 'rejected', again: false })
      expect(reply).toMatchObject({ message: expect.stringContaining('redirect') })
      expect(elsewhere).toEqual([])
    },
  )

  it.each([200, 400])('cuts an answer without an end, of status %i', async (status) => {
    let sent = 0
    const url = await serve((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      const piece = Buffer.alloc(2 ** 16, ' ')
      const pump = () => {
        while (!response.destroyed && sent < 600 * 2 ** 20) {
          sent += piece.length
          if (!response.write(piece)) break
        }
        if (sent >= 600 * 2 ** 20) response.end('{}')
      }
      response.on('drain', pump)
      pump()
    })
    const reply = await ask(open(url))
    expect(reply).toMatchObject({
      ok: false,
      again: false,
      message: expect.stringContaining(`larger than ${8 * 2 ** 20} bytes`),
    })
    expect(sent).toBeLessThan(64 * 2 ** 20)
  })
})

describe('what is stored', () => {
  const redact = async (key: string, text: string) =>
    (await Providers.open({ openaiKey: key, openaiUrl: 'http://localhost/v1' }, STANDARD_LIMITS)).redact(text)
  const basic = (text: string) => Buffer.from(text).toString('base64')

  test.each([
    ['the key', `wrong key ${KEY}!`, 'wrong key [redacted]!'],
    ['its beginning', `wrong key ${KEY.slice(0, 10)}…`, 'wrong key [redacted]…'],
    ['it twice', `${KEY},${KEY}`, '[redacted],[redacted]'],
    ['it in base64', basic(KEY).replace(/=+$/, ''), /^\[redacted\].{0,2}$/],
    ['it behind a user, in base64', `Basic ${basic(`user:${KEY}`)}`, /^Basic .{0,8}\[redacted\].{0,4}$/],
    ['it behind a longer user', `Basic ${basic(`user1:${KEY}`)}`, /^Basic .{0,10}\[redacted\].{0,4}$/],
    ['it behind a third user', `Basic ${basic(`user12:${KEY}`)}`, /^Basic .{0,11}\[redacted\].{0,4}$/],
  ])('does not have %s', async (_, text, expected) => {
    const clean = await redact(KEY, text)
    if (typeof expected === 'string') expect(clean).toBe(expected)
    else expect(clean).toMatch(expected)
  })

  it('is left alone where the key is too short to be one', async () => {
    expect(await redact('x', '{"maxTokens": 1}')).toBe('{"maxTokens": 1}')
    expect(await redact('none', 'none of them')).toBe('none of them')
  })
})

describe('the address of a provider', () => {
  it.each([
    { OPENAI_BASE_URL: 'http://user:SeCrEt@host/v1' },
    { OPENAI_BASE_URL: 'https://SeCrEt@host/v1' },
    { ANTHROPIC_BASE_URL: 'http://:SeCrEt@host' },
  ])('may not have a password in it, and the line that says so does not show it: %j', (env) => {
    let message = ''
    try {
      readConfig(env)
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toMatch(/^(OPENAI|ANTHROPIC)_BASE_URL must not have a user or a password.*API_KEY$/)
    expect(message).not.toContain('SeCrEt')
  })

  it.each(['http://localhost:8000/v1', 'https://api.example/v1'])('is %s', (OPENAI_BASE_URL) => {
    expect(readConfig({ OPENAI_BASE_URL }).llm.openaiUrl).toBe(OPENAI_BASE_URL)
  })
})
