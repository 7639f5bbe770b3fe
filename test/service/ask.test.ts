import { describe, expect, it, vi } from 'vitest'
import { openSearch } from '../../optimizers/search.js'
import { readSpace } from '../../search-spaces/index.js'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
import { loseLeases } from './leases.js'
import { LINE, useService } from './service.js'

describe.each(databases())('asking on $name', (engine) => {
  const service = useService(engine)

  it('gives trials numbered from 0, the default first, each with a lease and its origin', async () => {
    const name = await service.create()
    const trials = await service.ask(name, 'w', 5)
    expect(trials.map((t) => t.number)).toEqual([0, 1, 2, 3, 4])
    expect(trials.map((t) => t.proposal.source)).toEqual(['default', ...Array(4).fill('random')])
    expect(new Set(trials.map((t) => t.lease.token)).size).toBe(5)
    for (const trial of trials) expect(trial).toMatchObject({ state: 'running', attempt: 1, worker: 'w' })
  })

  it('gives what the optimizer proposes for the study’s seed, and the same to every study like it', async () => {
    const spec = { seed: 42, method: { optimizer: { kind: 'random' }, preflight: 'off' } }
    const [one, other] = [await service.create(spec), await service.create(spec)]
    const search = openSearch(readSpace(LINE), spec.method as never, 42)
    const expected = search.propose({ number: 0, count: 6, pending: [] }).map(({ params }) => params)
    const together = await service.ask(one, 'w', 6)
    expect(together.map(({ params }) => params)).toEqual(expected)
    for (const params of expected)
      expect((await service.askOne(other, `w${params.x}`)).params).toEqual(params)
  })

  it('continues the same run after a restart', async () => {
    const spec = { seed: 7, method: 'sobol' }
    const [restarted, whole] = [await service.create(spec), await service.create(spec)]
    for (const value of [3, 1, 2]) for (const study of [restarted, whole]) await service.run(study, value)
    await service.restart()
    for (const value of [6, 5, 4]) {
      const [a, b] = [await service.run(restarted, value), await service.run(whole, value)]
      expect(a.params).toEqual(b.params)
    }
  })

  it('gives a worker its own open trials back first, and renews their leases', async () => {
    const name = await service.create()
    const [first, second] = await service.ask(name, 'restarted', 2)
    await service.ask(name, 'other', 1)
    const again = await service.ask(name, 'restarted', 3)
    expect(again.map((t) => t.number)).toEqual([0, 1, 3])
    expect(again.slice(0, 2).map((t) => t.lease.token)).toEqual([first!.lease.token, second!.lease.token])
    expect(Date.parse(again[0]!.lease.expiresAt)).toBeGreaterThanOrEqual(Date.parse(first!.lease.expiresAt))
    expect(again.map((t) => t.attempt)).toEqual([1, 1, 1])
    expect((await service.summary(name)).trials.running).toBe(4)
  })

  it('gives them back after a restart, and after a lost answer', async () => {
    const name = await service.create()
    const trial = await service.askOne(name, 'gpu-0')
    await service.restart()
    const again = await service.askOne(name, 'gpu-0')
    expect({ ...again, lease: 0, leaseExpiresAt: 0 }).toEqual({ ...trial, lease: 0, leaseExpiresAt: 0 })
    expect(again.lease.token).toBe(trial.lease.token)
  })

  it('gives up to 64 at a time, all different', async () => {
    const name = await service.create()
    const trials = await service.ask(name, 'w', 64)
    expect(trials).toHaveLength(64)
    expect(new Set(trials.map((t) => t.params.x)).size).toBe(64)
  })

  it('answers a paused study with the reason; open trials still go back to their worker', async () => {
    const name = await service.create()
    const open = await service.askOne(name, 'busy')
    await service.patch(`/studies/${name}`, { state: 'paused', reason: 'the GPUs are needed' })
    const { status, body } = await service.post(`/studies/${name}/ask`, { worker: 'idle' })
    expect(status).toBe(200)
    expect(body).toEqual({ trials: [], reason: { code: 'paused', message: 'the GPUs are needed' } })
    const { body: own } = await service.post(`/studies/${name}/ask`, { worker: 'busy', count: 2 })
    expect(own.trials.map((t: { number: number }) => t.number)).toEqual([open.number])
    expect(own.reason.code).toBe('paused')
    expect((await service.tell(name, open)).status).toBe(200)
    await service.patch(`/studies/${name}`, { state: 'active' })
    expect(await service.ask(name, 'idle')).toHaveLength(1)
  })

  it('answers a finished study with the reason', async () => {
    const name = await service.create()
    await service.patch(`/studies/${name}`, { state: 'finished', reason: 'good enough' })
    const { status, body } = await service.post(`/studies/${name}/ask`, { worker: 'w' })
    expect(status).toBe(200)
    expect(body).toEqual({ trials: [], reason: { code: 'finished', message: 'good enough' } })
  })

  it('waits for work where it is told to, and gives it as soon as there is some', async () => {
    const name = await service.create()
    await service.patch(`/studies/${name}`, { state: 'paused' })
    const waiting = service.post(`/studies/${name}/ask`, { worker: 'w', wait: 20 })
    await service.patch(`/studies/${name}`, { state: 'active' })
    expect((await waiting).body.trials).toHaveLength(1)
  })

  it('lets many asks wait without waking each other', async () => {
    const name = await service.create({ budget: { trials: 1 } })
    const trial = await service.askOne(name, 'busy')
    const turns = vi.spyOn(service.running.queues, 'run')
    const waiting = Array.from({ length: 5 }, (_, i) =>
      service.post(`/studies/${name}/ask`, { worker: `idle-${i}`, wait: 2 }),
    )
    for (const { body } of await Promise.all(waiting)) expect(body.reason.code).toBe('budget_reserved')
    expect(turns.mock.calls.length, 'looks in two seconds').toBeLessThan(5 * 10)
    turns.mockRestore()
    await service.tell(name, trial)
  })

  it('stops waiting when the study is finished', async () => {
    const name = await service.create({ budget: { trials: 1 } })
    const trial = await service.askOne(name, 'busy')
    const waiting = service.post(`/studies/${name}/ask`, { worker: 'idle', wait: 60 })
    await service.tell(name, trial)
    expect((await waiting).body.reason.code).toBe('finished')
  })

  it('serialises concurrent requests about one trial', async () => {
    const name = await service.create({ lease: { maxAttempts: 100 } })
    for (let round = 0; round < 10; round++) {
      const held = await service.askOne(name, 'slow')
      const [, asked, told] = await Promise.all([
        service.post(`/studies/${name}/ask`, { worker: 'first' }), // the others wait for its turn to end
        service.post(`/studies/${name}/ask`, { worker: 'slow' }),
        service.tell(name, held, { outcome: 'complete', value: round }),
        service.post(`/studies/${name}/ask`, { worker: 'fast' }),
        service.post(`/studies/${name}/trials/${held.number + 1}/cancel`),
        service.post(`/studies/${name}/trials/${held.number + 2}/cancel`),
      ])
      expect(told).toMatchObject({ status: 200, body: { state: 'complete', value: round } })
      expect(asked.body.trials[0].lease.token).toBeTypeOf('string')
      expect(await service.show(name, held.number)).toMatchObject({ state: 'complete', value: round })
      await loseLeases(service, name)
      expect(await unsound(service.running.database, name, service.running.queues)).toEqual([])
    }
  })
})
