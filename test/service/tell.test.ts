import { describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
import { useService } from './service.js'

describe.each(databases())('telling on $name', (engine) => {
  const service = useService(engine)

  it('stores everything that was measured', async () => {
    const name = await service.create()
    const trial = await service.askOne(name)
    const measured = {
      value: 0.125,
      metrics: { loss: 0.5, epoch: 3, note: 'fine', converged: true, missing: null, long: 'x'.repeat(2000) },
      trainSeconds: 300.25,
      peakMemoryMb: 45_000,
      tokensPerSecond: 1_750_000.5,
      message: 'a line\nand another',
    }
    const { status, body } = await service.tell(name, trial, { outcome: 'complete', ...measured })
    expect(status).toBe(200)
    expect(body).toMatchObject({ number: trial.number, state: 'complete', params: trial.params, ...measured })
    expect(body.leaseExpiresAt).toBeUndefined()
    const { attempts, reports, ...shown } = await service.show(name, trial.number)
    expect(shown).toEqual(body)
    expect(attempts).toMatchObject([{ attempt: 1, worker: 'w', state: 'settled', endedAt: body.settledAt }])
    expect(reports).toEqual([])
  })

  it.each(['oom', 'diverged', 'timeout', 'crashed', 'invalid'])(
    'keeps %s as a kind of failure',
    async (outcome) => {
      const name = await service.create()
      const told = { outcome, trainSeconds: 20, message: 'CUDA out of memory' }
      const { body } = await service.tell(name, await service.askOne(name), told)
      expect(body).toMatchObject({
        state: 'failed',
        failure: outcome,
        trainSeconds: 20,
        message: told.message,
      })
      expect(body.value).toBeUndefined()
      expect(await service.summary(name)).toMatchObject({
        failures: { [outcome]: 1 },
        trials: { failed: 1 },
        oomRate: { all: outcome === 'oom' ? 1 : 0 },
      })
    },
  )

  it('never stores a value of a failure', async () => {
    const name = await service.create()
    const { body } = await service.tell(name, await service.askOne(name), { outcome: 'oom', value: 100 })
    expect(body.value).toBeUndefined()
    expect((await service.show(name, 0)).value).toBeUndefined()
    expect((await service.get(`/studies/${name}`)).body.best).toBeUndefined()
  })

  it('stores the last value of a pruned trial, if there is one', async () => {
    const name = await service.create()
    const [one, two] = await service.ask(name, 'w', 2)
    expect((await service.tell(name, one!, { outcome: 'pruned', value: 7 })).body).toMatchObject({
      state: 'pruned',
      value: 7,
    })
    expect((await service.tell(name, two!, { outcome: 'pruned' })).body.value).toBeUndefined()
    expect(
      (await service.get(`/studies/${name}`)).body.best,
      'a pruned trial is no incumbent',
    ).toBeUndefined()
  })

  describe.each(['complete', 'pruned'])('takes what is not finite, and %s, as diverged', (outcome) => {
    it.each(['NaN', 'Infinity', '-Infinity'])('%s', async (value) => {
      const name = await service.create()
      const [one, two] = await service.ask(name, 'w', 2)
      const asText = await service.tell(name, one!, { outcome, value })
      expect(asText.body).toMatchObject({
        state: 'failed',
        failure: 'diverged',
        message: `The value was ${value}`,
      })
      expect(asText.body.value).toBeUndefined()
      const asPythonWritesIt = `{"token": "${two!.lease.token}", "outcome": "${outcome}", "value": ${value}}`
      const bare = await service.post(`/studies/${name}/trials/${two!.number}/tell`, asPythonWritesIt)
      expect(bare.body).toMatchObject({ state: 'failed', failure: 'diverged' })
    })
  })

  it('takes a number too large for a double as an infinity', async () => {
    const name = await service.create()
    const { number, lease } = await service.askOne(name)
    const body = `{"token": "${lease.token}", "outcome": "complete", "value": 1e999}`
    expect((await service.post(`/studies/${name}/trials/${number}/tell`, body)).body.failure).toBe('diverged')
  })

  it.each([1.7976931348623157e308, -1.7976931348623157e308, 5e-324, 0.1, -0, 1234567.1234567])(
    'gives back %d to the last bit',
    async (value) => {
      const name = await service.create()
      await service.run(name, value)
      await service.restart()
      expect((await service.show(name, 0)).value).toBe(value + 0)
      expect((await service.get(`/studies/${name}`)).body.best.value).toBe(value + 0)
    },
  )

  it('answers the same tell again with what is stored, however it is written', async () => {
    const name = await service.create()
    const trial = await service.askOne(name)
    const told = { outcome: 'complete', value: 0.5, metrics: { a: 1, b: 2 }, trainSeconds: 3 }
    const first = await service.tell(name, trial, told)
    const again = await service.tell(name, trial, {
      trainSeconds: 3.0,
      metrics: { b: 2, a: 1 },
      value: 5e-1,
      outcome: 'complete',
    })
    expect(again).toMatchObject({ status: 200, body: first.body })
    await service.restart()
    expect(await service.tell(name, trial, told)).toMatchObject({ status: 200, body: first.body })
    expect((await service.summary(name)).trials.complete).toBe(1)
    expect(await unsound(service.running.database, name, service.running.queues)).toEqual([])
  })

  it.each([
    { outcome: 'complete', value: 0.6 },
    { outcome: 'complete', value: 0.5, trainSeconds: 4 },
    { outcome: 'complete', value: 0.5 },
    { outcome: 'oom', trainSeconds: 3 },
  ])('refuses another tell, with what is stored: %j', async (other) => {
    const name = await service.create()
    const trial = await service.askOne(name)
    const first = await service.tell(name, trial, { outcome: 'complete', value: 0.5, trainSeconds: 3 })
    const { status, body } = await service.tell(name, trial, other)
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'already_told', retryable: false, trial: first.body })
    expect((await service.show(name, 0)).value).toBe(0.5)
  })

  it('accepts one of many different concurrent tells, and answers the others with it', async () => {
    const name = await service.create()
    const trial = await service.askOne(name)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, value) => service.tell(name, trial, { outcome: 'complete', value })),
    )
    const [accepted, ...more] = answers.filter(({ status }) => status === 200)
    expect(more).toEqual([])
    for (const { status, body } of answers)
      if (status !== 200) expect(body).toMatchObject({ code: 'already_told', trial: accepted!.body })
    expect(await unsound(service.running.database, name, service.running.queues)).toEqual([])
  })

  it('answers many equal concurrent tells alike', async () => {
    const name = await service.create()
    const trial = await service.askOne(name)
    const answers = await Promise.all(Array.from({ length: 20 }, () => service.tell(name, trial)))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect((await service.summary(name)).trials.complete).toBe(1)
  })

  it('refuses an unknown token, and one of another trial', async () => {
    const name = await service.create()
    const [one, two] = await service.ask(name, 'w', 2)
    for (const token of ['00000000-0000-4000-8000-000000000000', two!.lease.token]) {
      for (const [action, more] of [
        ['tell', { outcome: 'oom' }],
        ['heartbeat', {}],
        ['report', { step: 1, value: 1 }],
      ] as const) {
        const { status, body } = await service.post(`/studies/${name}/trials/${one!.number}/${action}`, {
          token,
          ...more,
        })
        expect(status).toBe(409)
        expect(body).toMatchObject({ code: 'lease_lost', trial: { number: one!.number, state: 'running' } })
      }
    }
    expect((await service.tell(name, one!)).status).toBe(200)
  })

  it.each(['minimize', 'maximize'])('keeps the incumbents of a study that is to %s', async (direction) => {
    const name = await service.create({ objective: { metric: 'score', direction } })
    const sign = direction === 'minimize' ? 1 : -1
    for (const value of [5, 7, 3, 3, 4, 1]) await service.run(name, sign * value, { trainSeconds: 10 })
    const { body } = await service.get(`/studies/${name}/incumbents`)
    expect(body.incumbents).toMatchObject([
      { number: 0, value: sign * 5, source: 'default', settled: 1, trainSeconds: 10 },
      { number: 2, value: sign * 3, source: 'random', settled: 3, trainSeconds: 30 },
      { number: 5, value: sign * 1, source: 'random', settled: 6, trainSeconds: 60 },
    ])
    expect((await service.get(`/studies/${name}`)).body.best).toEqual({ number: 5, value: sign * 1 })
    expect((await service.summary(name)).incumbent).toEqual({ number: 5, value: sign * 1 })
  })

  it('tells the optimizer exactly what ran', async () => {
    const name = await service.create({ method: 'sobol' })
    for (const value of [1, 2, 3]) await service.run(name, value)
    await service.tell(name, await service.askOne(name), { outcome: 'diverged' })
    const { body } = await service.get(`/studies/${name}/optimizer`)
    expect(body.optimizer).toMatchObject({ kind: 'sobol', observations: 4, failures: 1 })
  })
})
