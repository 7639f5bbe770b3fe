import { describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { loseLeases } from './leases.js'
import { type Body, type Leased, useService } from './service.js'

describe.each(databases())('pruning on $name', (engine) => {
  const service = useService(engine)

  const report = async (
    study: string,
    { number, lease }: Leased,
    step: number,
    value: unknown,
  ): Promise<Body> => {
    const url = `/studies/${study}/trials/${number}/report`
    const { status, body } = await service.post(url, { token: lease.token, step, value })
    expect(status).toBe(200)
    const { expiresAt, ...decision } = body
    expect(Date.parse(expiresAt)).toBeGreaterThan(0)
    return decision
  }

  /** Trials that reported `value` at steps 1 to `steps`, and are complete. */
  const finish = async (study: string, values: readonly number[], steps = 3) => {
    for (const value of values) {
      const trial = await service.askOne(study)
      for (let step = 1; step <= steps; step++) await report(study, trial, step, value)
      await service.tell(study, trial, { outcome: 'complete', value })
    }
  }

  it('is off where a study does not say otherwise: every report is answered with go', async () => {
    const name = await service.create()
    await finish(name, [1, 1, 1, 1, 1, 1])
    const bad = await service.askOne(name)
    for (const step of [1, 2, 3]) expect(await report(name, bad, step, 1000)).toEqual({ decision: 'go' })
  })

  it('keeps what was reported, the last word of each step', async () => {
    const name = await service.create()
    const trial = await service.askOne(name)
    for (const [step, value] of [
      [0, 3],
      [10, 2],
      [10, 1.5],
      [5, 2.5],
    ] as const)
      await report(name, trial, step, value)
    expect((await service.show(name, 0)).reports).toEqual([
      { step: 0, value: 3 },
      { step: 5, value: 2.5 },
      { step: 10, value: 1.5 },
    ])
  })

  it.each(['NaN', 'Infinity', '-Infinity'])(
    'stops a trial that reports %s, in every study',
    async (value) => {
      const name = await service.create()
      const trial = await service.askOne(name)
      expect(await report(name, trial, 4, value)).toEqual({ decision: 'stop', rule: 'not_finite', step: 4 })
      expect((await service.show(name, 0)).reports).toEqual([])
    },
  )

  describe.each([
    ['minimize', 1],
    ['maximize', -1],
  ] as const)('by the median, to %s', (direction, sign) => {
    const objective = { metric: 'v', direction }

    it('stops a trial whose best is worse than the median of what finished trials had, and says so', async () => {
      const name = await service.create({ objective, pruning: { rule: 'median', startupTrials: 5 } })
      await finish(
        name,
        [1, 2, 3, 4, 5].map((v) => sign * v),
      )
      const trial = await service.askOne(name)
      expect(await report(name, trial, 1, sign * 3)).toEqual({ decision: 'go' })
      expect(await report(name, trial, 2, sign * 9), 'its best is still 3').toEqual({ decision: 'go' })
      const bad = await service.askOne(name, 'bad')
      expect(await report(name, bad, 2, sign * 3.1)).toEqual({
        decision: 'stop',
        rule: 'median',
        step: 2,
        threshold: sign * 3,
      })
    })

    it('takes the mean of the two in the middle', async () => {
      const name = await service.create({ objective, pruning: { rule: 'median', startupTrials: 4 } })
      await finish(
        name,
        [1, 2, 4, 5].map((v) => sign * v),
      )
      const trial = await service.askOne(name)
      expect(await report(name, trial, 1, sign * 3.5)).toMatchObject({
        decision: 'stop',
        threshold: sign * 3,
      })
    })
  })

  it('by the median waits for enough finished trials, and through the warm-up', async () => {
    const name = await service.create({ pruning: { rule: 'median', startupTrials: 3, warmupSteps: 2 } })
    await finish(name, [1, 1])
    const early = await service.askOne(name, 'early')
    expect(await report(name, early, 3, 100)).toEqual({ decision: 'go' })
    await finish(name, [1])
    expect(await report(name, early, 2, 100)).toEqual({ decision: 'go' })
    expect(await report(name, early, 3, 100)).toMatchObject({ decision: 'stop', rule: 'median', step: 3 })
  })

  it('by the median compares with complete trials alone, at this very step', async () => {
    const name = await service.create({ pruning: { rule: 'median', startupTrials: 1 } })
    const failed = await service.askOne(name)
    await report(name, failed, 1, 1)
    await service.tell(name, failed, { outcome: 'oom' })
    const running = await service.askOne(name, 'running')
    await report(name, running, 1, 1)
    const trial = await service.askOne(name, 'judged')
    expect(await report(name, trial, 1, 5)).toEqual({ decision: 'go' })
    await service.tell(name, running, { outcome: 'complete', value: 1 })
    expect(await report(name, trial, 2, 5), 'nobody else has been at step 2').toEqual({ decision: 'go' })
    expect(await report(name, trial, 1, 5)).toMatchObject({ decision: 'stop', threshold: 1 })
  })

  it.each([
    ['minimize', 1],
    ['maximize', -1],
  ] as const)('by halving lets one of each three past a rung, to %s', async (direction, sign) => {
    const pruning = { rule: 'halving', minStep: 2, factor: 3 }
    const name = await service.create({ objective: { metric: 'v', direction }, pruning })
    const trials = await service.ask(name, 'w', 7)
    const [a, b, c, d, e, f, g] = trials as [Leased, Leased, Leased, Leased, Leased, Leased, Leased]
    expect(await report(name, a, 1, sign * 99), 'below the first rung').toEqual({ decision: 'go' })
    expect(await report(name, a, 2, sign * 5), 'one came so far').toEqual({ decision: 'go' })
    expect(await report(name, b, 2, sign * 6), 'two came so far').toEqual({ decision: 'go' })
    const stopped = (threshold: number, step = 2) => ({
      decision: 'stop',
      rule: 'halving',
      step,
      threshold: sign * threshold,
    })
    expect(await report(name, c, 2, sign * 7)).toEqual(stopped(5))
    expect(await report(name, d, 3, sign * 4), 'past the rung is on it').toEqual({ decision: 'go' })
    expect(await report(name, e, 2, sign * 4.5)).toEqual(stopped(4))
    expect(await report(name, f, 2, sign * 4.5), 'two of six').toEqual({ decision: 'go' })
    expect(await report(name, a, 5, sign * 100), 'judged once a rung').toEqual({ decision: 'go' })
    expect(await report(name, a, 6, sign * 100), 'alone on the next rung').toEqual({ decision: 'go' })
    expect(await report(name, g, 20, sign * 3), 'alone on the third').toEqual({ decision: 'go' })
  })

  it('by halving judges up to the last step that can be counted', async () => {
    const name = await service.create({ pruning: { rule: 'halving' } })
    const trials = await service.ask(name, 'w', 3)
    const last = 2 ** 31 - 1
    for (const [i, trial] of trials.entries())
      expect((await report(name, trial, last, i)).decision).toBe(i < 2 ? 'go' : 'stop')
  })

  it('leaves the trial to its worker, which tells it as pruned', async () => {
    const name = await service.create({ pruning: { rule: 'median', startupTrials: 1 } })
    await finish(name, [1])
    const trial = await service.askOne(name)
    expect((await report(name, trial, 1, 2)).decision).toBe('stop')
    expect((await service.show(name, 1)).state).toBe('running')
    const { body } = await service.tell(name, trial, { outcome: 'pruned', value: 2 })
    expect(body).toMatchObject({ state: 'pruned', value: 2 })
    expect((await service.summary(name)).trials).toMatchObject({ pruned: 1, complete: 1 })
  })

  it('takes no report of a lease that was lost', async () => {
    const name = await service.create()
    const trial = await service.askOne(name)
    await loseLeases(service, name)
    const answer = await service.post(`/studies/${name}/trials/0/report`, {
      token: trial.lease.token,
      step: 1,
      value: 1,
    })
    expect(answer).toMatchObject({ status: 409, body: { code: 'lease_lost' } })
    expect((await service.show(name, 0)).reports).toEqual([])
  })

  it('is shown with the study as it was chosen', async () => {
    const name = await service.create({ pruning: { rule: 'halving' } })
    const { body } = await service.get(`/studies/${name}`)
    expect(body.pruning).toEqual({ rule: 'halving', minStep: 1, factor: 3 })
  })
})
