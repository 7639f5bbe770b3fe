import { describe, expect, it } from 'vitest'
import { readSearch } from '../../src/engine/read-command.js'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
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

  it('stores the reports, the last one of each step', async () => {
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

    it('shows the threshold of each report', async () => {
      const name = await service.create({
        objective,
        pruning: { rule: 'median', startupTrials: 4, warmupSteps: 1 },
      })
      const trial = await service.askOne(name, 'first')
      await report(name, trial, 1, sign * 9)
      await report(name, trial, 2, sign * 8)
      expect(await comparisons(name, 0)).toEqual([
        { step: 1, value: sign * 9, threshold: null },
        { step: 2, value: sign * 8, threshold: null },
      ])
      await finish(
        name,
        [1, 2, 4, 5].map((v) => sign * v),
      )
      expect(await comparisons(name, 0)).toEqual([
        { step: 1, value: sign * 9, threshold: null },
        { step: 2, value: sign * 8, threshold: sign * 3 },
      ])
    })
  })

  const comparisons = async (study: string, number: number) =>
    (await service.get(`/studies/${study}/trials/${number}/pruning`)).body.reports

  it('shows of many reports an even sample, the last one among them, and of a study that prunes nothing none', async () => {
    const name = await service.create({ pruning: { rule: 'median', startupTrials: 1 } })
    const trial = await service.askOne(name)
    for (let step = 1; step <= 90; step++) await report(name, trial, step, step)
    const steps = (await comparisons(name, 0)).map(({ step }: Body) => step)
    expect(steps).toEqual([...Array.from({ length: 30 }, (_, i) => 3 * (i + 1))])
    const without = await service.create()
    const other = await service.askOne(without)
    await report(without, other, 1, 1)
    expect((await service.get(`/studies/${without}/trials/0/pruning`)).body).toEqual({
      rule: null,
      reports: [],
    })
  })

  it('by the median waits for startupTrials and warmupSteps', async () => {
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

  describe.each([
    ['minimize', 1],
    ['maximize', -1],
  ] as const)('by the forecast, to %s', (direction, sign) => {
    const create = (rule: object = {}, more: object = {}) =>
      service.create({
        objective: { metric: 'v', direction },
        pruning: { rule: 'forecast', ...rule },
        ...more,
      })

    /** Trials that stood at `at` after a step and came `gained` nearer by the end, give or take. */
    const finishFrom = async (study: string, at: readonly number[], gained: number, scatter: number) => {
      for (const [i, start] of at.entries()) {
        const trial = await service.askOne(study)
        const value = sign * (start - gained + (i % 2 === 0 ? scatter : -scatter))
        await report(study, trial, 1, sign * start)
        await report(study, trial, 2, value)
        await service.tell(study, trial, { outcome: 'complete', value })
      }
    }
    const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

    it('stops a trial with a low chance to end among the best tenth, and gives the threshold', async () => {
      const name = await create()
      await finishFrom(name, upTo(20), 100, 0.25)
      const bad = await service.askOne(name, 'bad')
      const answer = await report(name, bad, 1, sign * 9)
      const { chance, ...decision } = answer
      expect(decision).toEqual({ decision: 'stop', rule: 'forecast', step: 1, threshold: sign * -98.25 })
      const [shown] = await comparisons(name, bad.number)
      expect(shown).toMatchObject({ step: 1, value: sign * 9, threshold: sign * -98.25 })
      expect(Math.abs(shown.forecast.mean - sign * -91)).toBeLessThan(1)
      expect(chance).toBeGreaterThanOrEqual(0)
      expect(chance).toBeLessThan(0.01)
      for (const start of [0, 1, 2]) {
        const good = await service.askOne(name, `good ${start}`)
        expect(await report(name, good, 1, sign * start), `from ${start}`).toEqual({ decision: 'go' })
      }
    })

    it('respects the study’s chance', async () => {
      const chances: number[] = []
      for (const chance of [0.5, 0.001]) {
        const name = await create({ chance })
        await finishFrom(name, upTo(20), 100, 2)
        const trial = await service.askOne(name, 'judged')
        const answer = await report(name, trial, 1, sign * 4)
        if (answer.decision === 'stop') chances.push(answer.chance)
        expect(answer.decision).toBe(chance === 0.5 ? 'stop' : 'go')
      }
      expect(chances[0]).toBeGreaterThan(0.01)
    })

    it('tells the search the forecast of a pruned trial: live, from a snapshot, and in a replay', async () => {
      const name = await create(
        { startupTrials: 10 },
        { method: { optimizer: { kind: 'gp' }, preflight: 'off' } },
      )
      await finishFrom(name, upTo(12), 100, 0.25)
      const trial = await service.askOne(name, 'pruned')
      expect((await report(name, trial, 1, sign * 9)).decision).toBe('stop')
      await service.tell(name, trial, { outcome: 'pruned', value: sign * 9 })
      const { database, queues } = service.running
      const { state, foreseen } = await service.show(name, 12)
      expect({ state, step: foreseen.step }).toEqual({ state: 'pruned', step: 1 })
      const { mean, sd } = foreseen.forecast
      expect(sign * mean).toBeCloseTo(-91, 0)
      expect(sd).toBeGreaterThan(0.2)
      expect(sd).toBeLessThan(0.6)
      expect(await searched(name)).toEqual([[sign * mean, 0, sd]])
      await service.run(name, 3)
      expect(await unsound(database, name, queues)).toEqual([])
    })

    /** What gp holds of the trials that were pruned. */
    const searched = async (name: string): Promise<number[][]> => {
      const snapshot = await service.running.queues.run(
        await service.id(name),
        readSearch(async (search) => (await search.snapshot()) as Body),
      )
      return snapshot.optimizer.state.history.results.filter((result: number[]) => result.length > 1)
    }
  })

  it('by the forecast waits for startupTrials at this step, and for warmupSteps', async () => {
    const pruning = { rule: 'forecast', startupTrials: 6, warmupSteps: 2 }
    const name = await service.create({ pruning })
    await finish(name, [1, 2, 3, 4, 5], 4)
    const early = await service.askOne(name, 'early')
    expect(await report(name, early, 3, 100)).toEqual({ decision: 'go' })
    await finish(name, [6], 4)
    expect(await report(name, early, 2, 100)).toEqual({ decision: 'go' })
    expect(await report(name, early, 4, 100), 'nobody has been further').toEqual({ decision: 'go' })
    expect(await report(name, early, 5, 100), 'nobody has been there').toEqual({ decision: 'go' })
    await service.tell(name, early, { outcome: 'crashed' })
    const late = await service.askOne(name, 'late')
    expect(await report(name, late, 3, 100)).toEqual({
      decision: 'stop',
      rule: 'forecast',
      step: 3,
      threshold: 1,
      chance: 0,
    })
  })

  it('by the forecast never counts a pruned trial among the best', async () => {
    const name = await service.create({ pruning: { rule: 'forecast', startupTrials: 10 } })
    await finish(name, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    const trial = await service.askOne(name, 'judged')
    expect(await report(name, trial, 1, 2)).toMatchObject({ decision: 'stop', threshold: 1 })
    const pruned = await service.askOne(name, 'pruned')
    await service.tell(name, pruned, { outcome: 'pruned', value: 50 })
    expect(await report(name, trial, 1, 2), 'the second of eleven').toEqual({ decision: 'go' })
  })

  it('forecasts also from trials that were pruned later, to avoid selection bias', async () => {
    const name = await service.create({ pruning: { rule: 'median', startupTrials: 1000 } })
    /** Of those that begin alike, only the good ones are let run; the others are seen to fall behind at step 2. */
    const run = async (start: number, second: number, final: number | null) => {
      const trial = await service.askOne(name)
      await report(name, trial, 1, start)
      await report(name, trial, 2, second)
      const outcome = final === null ? 'pruned' : 'complete'
      await service.tell(name, trial, { outcome, value: final ?? second })
    }
    const forecastFrom = async (start: number) => {
      const trial = await service.askOne(name)
      await report(name, trial, 1, start)
      await service.tell(name, trial, { outcome: 'pruned', value: start })
      return (await service.show(name, trial.number)).foreseen.forecast
    }
    for (let i = 0; i < 8; i++) await run(10 + i / 10, i / 10, i / 10)
    const promised = await forecastFrom(10.4)
    expect(promised.mean).toBeCloseTo(0.4, 6)
    for (let i = 0; i < 8; i++) await run(10 + i / 10, 5 + i / 10, null)
    const learned = await forecastFrom(10.4)
    expect(learned.mean).toBeCloseTo(2.9, 1)
    expect(learned.sd).toBeGreaterThan(2)
  })

  it('makes no forecast without reports, or with too few finished trials', async () => {
    const name = await service.create({ pruning: { rule: 'median', startupTrials: 1 } })
    await finish(name, [1, 2, 3, 4])
    const [silent, early] = (await service.ask(name, 'w', 2)) as [Leased, Leased]
    await service.tell(name, silent, { outcome: 'pruned' })
    await report(name, early, 2, 9)
    await service.tell(name, early, { outcome: 'pruned', value: 9 })
    expect((await service.show(name, silent.number)).foreseen).toBeUndefined()
    expect((await service.show(name, early.number)).foreseen).toEqual({ step: 2 })
    expect(await unsound(service.running.database, name, service.running.queues)).toEqual([])
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
