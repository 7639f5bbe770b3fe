import { describe, expect, it, vi } from 'vitest'
import { databases } from '../postgres.js'
import { importWide, lossOf, WIDE, wideTrial } from './many-trials.js'
import { type Body, useService } from './service.js'

vi.setConfig({ testTimeout: 120_000 })

describe.each(databases())('importances on $name', (engine) => {
  const service = useService(engine)

  const importances = async (study: string): Promise<Body> => {
    const { status, body } = await service.get(`/studies/${study}/importances`)
    expect(status).toBe(200)
    return body
  }
  const ranked = (shares: Record<string, number>) =>
    Object.entries(shares)
      .sort(([, a], [, b]) => b - a)
      .map(([name]) => name)

  it('of no trials, or of one, say that there are too few', async () => {
    const name = await service.create({ space: WIDE })
    expect(await importances(name)).toMatchObject({
      status: 'too_few',
      trials: 0,
      of: 0,
      r2: null,
      reason: expect.any(String),
    })
    await service.run(name, 1)
    expect(await importances(name)).toMatchObject({
      status: 'too_few',
      trials: 1,
      reason: expect.stringMatching(/needs 28$/),
    })
    expect((await service.get(`/studies/${name}/surface?x=lr`)).body).toMatchObject({ status: 'too_few' })
  })

  it('of 300 trials name what matters, in the order in which it does', async () => {
    const name = await service.create({ space: WIDE })
    await importWide(service, name, 300)
    const found = await importances(name)
    expect(found).toMatchObject({ status: 'shown', method: 'gp', trials: 270, of: 270, sampled: false })
    expect(found.r2).toBeGreaterThan(0.9)
    expect(ranked(found.total).slice(0, 2)).toEqual(['lr', 'width'])
    expect(ranked(found.local).slice(0, 2)).toEqual(['lr', 'width'])
    expect(found.total.lr).toBeGreaterThan(0.8)
    expect(found.total.p5).toBeLessThan(0.05)
    expect(Object.values(found.local as Record<string, number>).reduce((a, b) => a + b)).toBeCloseTo(1)
    const summary = await service.get(`/studies/${name}/summary?importances=true`)
    expect(summary.body.importances).toEqual(found)
    expect((await service.summary(name)).importances).toBeUndefined()
  })

  it('are the same for a study that maximises', async () => {
    const [up, down] = [
      await service.create({ space: WIDE, objective: { metric: 'score', direction: 'maximize' } }),
      await service.create({ space: WIDE, objective: { metric: 'loss' } }),
    ]
    const rows = Array.from({ length: 80 }, (_, i) => wideTrial(i)).filter(
      ({ outcome }) => outcome === 'complete',
    )
    await service.post(`/studies/${down}/import`, rows)
    await service.post(
      `/studies/${up}/import`,
      rows.map((row) => ({ ...row, value: -(row.value as number) })),
    )
    const [a, b] = [await importances(up), await importances(down)]
    expect({ ...a, study: '' }).toEqual({ ...b, study: '' })
    const surface = async (study: string) => (await service.get(`/studies/${study}/surface?x=lr&size=5`)).body
    const [high, low] = [await surface(up), await surface(down)]
    expect(high.mean).toEqual(low.mean.map((value: number) => -value))
  })

  it('say nothing of noise', async () => {
    const name = await service.create({ space: WIDE })
    const rows = Array.from({ length: 60 }, (_, i) => ({
      ...wideTrial(i),
      outcome: 'complete',
      value: (i * 7919) % 101,
    }))
    await service.post(`/studies/${name}/import`, rows)
    const found = await importances(name)
    expect(found).toMatchObject({ status: 'weak', reason: expect.stringMatching(/explains 0 %/) })
    expect([found.total, found.local]).toEqual([{}, {}])
    const same = await service.create({ space: WIDE })
    await service.post(
      `/studies/${same}/import`,
      rows.map((row) => ({ ...row, value: 1 })),
    )
    expect(await importances(same)).toMatchObject({
      status: 'weak',
      r2: null,
      reason: expect.stringContaining('same value'),
    })
  })

  it('of many trials come from the best and a sample', async () => {
    const name = await service.create({ space: WIDE })
    await importWide(service, name, 5000)
    const found = await importances(name)
    expect(found).toMatchObject({ status: 'shown', trials: 1000, of: 4500, sampled: true })
    expect(ranked(found.total).slice(0, 2)).toEqual(['lr', 'width'])
  })

  it('change when another trial has ended, and not before', async () => {
    const name = await service.create({ space: WIDE })
    await importWide(service, name, 40)
    const before = await importances(name)
    await service.askOne(name)
    expect(await importances(name)).toEqual(before)
    await importWide(service, name, 60, 40)
    const after = await importances(name)
    expect(after.of).toBe(before.of + 18)
    expect(after.seq).toBeGreaterThan(before.seq)
  })

  it.each([
    ['minimize', 1],
    ['maximize', -1],
  ] as const)(
    'say what is expected of advice and of the optimizer’s own points, to %s',
    async (direction, sign) => {
      const name = await service.create({
        space: WIDE,
        objective: { metric: 'value', direction },
        method: { optimizer: { kind: 'random' }, advisor: { kind: 'jitter', ratio: 0.5, warmup: 1 } },
      })
      for (let i = 0; i < 60; i++) {
        const trial = await service.askOne(name)
        await service.tell(name, trial, { outcome: 'complete', value: sign * lossOf(trial.params as never) })
      }
      const { body } = await service.get(`/studies/${name}/expectations`)
      expect(body.status, body.reason).toBe('shown')
      const { trials } = (await service.get(`/studies/${name}/trials?limit=100`)).body
      const advised = trials.filter(({ proposal }: Body) => proposal.source === 'jitter')
      expect(advised.length).toBeGreaterThan(20)
      expect(body.advised.map(({ number, value }: Body) => [number, value])).toEqual(
        advised.map(({ number, value }: Body) => [number, value]),
      )
      const steps = await Promise.all(
        body.advised.map(async ({ number, advice }: Body) => {
          const { body: surface } = await service.get(
            `/studies/${name}/surface?x=width&size=64&number=${number}`,
          )
          const { width } = trials.find((trial: Body) => trial.number === number).params
          const at = surface.x.values.indexOf(width)
          return at < 0 ? [] : [[advice.mean, surface.mean[at], advice.sd, surface.sd[at]]]
        }),
      )
      expect(steps.flat().length).toBeGreaterThan(10)
      for (const [mean, shown, sd, spread] of steps.flat()) {
        expect(mean).toBeCloseTo(shown, 8)
        expect(sd).toBeCloseTo(spread, 8)
      }
      const larger = body.advised.filter(({ advice, own }: Body) => own.sd > advice.sd)
      expect(larger.length).toBeGreaterThan(body.advised.length / 2)
    },
  )

  it('have a surface over one or two parameters, around the recommendation or a trial', async () => {
    const name = await service.create({ space: WIDE })
    await importWide(service, name, 300)
    const { body: line } = await service.get(`/studies/${name}/surface?x=lr&size=17`)
    expect(line).toMatchObject({ status: 'shown', x: { name: 'lr', log: true }, at: expect.any(Object) })
    expect(line.x.values[0]).toBeCloseTo(1e-5)
    expect(line.mean).toHaveLength(17)
    expect(Math.min(...line.sd)).toBeGreaterThan(0)
    const least = line.x.values[line.mean.indexOf(Math.min(...line.mean))]
    expect(Math.abs(Math.log10(least) + 2)).toBeLessThan(0.5)
    for (const [i, lr] of line.x.values.entries())
      expect(Math.abs(line.mean[i] - lossOf({ ...line.at, lr }))).toBeLessThan(1 + 4 * line.sd[i])
    const { body: plane } = await service.get(`/studies/${name}/surface?x=lr&y=width&size=9&number=7`)
    expect(plane.y.values).toEqual([32, 64, 128, 256, 512])
    expect(plane.mean).toHaveLength(9 * 5)
    expect(plane).toMatchObject({ number: 7, at: (await service.show(name, 7)).params })
    const refused = async (query: string) => (await service.get(`/studies/${name}/surface?${query}`)).body
    expect(await refused('x=colour')).toMatchObject({ code: 'invalid_request', errors: [{ path: 'x' }] })
    expect(await refused('x=lr&y=lr')).toMatchObject({ code: 'invalid_request', errors: [{ path: 'y' }] })
    expect(await refused('x=lr&number=900')).toMatchObject({ code: 'trial_not_found' })
  })
})
