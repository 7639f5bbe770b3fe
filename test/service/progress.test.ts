import { describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { type Body, useService } from './service.js'

describe.each(databases())('progress on $name', (engine) => {
  const service = useService(engine)

  const progress = async (study: string): Promise<Body> => {
    const { status, body } = await service.get(`/studies/${study}/progress`)
    expect(status).toBe(200)
    return body
  }
  const ofSource = ({ series }: Body, source: string | null) =>
    series.find((one: Body) => one.source === source)

  it('of no trials has one empty series', async () => {
    const name = await service.create({ objective: { metric: 'loss', noise: 0.5 } })
    expect(await progress(name)).toMatchObject({
      metric: 'loss',
      direction: 'minimize',
      noise: 0.5,
      now: { trials: 0, trainSeconds: 0, dollars: 0 },
      series: [{ source: null, trials: 0, steps: [] }],
    })
  })

  it('has the steps of all trials and of each source, and what the study had spent by then', async () => {
    const name = await service.create({ objective: { metric: 'loss', noise: 1 } })
    await service.run(name, 10, { trainSeconds: 5 })
    await service.run(name, 12, { trainSeconds: 5 })
    await service.tell(name, await service.askOne(name), { outcome: 'oom', trainSeconds: 1 })
    await service.post(`/studies/${name}/trials`, { params: { x: 3 } })
    await service.run(name, 11, { trainSeconds: 5 })
    await service.run(name, 9.5, { trainSeconds: 5 })
    await service.run(name, 4, { trainSeconds: 5 })
    await service.post(`/studies/${name}/trials`, {
      params: { x: 1 },
      outcome: 'complete',
      value: 2,
      trainSeconds: 900,
    })
    const found = await progress(name)
    const steps = (source: string | null) =>
      ofSource(found, source).steps.map((step: Body) => [
        step.number,
        step.value,
        step.trials,
        step.trainSeconds,
      ])
    expect(steps(null)).toEqual([
      [0, 10, 1, 5],
      [4, 9.5, 5, 21],
      [5, 4, 6, 26],
      [6, 2, 7, 26],
    ])
    expect(steps('default')).toEqual([[0, 10, 1, 5]])
    expect(steps('random')).toEqual([
      [1, 12, 2, 10],
      [4, 9.5, 5, 21],
      [5, 4, 6, 26],
    ])
    expect(steps('enqueued')).toEqual([[3, 11, 4, 16]])
    expect(steps('imported')).toEqual([[6, 2, 7, 26]])
    expect(ofSource(found, null).steps.map((step: Body) => step.withinNoise)).toEqual([
      null,
      true,
      false,
      true,
    ])
    expect(ofSource(found, 'random').trials).toBe(4)
    expect(found.now).toMatchObject({ trials: 7, trainSeconds: 26 })
    const { incumbents } = (await service.get(`/studies/${name}/incumbents`)).body
    expect(steps(null)).toEqual(incumbents.map((i: Body) => [i.number, i.value, i.settled, i.trainSeconds]))
    const [first] = ofSource(found, null).steps
    expect(first.wallSeconds).toBeGreaterThanOrEqual(0)
  })

  it('rises in a study that maximises, and estimates the noise from repeats', async () => {
    const name = await service.create({ objective: { metric: 'score', direction: 'maximize' }, seed: 3 })
    for (const value of [1, 5, 3, 7]) await service.run(name, value)
    expect(ofSource(await progress(name), null).steps.map((step: Body) => step.value)).toEqual([1, 5, 7])
    expect((await progress(name)).noise).toBeNull()
    const { body } = await service.post(`/studies/${name}/confirm`, { top: 2, repeats: 3 })
    expect(body.trials).toEqual([4, 5, 6, 7, 8, 9])
    for (const value of [6, 4, 8, 6, 7, 5]) await service.run(name, value)
    const found = await progress(name)
    expect(found.noise).toBeCloseTo(0.9, 0)
    expect(ofSource(found, null).steps.map((step: Body) => step.value)).toEqual([1, 5, 7])
  })
})
