import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
import { loseLeases, setBackLeases } from './leases.js'
import { type Leased, TestService, useService } from './service.js'

describe.each(databases())('leases on $name', (engine) => {
  const service = useService(engine)

  const expiry = async (study: string, number: number) => {
    const [row] = await service.running.database.query<{ left: number }>(
      `select extract(epoch from t.lease_expires_at - now())::float8 as left from trials t
         join studies s on s.id = t.study_id where s.name = $1 and t.number = $2`,
      [study, number],
    )
    return row!.left
  }

  const heartbeat = (study: string, { number, lease }: Leased) =>
    service.post(`/studies/${study}/trials/${number}/heartbeat`, { token: lease.token })

  it('last as the study says, from the moment of the ask by the clock of the database', async () => {
    const name = await service.create({ lease: { seconds: 60 } })
    const { lease, number } = await service.askOne(name)
    const [row] = await service.running.database.query<{ seconds: number; at: Date }>(
      `select extract(epoch from t.lease_expires_at - a.leased_at)::float8 as seconds, t.lease_expires_at as at
         from trials t join attempts a using (study_id, number) join studies s on s.id = t.study_id
        where s.name = $1 and t.number = $2`,
      [name, number],
    )
    expect(row!.seconds).toBe(60)
    expect(lease).toMatchObject({ expiresAt: row!.at.toISOString(), heartbeatSeconds: 12 })
  })

  it('last no longer after the clock was set back', async () => {
    const name = await service.create({ lease: { seconds: 60 } })
    const { number } = await service.askOne(name)
    await service.running.database.query(
      `update trials set lease_expires_at = now() + interval '1 day' where state = 'running'`,
    )
    expect(await loseLeases(service, name, [999])).toBe(0)
    expect(await expiry(name, number)).toBeLessThanOrEqual(60)
  })

  it('are renewed by a heartbeat', async () => {
    const name = await service.create({ lease: { seconds: 60 } })
    const trial = await service.askOne(name)
    await setBackLeases(service, name)
    const { status, body } = await heartbeat(name, trial)
    expect(status).toBe(200)
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.parse(trial.lease.expiresAt) - 1000)
    expect(await expiry(name, trial.number)).toBeGreaterThan(50)
    expect(await loseLeases(service, name, [999])).toBe(0)
  })

  it('are renewed by a report', async () => {
    const name = await service.create({ lease: { seconds: 60 } })
    const trial = await service.askOne(name)
    await setBackLeases(service, name)
    const { status, body } = await service.post(`/studies/${name}/trials/${trial.number}/report`, {
      token: trial.lease.token,
      step: 1,
      value: 0.5,
    })
    expect(status).toBe(200)
    expect(body.decision).toBe('go')
    expect(await expiry(name, trial.number)).toBeGreaterThan(50)
  })

  it('remain valid after they expired, until the server has checked', async () => {
    const name = await service.create()
    const [told, asked] = [await service.askOne(name, 'a'), await service.askOne(name, 'b')]
    await setBackLeases(service, name)
    expect((await service.tell(name, told)).status).toBe(200)
    expect((await service.askOne(name, 'b')).lease.token).toBe(asked.lease.token)
    expect(await expiry(name, asked.number)).toBeGreaterThan(100)
  })

  it('that ran out are lost: the trial is ready again, for any worker, as its next attempt', async () => {
    const name = await service.create()
    const first = await service.askOne(name, 'dies')
    expect(await loseLeases(service, name)).toBe(1)
    expect(await service.show(name, first.number)).toMatchObject({ state: 'ready', attempt: 1 })
    const second = await service.askOne(name, 'lives')
    expect(second).toMatchObject({ number: first.number, params: first.params, attempt: 2, worker: 'lives' })
    expect(second.lease.token).not.toBe(first.lease.token)
    expect(await heartbeat(name, first)).toMatchObject({
      status: 409,
      body: { code: 'lease_lost', trial: { number: first.number, state: 'running', attempt: 2 } },
    })
    expect((await heartbeat(name, second)).status).toBe(200)
  })

  it('are lost maxAttempts times, then the trial has failed as lost; its lineage stays', async () => {
    const name = await service.create({ lease: { maxAttempts: 3 } })
    for (const worker of ['a', 'b', 'c']) {
      expect(await service.askOne(name, worker)).toMatchObject({ number: 0, worker })
      expect(await loseLeases(service, name)).toBe(1)
    }
    expect(await service.show(name, 0)).toMatchObject({
      state: 'failed',
      failure: 'lost',
      attempt: 3,
      attempts: [
        { attempt: 1, worker: 'a', state: 'lost' },
        { attempt: 2, worker: 'b', state: 'lost' },
        { attempt: 3, worker: 'c', state: 'lost' },
      ],
    })
    expect(await service.summary(name)).toMatchObject({ lostAttempts: 3, failures: { lost: 1 } })
    expect((await service.askOne(name, 'd')).number).toBe(1)
    expect((await service.log(name)).map((e) => e.kind)).toEqual([
      'created',
      ...['leased', 'requeued', 'leased', 'requeued', 'leased', 'lost'],
      'leased',
    ])
  })

  it('are exclusive while they are valid, however many workers ask', async () => {
    const name = await service.create({ budget: { trials: 8 } })
    const asked = await Promise.all(Array.from({ length: 32 }, (_, i) => service.ask(name, `w${i}`)))
    const numbers = asked.flat().map((t) => t.number)
    expect(numbers.sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(await loseLeases(service, name, [3, 5])).toBe(2)
    const again = await Promise.all(Array.from({ length: 32 }, (_, i) => service.ask(name, `x${i}`)))
    expect(
      again
        .flat()
        .map((t) => [t.number, t.attempt])
        .sort(),
    ).toEqual([
      [3, 2],
      [5, 2],
    ])
  })

  describe('a late tell counts unless a newer attempt has settled', () => {
    const A = { outcome: 'complete', value: 1 }
    const B = { outcome: 'oom', peakMemoryMb: 81_000 }

    /** What is done to one trial in order, by its first holder A and its second B; a tell with the status it gets. */
    const orders: { steps: string[]; end: Record<string, unknown> }[] = [
      { steps: ['A 200'], end: { state: 'complete', value: 1, attempt: 1 } },
      { steps: ['lose', 'A 200'], end: { state: 'complete', value: 1, attempt: 1 } },
      { steps: ['lose', 'A 200', 'A 200'], end: { state: 'complete', attempt: 1 } },
      { steps: ['lose', 'ask', 'A 200', 'B 409'], end: { state: 'complete', value: 1, attempt: 1 } },
      { steps: ['lose', 'ask', 'A 200', 'A 200', 'B 409'], end: { state: 'complete', attempt: 1 } },
      { steps: ['lose', 'ask', 'B 200', 'A 409'], end: { state: 'failed', failure: 'oom', attempt: 2 } },
      {
        steps: ['lose', 'ask', 'B 200', 'A 409', 'B 200'],
        end: { state: 'failed', failure: 'oom', attempt: 2 },
      },
      { steps: ['lose', 'ask', 'lose', 'A 200', 'B 409'], end: { state: 'complete', value: 1, attempt: 1 } },
      {
        steps: ['lose', 'ask', 'lose', 'B 200', 'A 409'],
        end: { state: 'failed', failure: 'oom', attempt: 2 },
      },
      { steps: ['lose', 'cancel', 'A 409'], end: { state: 'cancelled' } },
      { steps: ['cancel', 'A 409'], end: { state: 'cancelled', attempt: 1 } },
      { steps: ['lose', 'ask', 'cancel', 'A 409', 'B 409'], end: { state: 'cancelled' } },
      { steps: ['A 200', 'cancel 409'], end: { state: 'complete', value: 1, attempt: 1 } },
      { steps: ['lose', 'finish', 'A 200'], end: { state: 'complete', value: 1, attempt: 1 } },
      {
        steps: ['lose', 'restart', 'ask', 'restart', 'A 200', 'restart', 'B 409'],
        end: { value: 1, attempt: 1 },
      },
    ]

    it.each(orders)('$steps', async ({ steps, end }) => {
      const name = await service.create({ lease: { maxAttempts: 2 } })
      const held: Record<string, Leased> = { A: await service.askOne(name, 'a') }
      for (const step of steps) {
        const [what, status = 200] = step.split(' ')
        if (what === 'lose') expect(await loseLeases(service, name)).toBe(1)
        else if (what === 'ask') held.B = await service.askOne(name, 'b')
        else if (what === 'restart') await service.restart()
        else if (what === 'finish') await service.patch(`/studies/${name}`, { state: 'finished' })
        else {
          const { status: got, body } =
            what === 'cancel'
              ? await service.post(`/studies/${name}/trials/0/cancel`)
              : await service.tell(name, held[what!]!, what === 'A' ? A : B)
          expect(got, step).toBe(Number(status))
          if (got === 409) expect(body).toMatchObject({ trial: { number: 0 }, retryable: false })
        }
      }
      expect(await service.show(name, 0)).toMatchObject(end)
      expect(await unsound(service.running.database, name, service.running.queues)).toEqual([])
    })
  })
})

