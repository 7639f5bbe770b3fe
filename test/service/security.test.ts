import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.js'
import { Fault } from '../../src/faults.js'
import { databases } from '../postgres.js'
import { LINE, useService } from './service.js'

const [pglite] = databases()

describe('a service with a token', () => {
  const service = useService(pglite!, { token: 'a-secret-of-enough-length' })
  const entry = { authorization: 'Bearer a-secret-of-enough-length' }

  it.each([
    ['GET', '/studies'],
    ['POST', '/studies'],
    ['GET', '/studies/nobody'],
    ['DELETE', '/studies/nobody'],
    ['GET', '/events'],
    ['GET', '/metrics'],
    ['GET', '/openapi.json'],
    ['GET', '/docs/'],
    ['GET', '/no-such-route'],
  ] as const)('does not answer %s %s without it', async (method, url) => {
    const wrong: Record<string, string>[] = [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: 'a-secret-of-enough-length' },
    ]
    for (const headers of [...wrong, { authorization: 'Basic YTpi' }, { authorization: 'Bearer ' }]) {
      const { status, body } = await service.call(
        method,
        url,
        method === 'POST' ? { name: 'a' } : undefined,
        headers,
      )
      expect(status).toBe(401)
      expect(body).toMatchObject({ code: 'unauthorized', retryable: false })
    }
  })

  it('says which scheme it wants, and takes its name in any case', async () => {
    expect((await service.get('/studies')).headers['www-authenticate']).toMatch(/^Bearer/)
    for (const scheme of ['bearer', 'BEARER', 'Bearer']) {
      const authorization = `${scheme} a-secret-of-enough-length`
      expect((await service.get('/studies', { authorization })).status).toBe(200)
    }
    const wrong = { authorization: 'bearer A-SECRET-OF-ENOUGH-LENGTH' }
    expect((await service.get('/studies', wrong)).status).toBe(401)
  })

  it('answers with it, whatever the name of the host', async () => {
    const spec = { name: 'mine', space: LINE }
    expect((await service.post('/studies', spec, { ...entry, host: 'chiron.example' })).status).toBe(201)
    expect((await service.get('/studies/mine', entry)).body.name).toBe('mine')
    expect((await service.get('/no-such-route', entry)).status).toBe(404)
  })

  it('lets probes in', async () => {
    expect((await service.get('/healthz')).status).toBe(200)
    expect((await service.get('/readyz')).status).toBe(200)
  })
})

describe('a service without a token', () => {
  const service = useService(pglite!)

  it.each(['localhost', 'localhost:8080', '127.0.0.1', '127.0.0.1:9', '127.8.9.1', '[::1]', '[::1]:8080'])(
    'answers who calls it %s',
    async (host) => {
      expect((await service.get('/studies', { host })).status).toBe(200)
    },
  )

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'xlocalhost',
    '0.0.0.0',
    '10.0.0.1:80',
  ])('does not answer a web page that found it under the name %s', async (host) => {
    for (const url of ['/studies', '/healthz', '/docs/', '/nowhere']) {
      const { status, body } = await service.get(url, { host })
      expect(status).toBe(401)
      expect(body).toMatchObject({ code: 'unauthorized', detail: expect.stringContaining('CHIRON_TOKEN') })
    }
  })

  it('invites no other origin, and takes no form', async () => {
    const { headers } = await service.get('/studies', { origin: 'https://evil.example' })
    expect(headers['access-control-allow-origin']).toBeUndefined()
    expect(headers['x-content-type-options']).toBe('nosniff')
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const { status } = await service.post('/studies', JSON.stringify({ name: 'a', space: LINE }), {
        'content-type': type,
      })
      expect(status).toBe(415)
    }
  })
})

