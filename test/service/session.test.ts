import { describe, expect, it } from 'vitest'
import { LoginAttempts } from '../../src/http/login-attempts.js'
import { databases } from '../postgres.js'
import { useService } from './service.js'

const TOKEN = 'a-secret-of-enough-length'
const [engine] = databases()

describe('a browser that signs in', () => {
  const service = useService(engine!, { token: TOKEN })

  /** The cookie as a browser sends it back. */
  const signIn = async (): Promise<{ cookie: string }> => {
    const { status, headers } = await service.post('/login', { token: TOKEN })
    expect(status).toBe(204)
    return { cookie: String(headers['set-cookie']).split(';')[0]! }
  }

  it('gets a cookie that scripts and other sites cannot use, and that does not hold the token', async () => {
    const { headers } = await service.post('/login', { token: TOKEN })
    const text = String(headers['set-cookie'])
    expect(text).toMatch(
      /^chiron_session=\d+\.[0-9a-f]{64}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/,
    )
    expect(text).not.toContain(TOKEN)
    const https = await service.post('/login', { token: TOKEN }, { 'x-forwarded-proto': 'https' })
    expect(String(https.headers['set-cookie'])).toMatch(/; Secure$/)
  })

  it('may read, change and see the documentation, as with the token', async () => {
    const browser = await signIn()
    expect((await service.get('/studies', browser)).status).toBe(200)
    const page = await service.running.app.inject({ url: '/docs/', headers: browser })
    expect(page.statusCode).toBe(200)
    const made = await service.post(
      '/studies',
      { name: 'made', space: 'autoresearch-14', method: 'random' },
      browser,
    )
    expect(made.status).toBe(201)
    expect((await service.get('/session', browser)).body).toMatchObject({
      tokenRequired: true,
      signedIn: true,
    })
  })

  it('may change nothing from a page of another site', async () => {
    const foreign = {
      ...(await signIn()),
      'sec-fetch-site': 'cross-site',
      origin: 'https://elsewhere.example',
    }
    const answer = await service.post('/studies', { name: 'theirs', space: 'autoresearch-14' }, foreign)
    expect(answer).toMatchObject({ status: 403, body: { code: 'cross_site' } })
  })

  it('is refused with another token, or with a cookie that was changed, has ended, or is of another token', async () => {
    expect(await service.post('/login', { token: 'guessed' })).toMatchObject({
      status: 401,
      body: { code: 'unauthorized' },
    })
    const { cookie } = await signIn()
    const later = cookie.replace(/=\d+/, (end) => `=${Number(end.slice(1)) + 1}`)
    for (const wrong of ['', 'chiron_session=', `${cookie}0`, later, 'chiron_session=9999999999.00'])
      expect((await service.get('/studies', { cookie: wrong })).status, wrong).toBe(401)
    expect((await service.get('/session', { cookie: later })).body).toMatchObject({ signedIn: false })
  })

  it('is sent to the page when it opens an address, and only then', async () => {
    const opened = await service.running.app.inject({
      url: '/docs/?a=1',
      headers: { 'sec-fetch-mode': 'navigate' },
    })
    expect(opened.statusCode).toBe(303)
    expect(opened.headers.location).toBe('/?next=%2Fdocs%2F%3Fa%3D1')
    expect((await service.get('/docs/')).status).toBe(401)
  })

  it('signs out', async () => {
    const { status, headers } = await service.post('/logout', undefined, await signIn())
    expect(status).toBe(204)
    expect(headers['set-cookie']).toMatch(/^chiron_session=; Path=\/; Max-Age=0;/)
  })
})

describe('without a token', () => {
  const service = useService(engine!)

  it('nobody needs to sign in', async () => {
    expect((await service.get('/session')).body).toMatchObject({ tokenRequired: false, signedIn: true })
    const { status, headers } = await service.post('/login', { token: 'anything' })
    expect(status).toBe(204)
    expect(headers['set-cookie']).toBeUndefined()
  })
})

describe('an address that guesses', () => {
  const service = useService(engine!, { token: TOKEN, limits: { loginAttempts: 3 } })

  const login = async (token: string, remoteAddress: string) => {
    const { app } = service.running
    const { statusCode, headers, body } = await app.inject({
      ...{ method: 'POST', url: '/login', remoteAddress },
      payload: { token },
    })
    return { status: statusCode, headers, body: body === '' ? {} : JSON.parse(body) }
  }

  it('has to wait after as many wrong tokens as the limit says, also with the right one; others need not', async () => {
    for (let i = 0; i < 3; i++) expect((await login('guess', '10.0.0.1')).status).toBe(401)
    for (const token of ['guess', TOKEN])
      expect(await login(token, '10.0.0.1')).toMatchObject({
        status: 429,
        headers: { 'retry-after': expect.stringMatching(/^(19|20)$/) },
        body: { code: 'too_many_attempts', retryable: true },
      })
    expect((await login(TOKEN, '10.0.0.2')).status).toBe(204)
  })

  it('is not held up by right tokens', async () => {
    for (let i = 0; i < 5; i++) expect((await login(TOKEN, '10.0.0.3')).status).toBe(204)
  })

  it('may try again, one token after the other, and has as many at once after a minute', () => {
    let now = 0
    const attempts = new LoginAttempts(3, () => now)
    for (let i = 0; i < 3; i++) attempts.fail('a')
    expect(attempts.secondsToWait('a')).toBe(20)
    now += 19_999
    expect(attempts.secondsToWait('a')).toBe(1)
    now += 1
    expect(attempts.secondsToWait('a')).toBe(0)
    attempts.fail('a')
    expect(attempts.secondsToWait('a')).toBe(20)
    now += 600_000
    for (let i = 0; i < 3; i++) {
      expect(attempts.secondsToWait('a')).toBe(0)
      attempts.fail('a')
    }
    expect(attempts.secondsToWait('a')).toBe(20)
  })

  it('is a whole network where it is one of IPv6', () => {
    const attempts = new LoginAttempts(1, () => 0)
    attempts.fail('2001:db8:0:1::1')
    expect(attempts.secondsToWait('2001:db8::1:2:3:4:5')).toBeGreaterThan(0)
    expect(attempts.secondsToWait('2001:db8:0:2::1')).toBe(0)
    attempts.fail('::ffff:10.0.0.1')
    expect(attempts.secondsToWait('::ffff:10.0.0.2')).toBe(0)
  })
})
