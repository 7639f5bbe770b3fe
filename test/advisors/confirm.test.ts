import { describe, expect, it } from 'vitest'
import { anEngine } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { type Body, useService } from '../service/service.js'

describe('noise and confirmation', () => {
  const service = useService(anEngine())

  const incumbents = async (study: string): Promise<Body[]> =>
    (await service.get(`/studies/${study}/incumbents`)).body.incumbents

  it('marks an incumbent whose improvement is within noise', async () => {
    const study = await service.create({ objective: { metric: 'loss', direction: 'minimize', noise: 0.1 } })
    for (const value of [1, 0.9, 0.2]) await service.run(study, value)
    expect((await incumbents(study)).map(({ withinNoise }) => withinNoise)).toEqual([null, true, false])
  })

  it('has no noise estimate before it is given or measured', async () => {
    const study = await service.create()
    for (const value of [1, 0.9]) await service.run(study, value)
    expect((await incumbents(study)).map(({ withinNoise }) => withinNoise)).toEqual([null, null])
  })

  it.each([
    ['trials', { trials: 20 }],
    ['train seconds', { trainSeconds: 200, trialSeconds: 10 }],
  ])(
    'repeats the best configurations at the end of a budget of %s, and reports their means',
    async (_, budget) => {
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
      // Of the five runs, so many gave 5 and the others 4; scipy.stats.t.ppf(0.975, 4) is 2.776445.
      const fives = Math.round(5 * (best.mean - 4))
      const reach = 2.776445 * Math.sqrt((fives * (5 - fives)) / 20 / 5)
      expect(reach).toBeGreaterThan(0)
      expect(best.high).toBeCloseTo(best.mean + reach, 5)
      expect(best.low).toBeCloseTo(best.mean - reach, 5)
      expect(await unsound(service.running.database, study, service.running.queues)).toEqual([])
    },
  )

  it('lets gp choose the repeats that tell most about which is best', async () => {
    const study = await service.create({ method: 'gp', budget: { trials: 24 }, confirm: 2 })
    // Two wells, far apart and nearly as deep; all else is plainly worse, and noise hides which is deeper.
    const noise = (number: number) => Math.sin(7 * number)
    const worth = (x: number) => Math.min((x + 3) ** 2, (x - 7) ** 2 + 0.2)
    for (let i = 0; i < 14; i++) {
      const trial = await service.askOne(study)
      const x = Number(trial.params.x)
      await service.tell(study, trial, { outcome: 'complete', value: worth(x) + 0.3 * noise(i) })
    }
    const confirmed: Body[] = []
    for (;;) {
      const trials = [...(await service.ask(study, 'a')), ...(await service.ask(study, 'b'))]
      if (trials.length === 0) break
      for (const trial of trials) {
        expect(trial.proposal).toMatchObject({ source: 'confirm', confirms: expect.any(Number) })
        expect(trial.params).toEqual((await service.show(study, Number(trial.proposal.confirms))).params)
        confirmed.push(trial)
        const value = worth(Number(trial.params.x)) + 0.3 * noise(trial.number)
        await service.tell(study, trial, { outcome: 'complete', value })
      }
    }
    expect(confirmed).toHaveLength(10)
    const summary = await service.summary(study)
    expect(summary.confirmed.reduce((sum: number, { runs }: Body) => sum + runs, 0)).toBe(10)
    expect(summary.trials).toMatchObject({ complete: 24, ready: 0 })
    const worst = Math.max(...confirmed.map(({ params }) => worth(Number(params.x))))
    expect(worst).toBeLessThan(3)
    expect(await unsound(service.running.database, study, service.running.queues)).toEqual([])
  })
})
