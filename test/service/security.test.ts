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
