/** What callers see while Postgres is away, slow or busy: a retryable error within a limit, and the truth from /readyz. */
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { ADVISORY_LOCK } from '../../src/storage/migrate.js'
import { Wire } from '../chaos/wire.js'
import { databases, type TestDatabase } from '../postgres.js'
import { administer } from '../postgres-server.js'
import { makeReady, ServerProcess } from './server-process.js'
import { type Settings, TestService } from './service.js'

vi.setConfig({ testTimeout: 60_000 })

/** The limit within which /readyz must know. */
const READY_MS = 2000

beforeAll(makeReady, 300_000)

describe.each(databases().filter(({ name }) => name === 'postgres'))('a service on $name', (engine) => {
  let place: TestDatabase
  let wire: Wire
  let service: TestService
  const ends: (() => Promise<unknown>)[] = []

  const start = async (settings: Settings = {}) => {
    place = await engine.open()
    wire = await Wire.to(place.url!)
    service = await new TestService(
      { ...place, url: wire.through(place.url!) },
      { pool: 2, ...settings },
    ).start()
    await service.listen()
    ends.push(
      () => service.running.close(),
      async () => wire.close(),
      () => place.close(),
    )
  }
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
  })
  const readiness = async () =>
    (await fetch(`${service.url}/readyz`, { signal: AbortSignal.timeout(READY_MS) })).status
  const unavailable = { status: 503, body: { code: 'database_unavailable', retryable: true } }

  it('is unready while the wire is cut, and ready again at once', async () => {
    await start()
    for (const _ of [1, 2]) {
      expect(await readiness()).toBe(200)
      wire.cut()
      expect(await readiness()).toBe(503)
      expect(await service.get('/studies')).toMatchObject(unavailable)
      wire.mend()
      expect(await readiness()).toBe(200)
    }
  })

  it('is unready while the wire is a black hole; what waits in it ends in a retryable error', async () => {
    await start()
    const study = await service.create()
    await service.ask(study)
    wire.blackhole()
    const asked = service.post(`/studies/${study}/ask`, { worker: 'other' })
    expect(await readiness()).toBe(503)
    expect(await readiness()).toBe(503)
    wire.mend()
    expect(await readiness()).toBe(200)
    expect(await asked).toMatchObject(unavailable)
    expect(await service.ask(study, 'other'), 'no other connection is still dead').toHaveLength(1)
  })

  it('is ready while all connections are taken; who waits for one gets a retryable error', async () => {
    await start()
    const study = await service.create()
    const { database } = service.running
    let finish!: () => void
    const finished = new Promise<void>((resolve) => (finish = resolve))
    const taken = [1, 2].map(() => database.transaction(() => finished))
    expect(await readiness()).toBe(200)
    expect(await service.post(`/studies/${study}/ask`, { worker: 'w' })).toMatchObject(unavailable)
    finish()
    await Promise.all(taken)
  })

  it('keeps the leases that ran out while the wire was cut, until their workers can be heard', async () => {
    await start({ reapMs: 20 })
    const study = await service.create({ lease: { seconds: 15 } })
    const { number, lease } = await service.askOne(study)
    wire.cut()
    await setTimeout(lease.heartbeatSeconds * 1000 + 1000)
    await administer(place.url!, async (sql) => {
      await sql.query(`update trials set lease_expires_at = now() - interval '1 minute'`)
    })
    wire.mend()
    // An overdue study is finished by the check that expires leases, after them.
    const overdue = await service.create({ budget: { wallSeconds: 0.001 } })
    const state = async () => (await service.get(`/studies/${overdue}`)).body.state
    await vi.waitFor(async () => expect(await state()).toBe('finished'), 10_000)
    const beat = await service.post(`/studies/${study}/trials/${number}/heartbeat`, { token: lease.token })
    expect(beat.status).toBe(200)
    expect(await service.summary(study)).toMatchObject({ lostAttempts: 0 })
  })

  it('answers an ask that waits for a lock with a retryable error', async () => {
    await start()
    const study = await service.create()
    await administer(place.url!, async (other) => {
      await other.query('begin')
      await other.query('select 1 from studies for update')
      expect(await service.post(`/studies/${study}/ask`, { worker: 'w' })).toMatchObject(unavailable)
      await other.query('rollback')
    })
    expect(await service.ask(study)).toHaveLength(1)
  })

  it('prepares its statements again after another server has migrated the tables', async () => {
    await start()
    const study = await service.create()
    const read = () => service.running.database.query('select * from studies where name = $1', [study])
    await read()
    await administer(place.url!, (other) => other.query('alter table studies add column later int'))
    expect(await read()).toMatchObject([{ name: study, later: null }])
  })

  it('waits at its start for another server that migrates the tables for long', async () => {
    await start()
    await administer(place.url!, async (other) => {
      await other.query('begin')
      await other.query('select pg_advisory_xact_lock($1::int)', [ADVISORY_LOCK])
      const second = new TestService(place)
      const started = second.start()
      await setTimeout(12_000) // longer than a wait for a lock may take otherwise
      await other.query('commit')
      await started
      await second.running.close()
    })
  })

  it('ends in good order by SIGTERM while its database is away', async () => {
    await start()
    const server = ServerProcess.run({ PORT: '0', DATABASE_URL: wire.through(place.url!) })
    ends.unshift(() => server.kill())
    await server.listening()
    wire.cut()
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0, stderr: '' })
  })
})
