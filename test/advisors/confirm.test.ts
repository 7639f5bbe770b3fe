import { describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { type Body, useService } from '../service/service.js'

describe.each(databases())('noise and confirmation on $name', (engine) => {
  const service = useService(engine)

  const incumbents = async (study: string): Promise<Body[]> =>
    (await service.get(`/studies/${study}/incumbents`)).body.incumbents

  it('marks a new best that is no better than noise makes it', async () => {
    const study = await service.create({ objective: { metric: 'loss', direction: 'minimize', noise: 0.1 } })
    for (const value of [1, 0.9, 0.2]) await service.run(study, value)
    expect((await incumbents(study)).map(({ withinNoise }) => withinNoise)).toEqual([null, true, false])
  })

  it('does not know noise that nobody has told or measured', async () => {
    const study = await service.create()
    for (const value of [1, 0.9]) await service.run(study, value)
    expect((await incumbents(study)).map(({ withinNoise }) => withinNoise)).toEqual([null, null])
  })

  it.each([
    ['trials', { trials: 20 }],
    ['train seconds', { trainSeconds: 200, trialSeconds: 10 }],
  ])('runs the best few again at the end of a budget of %s, and reports their means', async (_, budget) => {
    const study = await service.create({ budget, confirm: 2 })
    const values = [5, 3, 4, 9, 8, 7, 6, 5, 5, 5]
    const worth = new Map<number, number>()
    for (let i = 0; ; i++) {
      const [trial] = await service.ask(study)
      if (trial === undefined) break
      const { source } = trial.proposal
      const value =
        source === 'confirm' ? worth.get(Number(trial.params.x))! + (Math.floor(i / 2) % 2) : values[i]!
      if (source !== 'confirm') worth.set(Number(trial.params.x), value + 1)
      await service.tell(study, trial, { outcome: 'complete', value, trainSeconds: 10 })
    }
    const summary = await service.summary(study)
    expect(summary.trials.complete).toBe(20)
    expect(summary.incumbent).toEqual({ number: 1, value: 3 })
    expect(summary.confirmed.map((c: Body) => [c.number, c.observed, c.runs])).toEqual([
      [1, 3, 5],
      [2, 4, 5],
    ])
    const [best] = summary.confirmed
    expect(best.mean).toBeGreaterThanOrEqual(4)
    expect(best.low).toBeLessThan(best.mean)
    expect(best.high - best.mean).toBeCloseTo(best.mean - best.low)
    expect(await unsound(service.running.database, study, service.running.turns)).toEqual([])
  })
})