describe('a web page of another site', () => {
  const service = useService(pglite!)
  const from: Record<string, string>[] = [
    { origin: 'http://evil.example' },
    { origin: 'http://localhost:81' },
    { origin: 'http://localhost.evil.example' },
    { origin: 'null' },
    { origin: 'nonsense' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', origin: 'http://localhost' },
  ]

  it.each(from)('changes nothing, also without a body: %j', async (headers) => {
    const name = await service.create()
    const trial = await service.askOne(name)
    const host = { host: 'localhost', ...headers }
    const refused = [
      await service.call('POST', `/studies/${name}/trials/${trial.number}/cancel`, undefined, host),
      await service.call('DELETE', `/studies/${name}?force=true`, undefined, host),
      await service.call('POST', '/studies', { name: 'theirs', space: LINE }, host),
      await service.call('PATCH', `/studies/${name}`, { state: 'finished' }, host),
    ]
    for (const { status, body } of refused) {
      expect(status).toBe(403)
      expect(body).toMatchObject({ code: 'cross_site', retryable: false })
    }
    expect((await service.show(name, trial.number)).state).toBe('running')
    expect((await service.get('/studies/theirs')).status).toBe(404)
  })

  it.each([
    {},
    { origin: 'http://localhost:8080', host: 'localhost:8080' },
    { origin: 'http://127.0.0.1:8080', host: '127.0.0.1:8080', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
  ] as Record<string, string>[])('is none where the request says %j', async (headers) => {
    const name = await service.create()
    await service.askOne(name)
    expect((await service.post(`/studies/${name}/trials/0/cancel`, undefined, headers)).status).toBe(200)
  })

  it('may neither frame an answer nor load anything by it; /docs loads its own files alone', async () => {
    const policy = async (url: string) => {
      const { headers } = await service.running.app.inject(url)
      return String(headers['content-security-policy'])
    }
    for (const url of ['/studies', '/healthz', '/openapi.json', '/nowhere', '/metrics'])
      expect(await policy(url), url).toBe("default-src 'none';frame-ancestors 'none'")
    const page = await service.running.app.inject('/docs/')
    const docs = await policy('/docs/')
    expect(docs).toContain("script-src 'self';")
    expect(docs).toContain("frame-ancestors 'none'")
    const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!)
    expect(loaded.length).toBeGreaterThan(4)
    for (const url of loaded) {
      expect(url, 'from this service').toMatch(/^\.\/static\//)
      expect((await service.running.app.inject(`/docs/${url}`)).statusCode, url).toBe(200)
    }
    expect(page.body, 'no script stands in the page itself').not.toMatch(/<script(?![^>]*src=)/)
  })
})

describe('the configuration', () => {
  it.each(['0.0.0.0', '::', '192.168.1.5', 'chiron.example', '128.0.0.1'])(
    'refuses to open %s without a token, in one line',
    (HOST) => {
      const refused = () => readConfig({ HOST })
      expect(refused).toThrow(Fault)
      expect(refused).toThrow(/^HOST=\S+ .*CHIRON_TOKEN.*$/)
      expect(readConfig({ HOST, CHIRON_TOKEN: 'long-enough' })).toMatchObject({
        host: HOST,
        token: 'long-enough',
      })
    },
  )

  it.each(['127.0.0.1', 'localhost', '::1', '127.1.2.3'])('opens %s without one', (HOST) => {
    expect(readConfig({ HOST })).toMatchObject({ host: HOST, token: undefined })
  })

  it('binds this machine alone where nothing is said, also by an empty variable', () => {
    expect(readConfig({})).toMatchObject({ host: '127.0.0.1', port: 8080, dataDir: './.chiron' })
    expect(readConfig({ HOST: '', CHIRON_TOKEN: '' })).toMatchObject({ host: '127.0.0.1', token: undefined })
  })

  it.each([
    [{ PORT: 'x' }, /PORT/],
    [{ PORT: '70000' }, /PORT/],
    [{ DATABASE_URL: 'mysql://x' }, /DATABASE_URL must begin with postgres:\/\//],
    [{ CHIRON_TOKEN: 'short' }, /CHIRON_TOKEN must have at least 8 characters/],
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL/],
  ])('names what is wrong with %j', (env, message) => {
    expect(() => readConfig(env)).toThrow(message)
  })
})
