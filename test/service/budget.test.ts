import { describe, expect, it } from 'vitest'
import { expireLeases } from '../../src/trials/commands/expire-leases.js'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
import { type Leased, type TestService, useService } from './service.js'

describe.each(databases())('budgets on $name', (engine) => {
  const service = useService(engine)

  it('gives exactly 100 trials to 64 workers where the cap is 100', async () => {
    const name = await service.create({ budget: { trials: 100 } })
    const given = await crowd(service, name, 64, (trial) => ({ outcome: 'complete', value: trial.params.x }))
    expect(given.map((t) => t.number).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect(await service.summary(name)).toMatchObject({
      state: 'finished',
      trials: { complete: 100, running: 0, ready: 0 },
      budget: { trials: 100, trialsUsed: 100 },
    })
    expect(await unsound(service.running.database, name, service.running.queues)).toEqual([])
  })

  it('counts a failed trial, and takes a cancelled one off again', async () => {
    const name = await service.create({ budget: { trials: 100 } })
    const cancelled = await service.ask(name, 'early', 20)
    for (const { number } of cancelled) await service.post(`/studies/${name}/trials/${number}/cancel`)
    const given = await crowd(service, name, 64, ({ number }) => ({
      outcome: number % 3 ? 'oom' : 'crashed',
    }))
    expect(given).toHaveLength(100)
    expect((await service.summary(name)).trials).toMatchObject({ failed: 100, cancelled: 20 })
  })

  it('charges exactly 1000 train seconds under 64 workers where that is the cap', async () => {
    const name = await service.create({ budget: { trainSeconds: 1000, trialSeconds: 10 } })
    const given = await crowd(service, name, 64, () => ({ outcome: 'complete', value: 1, trainSeconds: 10 }))
    expect(given).toHaveLength(100)
    expect((await service.summary(name)).budget).toMatchObject({
      trainSecondsUsed: 1000,
      trainSecondsReserved: 0,
    })
  })

  it('never charges more than the cap where trials take less than they may', async () => {
    const name = await service.create({ budget: { trainSeconds: 300, trialSeconds: 10 } })
    const given = await crowd(service, name, 64, ({ number }) => ({
      outcome: 'timeout',
      trainSeconds: 1 + (number % 10),
    }))
    const { budget, state } = await service.summary(name)
    const charged = given.reduce((sum, { number }) => sum + 1 + (number % 10), 0)
    expect(budget.trainSecondsUsed).toBe(charged)
    expect(charged).toBeGreaterThan(290)
    expect(charged).toBeLessThanOrEqual(300)
    expect(state).toBe('finished')
  })

  it('reserves the longest trial so far for the next one', async () => {
    const name = await service.create({ budget: { trainSeconds: 100 } })
    await service.run(name, 1, { trainSeconds: 30 })
    expect(await service.ask(name, 'a', 2)).toHaveLength(2)
    const { body } = await service.post(`/studies/${name}/ask`, { worker: 'b' })
    expect(body).toMatchObject({ trials: [], reason: { code: 'budget_reserved' } })
    expect((await service.summary(name)).budget).toMatchObject({
      trainSecondsUsed: 30,
      trainSecondsReserved: 60,
    })
  })

  it('answers budget_reserved until the budget is used up, then finishes the study', async () => {
    const name = await service.create({ budget: { trials: 2 } })
    const [one, two] = await service.ask(name, 'a', 2)
    const held = await service.post(`/studies/${name}/ask`, { worker: 'b' })
    expect(held.body.reason.code).toBe('budget_reserved')
    await service.tell(name, one!)
    expect((await service.post(`/studies/${name}/ask`, { worker: 'b' })).body.reason.code).toBe(
      'budget_reserved',
    )
    await service.tell(name, two!)
    const done = await service.post(`/studies/${name}/ask`, { worker: 'b' })
    expect(done.body.reason).toEqual({ code: 'finished', message: expect.stringContaining('2 trials') })
    expect((await service.get(`/studies/${name}`)).body.state).toBe('finished')
  })

  it('goes on with a larger budget', async () => {
    const name = await service.create({ budget: { trials: 1 } })
    await service.run(name, 1)
    expect((await service.get(`/studies/${name}`)).body.state).toBe('finished')
    const { body } = await service.patch(`/studies/${name}`, { budget: { trials: 3 } })
    expect(body).toMatchObject({ state: 'active', budget: { trials: 3 } })
    expect(body.reason).toBeUndefined()
    expect(await service.ask(name, 'w', 64)).toHaveLength(2)
  })

  it('finishes at once with a smaller one, and running trials may still tell', async () => {
    const name = await service.create({ budget: { trials: 10 } })
    await service.run(name, 2)
    await service.patch(`/studies/${name}`, { budget: { trials: 1 } })
    expect((await service.get(`/studies/${name}`)).body.state).toBe('finished')

    const other = await service.create({ budget: { trials: 10 } })
    const running = await service.askOne(other)
    await service.patch(`/studies/${other}`, { state: 'finished' })
    expect((await service.tell(other, running, { outcome: 'complete', value: -1 })).status).toBe(200)
    expect((await service.get(`/studies/${other}`)).body).toMatchObject({
      state: 'finished',
      best: { value: -1 },
    })
  })

  it('ends a study when its wall seconds are over, by the clock of the database', async () => {
    const name = await service.create({ budget: { wallSeconds: 3600 } })
    const { database, queues } = service.running
    await expireLeases(database, queues)
    expect((await service.get(`/studies/${name}`)).body.state).toBe('active')
    await database.query(`update studies set created_at = now() - interval '2 hours' where name = $1`, [name])
    await expireLeases(database, queues)
    expect((await service.get(`/studies/${name}`)).body).toMatchObject({
      state: 'finished',
      reason: expect.stringContaining('3600'),
    })
  })

  it('never finishes without a budget', async () => {
    const name = await service.create()
    for (let i = 0; i < 5; i++) expect(await service.ask(name, `w${i}`, 64)).toHaveLength(64)
  })
})

/** Workers that ask for one to three trials and tell them, until the study has finished. */
async function crowd(
  service: TestService,
  study: string,
  workers: number,
  outcome: (trial: Leased) => Record<string, unknown>,
): Promise<Leased[]> {
  const given: Leased[] = []
  const work = async (worker: number) => {
    for (;;) {
      const { body } = await service.post(`/studies/${study}/ask`, {
        worker: `w${worker}`,
        count: 1 + (worker % 3),
        wait: 5,
      })
      given.push(...body.trials)
      for (const trial of body.trials as Leased[]) {
        const told = await service.tell(study, trial, outcome(trial))
        if (told.status !== 200) throw new Error(JSON.stringify(told.body))
      }
      if (body.reason?.code === 'finished') return
    }
  }
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)))
  return given
}
