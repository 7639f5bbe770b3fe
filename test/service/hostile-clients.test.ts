/** Clients that speak no HTTP, send slowly, break off, or ask for what there is not: by real connections. */
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import pino from 'pino'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { Providers } from '../../src/advisors/llm/providers.js'
import { buildApp } from '../../src/app.js'
import { StudyNotifier } from '../../src/engine/study-notifier.js'
import type { Service } from '../../src/http/routes.js'
import { STANDARD_LIMITS } from '../../src/limits.js'
import { databases } from '../postgres.js'
import { LINE, TestService, useService } from './service.js'

const [pglite] = databases()

/** Sends the bytes as they stand, and answers with what comes back until the server hangs up. */
async function exchange(url: string, bytes: string): Promise<string> {
  const socket = await connected(url)
  socket.write(bytes)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function connected(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {}) // cut by the server
  await once(socket, 'connect')
  return socket
}

function problemIn(answer: string): { status: number; body: Record<string, unknown> } {
  const [head, body] = answer.split('\r\n\r\n')
  expect(head).toMatch(/content-type: application\/problem\+json/)
  return { status: Number(head!.split(' ')[1]), body: JSON.parse(body!) }
}

/** The answers of one connection. */
function answersIn(text: string): string[] {
  return text.split(/(?=HTTP\/1\.1 \d)/)
}

describe('a client that speaks no HTTP', () => {
  const service = useService(pglite!)
  beforeAll(async () => {
    await service.listen()
  })

  it.each([
    ['nonsense', 'nonsense\r\n\r\n', 400, 'invalid_request'],
    ['a method that there is not', 'FETCH / HTTP/1.1\r\nhost: localhost\r\n\r\n', 400, 'invalid_request'],
    [
      'two lengths',
      'POST /studies HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      400,
      'invalid_request',
    ],
    [
      'headers without an end',
      `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
  ])('is answered with a problem document: %s', async (_, bytes, status, code) => {
    const problem = problemIn(await exchange(service.url, bytes))
    expect(problem.status).toBe(status)
    expect(problem.body).toMatchObject({ status, code, retryable: false })
  })

  const good = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n'

  it('is answered so on a connection that was used before', async () => {
    const socket = await connected(service.url)
    let text = ''
    let sent = false
    socket.write(good)
    for await (const chunk of socket) {
      text += chunk
      if (!sent && text.endsWith('}')) sent = socket.write('nonsense\r\n\r\n') || true
    }
    expect(text).toMatch(/^HTTP\/1\.1 200 /)
    const problem = problemIn(answersIn(text).at(-1)!)
    expect(problem).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  it('is answered after the good request that it sent before, without waiting', async () => {
    const text = await exchange(service.url, `${good}nonsense\r\n\r\n`)
    const [first, second, ...others] = answersIn(text)
    expect(others).toEqual([])
    expect(first).toMatch(/^HTTP\/1\.1 200 /)
    expect(problemIn(second!)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  it('is answered where only the body of its second request is wrong', async () => {
    const chunked =
      'POST /studies HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nno length\r\n'
    const text = await exchange(service.url, good + chunked)
    const problem = problemIn(answersIn(text).at(-1)!)
    expect(problem).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  it('does not spoil an answer that has begun', async () => {
    const name = await service.create()
    const socket = await connected(service.url)
    socket.write(`GET /studies/${name}/events HTTP/1.1\r\nhost: localhost\r\n\r\n`)
    let text = ''
    for await (const chunk of socket) {
      text += chunk
      if (text.includes('event: created')) socket.write('nonsense\r\n\r\n')
    }
    expect(text).not.toContain('problem+json')
  })
})

describe('a method that a path does not take', () => {
  const service = useService(pglite!)

  it.each([
    ['PATCH', '/studies', 'GET, HEAD, POST'],
    ['PUT', '/studies', 'GET, HEAD, POST'],
    ['POST', '/studies/a', 'DELETE, GET, HEAD, PATCH'],
    ['GET', '/studies/a/ask', 'POST'],
    ['DELETE', '/studies/a/trials/0/tell', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['OPTIONS', '/studies', 'GET, HEAD, POST'],
  ] as const)('is answered with 405, and with those that it takes: %s %s', async (method, url, allow) => {
    const { status, headers, body } = await service.call(method, url)
    expect(body).toMatchObject({ code: 'method_not_allowed', status: 405 })
    expect(status).toBe(405)
    expect(headers.allow).toBe(allow)
  })

  it.each(['QUERY', 'PROPFIND', 'SEARCH', 'TRACE', 'MKCOL'])(
    'is no error of the service: %s',
    async (method) => {
      for (const [url, expected] of [
        ['/studies', 405],
        ['/nowhere', 404],
      ] as const) {
        const answer = await service.running.app.inject({ method: method as 'GET', url })
        expect(answer.statusCode, `${method} ${url}: ${answer.body}`).toBe(expected)
        expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
      }
    },
  )
})

describe('a file of /docs that there is not', () => {
  const service = useService(pglite!)
  beforeAll(async () => {
    await service.listen()
  })

  it.each(['/..', '/../../package.json', '/%2e%2e/x', '/%2e%2e', '/none', '/a%00b', '/.'])(
    'is a plain 404: %s',
    async (file) => {
      const answer = await exchange(
        service.url,
        `GET /docs/static${file} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
      )
      expect(problemIn(answer)).toMatchObject({ status: 404, body: { code: 'not_found' } })
    },
  )
})

