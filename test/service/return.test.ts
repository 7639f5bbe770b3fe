/** A worker returns a trial that it cannot run: the trial is ready again, and spends neither its attempts nor the budget. */
import { describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
import { loseLeases } from './leases.js'
import { type Leased, useService } from './service.js'

describe.each(databases())('a trial that is returned, on $name', (engine) => {
  const service = useService(engine)
  const giveBack = (study: string, { number, lease }: Leased, reason = 'no space left on device') =>
    service.post(`/studies/${study}/trials/${number}/return`, { token: lease.token, reason })

  it('is ready for any worker, in an attempt of its own, and its reason is in the log', async () => {
    const name = await service.create({ budget: { trials: 1, trainSeconds: 100, trialSeconds: 60 } })
    const first = await service.askOne(name, 'full')
    expect(await giveBack(name, first)).toMatchObject({ status: 200, body: { state: 'ready', attempt: 1 } })
    const second = await service.askOne(name, 'other')
    expect(second).toMatchObject({ number: first.number, params: first.params, attempt: 2 })
    expect((await service.tell(name, second)).status).toBe(200)
    const returned = (await service.log(name)).filter(({ kind }) => kind === 'returned')
    expect(returned).toMatchObject([
      { number: first.number, data: { attempt: 1, worker: 'full', reason: 'no space left on device' } },
    ])
    expect(await unsound(service.running.database, name, service.running.queues)).toEqual([])
  })

  it('leaves the study active, and does not count towards maxAttempts', async () => {
    const name = await service.create({ lease: { maxAttempts: 2 } })
    for (let n = 0; n < 4; n++) await giveBack(name, await service.askOne(name))
    expect((await service.get(`/studies/${name}`)).body.state).toBe('active')
    await service.askOne(name)
    expect(await loseLeases(service, name)).toBe(1)
    expect(await service.show(name, 0)).toMatchObject({ state: 'ready', attempt: 5 })
    await service.askOne(name)
    expect(await loseLeases(service, name)).toBe(1)
    expect(await service.show(name, 0)).toMatchObject({ state: 'failed', failure: 'lost', attempt: 6 })
    expect((await service.summary(name)).lostAttempts).toBe(2)
    expect(await unsound(service.running.database, name, service.running.queues)).toEqual([])
  })

  it('may be returned twice, but only by whoever held it, and is not told any more', async () => {
    const name = await service.create()
    const trial = await service.askOne(name)
    expect((await giveBack(name, trial)).status).toBe(200)
    expect((await giveBack(name, trial)).status).toBe(200)
    expect((await service.log(name)).filter(({ kind }) => kind === 'returned')).toHaveLength(1)
    expect(await service.tell(name, trial)).toMatchObject({ status: 409, body: { code: 'lease_lost' } })
    const stranger = { ...trial, lease: { ...trial.lease, token: '00000000-0000-4000-8000-000000000000' } }
    expect(await giveBack(name, stranger)).toMatchObject({ status: 409, body: { code: 'lease_lost' } })
    const told = await service.askOne(name)
    await service.tell(name, told)
    expect(await giveBack(name, told)).toMatchObject({ status: 409, body: { code: 'lease_lost' } })
  })
})
