/** A server that is stopped for longer than a lease, and goes on: the workers that live keep their leases. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../chaos/server.js'
import { databases, type TestDatabase } from '../postgres.js'
import { makeReady, ServerProcess } from './server-process.js'
import type { Body } from './service.js'

const WORKERS = 8
const LEASE_SECONDS = 5

describe.each(databases())('a server that stands still, on $name', (engine) => {
  let place: TestDatabase
  let server: ServerProcess
  let url: string
  beforeAll(async () => {
    makeReady()
    place = await engine.open()
    server = ServerProcess.run({
      PORT: String(await freePort()),
      HOST: '127.0.0.1',
      DATABASE_URL: place.url,
      CHIRON_DATA_DIR: place.dataDir,
      CHIRON_REAP_MS: '100',
    })
    url = await server.listening()
  }, 120_000)
  afterAll(async () => {
    await server.kill('SIGTERM')
    await place.close()
  })

  const post = async (path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: answer.status, body: (await answer.json()) as Body }
  }

  const get = async (path: string) => (await (await fetch(url + path)).json()) as Body

  it('loses no lease of a worker that sends heartbeats', { timeout: 120_000 }, async () => {
    const space = { parameters: { x: { type: 'float', low: 0, high: 1 } } }
    const study = { name: 'held', space, method: 'random', lease: { seconds: LEASE_SECONDS } }
    expect((await post('/studies', study)).status).toBe(201)
    const over = new AbortController()
    const statuses: number[] = []
    const workers = Array.from({ length: WORKERS }, async (_, n) => {
      const { trials } = (await post('/studies/held/ask', { worker: `w${n}` })).body
      const [{ number, lease }] = trials
      while (!over.signal.aborted) {
        const { status } = await post(`/studies/held/trials/${number}/heartbeat`, { token: lease.token })
        statuses.push(status)
        await sleep(lease.heartbeatSeconds * 1000, undefined, { signal: over.signal }).catch(() => {})
      }
    })
    await sleep(2000)
    server.signal('SIGSTOP')
    await sleep((LEASE_SECONDS + 2) * 1000)
    server.signal('SIGCONT')
    await sleep(2000)
    over.abort()
    await Promise.all(workers)
    const { lostAttempts } = await get('/studies/held/summary')
    expect({ statuses: [...new Set(statuses)], lostAttempts }).toEqual({ statuses: [200], lostAttempts: 0 })
  })

  it('expires the leases of silent workers once it has heard the others', { timeout: 120_000 }, async () => {
    const space = { parameters: { x: { type: 'float', low: 0, high: 1 } } }
    await post('/studies', { name: 'silent', space, method: 'random', lease: { seconds: LEASE_SECONDS } })
    await post('/studies/silent/ask', { worker: 'dies' })
    server.signal('SIGSTOP')
    await sleep((LEASE_SECONDS + 1) * 1000)
    server.signal('SIGCONT')
    const state = async () => (await get('/studies/silent/trials/0')).state
    await expect.poll(state, { timeout: 60_000 }).toBe('ready')
  })
})