describe('a client that sends slowly', () => {
  const service = useService(pglite!, { limits: { requestSeconds: 0.3 } })
  beforeAll(async () => {
    await service.listen()
  })

  it('is answered with 408 when its time is over, and keeps nothing open', async () => {
    const name = await service.create()
    const head = `POST /studies/${name}/ask HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`
    const slow = [
      `${head}content-length: 100\r\n\r\n{"worker"`,
      `${head}transfer-encoding: chunked\r\n\r\n5\r\n{"wor`,
      'GET /studies HTTP/1.1\r\nhost: loc',
    ]
    const answers = await Promise.all(slow.map((bytes) => exchange(service.url, bytes)))
    for (const answer of answers)
      expect(problemIn(answer)).toMatchObject({
        status: 408,
        body: { code: 'request_timeout', retryable: true },
      })
    expect((await service.summary(name)).trials.running).toBe(0)
  })
})

describe('a client whose headers come slowly', () => {
  const service = useService(pglite!, { limits: { headerSeconds: 0.3 } })
  beforeAll(async () => {
    await service.listen()
  })

  it('is answered with 408 long before the time for a whole request is over', async () => {
    const answer = await exchange(service.url, 'GET /studies HTTP/1.1\r\nhost: loc')
    expect(problemIn(answer)).toMatchObject({ status: 408, body: { code: 'request_timeout' } })
  })
})

describe('a client that breaks its upload off', () => {
  it('is not logged as a failure of the service or of its database', async () => {
    const lines: string[] = []
    const stream = new Writable({
      write(chunk, _, done) {
        lines.push(String(chunk))
        done()
      },
    })
    const parts = {
      notifier: new StudyNotifier(),
      metrics: { registry: {}, answered: () => {} },
      trainers: new Map(),
      providers: await Providers.open({}, STANDARD_LIMITS),
      limits: STANDARD_LIMITS,
    }
    const app = await buildApp(parts as unknown as Service, { logger: pino({ level: 'warn' }, stream) })
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const sending = request(`${url}/studies`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 1000 },
    })
    sending.on('error', () => {})
    const [, answer] = await Promise.all([
      sending.write('{"name"'),
      once(app.server, 'request').then(([, answer]) => answer),
    ])
    const over = once(answer, 'close')
    sending.destroy()
    await over
    await app.close()
    expect(lines).toEqual([])
  })
})

describe('a service that is told to stop', () => {
  it('cuts slow clients as often as its limit says', async () => {
    const service = await new TestService(await pglite!.open(), { limits: { stopSeconds: 0.123 } }).start()
    const url = await service.listen()
    const asked = once(service.running.app.server, 'request')
    const socket = await connected(url)
    socket.write('POST /studies HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{')
    await asked
    const intervals = vi.spyOn(globalThis, 'setInterval')
    await service.close()
    expect(intervals.mock.calls.map(([, ms]) => ms)).toContain(123)
    intervals.mockRestore()
    socket.destroy()
  })

  it('waits a moment for clients that are slow to send or to receive, and then cuts them', async () => {
    const service = await new TestService(await pglite!.open()).start()
    const url = await service.listen()
    const name = await service.create({ space: LINE })
    await service.running.database.query(
      `insert into trials (study_id, number, state, params, params_key, proposal, value, message, attempt, worker, settled_at)
       select id, n, 'complete', '{"x": 1}', n::text, '{"source": "random"}', 1, repeat('x', 10000), 1, 'w', now()
         from studies, generate_series(1, 3000) n where name = $1`,
      [name],
    )
    const asking = `POST /studies/${name}/ask HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`
    const requests = [
      ...Array<string>(50).fill(`${asking}content-length: 100\r\n\r\n{"worker"`),
      ...Array<string>(50).fill(`GET /studies/${name}/events HTTP/1.1\r\nhost: localhost\r\n\r\n`),
      ...Array<string>(3).fill(`GET /studies/${name}/export HTTP/1.1\r\nhost: localhost\r\n\r\n`),
    ]
    let arrived = 0
    const all = new Promise<void>((resolve) =>
      service.running.app.server.on('request', () => ++arrived === requests.length && resolve()),
    )
    const sockets = await Promise.all(
      requests.map(async (bytes) => {
        const socket = await connected(url)
        socket.pause()
        socket.write(bytes)
        return socket
      }),
    )
    await all
    const agent = new Agent({ keepAlive: true })
    const waiting = request(`${url}/studies/${name}/ask`, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json' },
    })
    const body = JSON.stringify({ worker: 'w', wait: 60 })
    await service.patch(`/studies/${name}`, { state: 'paused' })
    const answered = once(waiting, 'response') as Promise<[IncomingMessage]>
    const begun = once(service.running.app.server, 'request')
    waiting.end(body)
    await begun
    await service.close()
    expect((await answered)[0].statusCode).toBe(200)
    for (const socket of sockets) socket.destroy()
    agent.destroy()
  }, 45_000)
})