describe.each(databases())('the expiry of leases on $name', (engine) => {
  const service = useService(engine, { reapMs: 20 })

  it('happens without a request', async () => {
    const name = await service.create({ lease: { seconds: 0.2, maxAttempts: 2 } })
    const reached = (expected: object) =>
      vi.waitFor(async () => expect(await service.show(name, 0)).toMatchObject(expected), 10_000)
    await service.askOne(name, 'a')
    await reached({ state: 'ready', attempt: 1 })
    await service.askOne(name, 'b')
    await reached({ state: 'failed', failure: 'lost', attempt: 2 })
  })

  it('spares leases that are renewed', async () => {
    const name = await service.create({ lease: { seconds: 0.5 } })
    const { number, lease } = await service.askOne(name, 'alive')
    for (let beat = 0; beat < 20; beat++) {
      const url = `/studies/${name}/trials/${number}/heartbeat`
      expect((await service.post(url, { token: lease.token })).status).toBe(200)
      await sleep(50)
    }
    expect(await service.show(name, number)).toMatchObject({ state: 'running', attempt: 1 })
  })
})

describe.each(databases())('leases that ran out while no server was there, on $name', (engine) => {
  let service: TestService
  const holdTrial = async (server: TestService, seconds: number, hoursAgo: number) => {
    const study = await server.create({ lease: { seconds } })
    const trial = await server.askOne(study)
    await setBackLeases(server, study, undefined, hoursAgo)
    return { study, ...trial }
  }

  let [alive, silent, longSilent]: Awaited<ReturnType<typeof holdTrial>>[] = []
  beforeAll(async () => {
    const place = await engine.open()
    const first = await new TestService(place).start()
    alive = await holdTrial(first, 3600, 3)
    silent = await holdTrial(first, 2, 3)
    longSilent = await holdTrial(first, 3600, 25)
    const overdue = await first.create({ budget: { wallSeconds: 0.001 } })
    await first.running.close()
    service = await new TestService(place, { reapMs: 20 }).start()
    // The check that expires leases finishes overdue studies after that.
    const state = async () => (await service.get(`/studies/${overdue}`)).body.state
    await vi.waitFor(async () => expect(await state()).toBe('finished'), 10_000)
  })
  afterAll(() => service.close())

  it('are kept until the workers that live can have sent a heartbeat', async () => {
    const { study, number, lease } = alive!
    const url = `/studies/${study}/trials/${number}/heartbeat`
    expect((await service.post(url, { token: lease.token })).status).toBe(200)
    expect(await service.summary(study)).toMatchObject({ lostAttempts: 0, trials: { running: 1 } })
  })

  it('are lost one heartbeat interval later where their worker is silent', async () => {
    await vi.waitFor(async () => expect((await service.show(silent!.study, 0)).state).toBe('ready'), 10_000)
  })

  it('are lost at once after a day, so that a server that starts again and again keeps none for ever', async () => {
    expect((await service.show(longSilent!.study, 0)).state).toBe('ready')
  })
})
