import { describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
import { type Body, useService } from './service.js'

const NET = {
  parameters: {
    lr: { type: 'float', low: 0.001, high: 1, log: true, default: 0.1 },
    layers: { type: 'int', low: 1, high: 8, default: 2 },
    optimizer: { type: 'categorical', choices: ['adamw', 'sgd'], default: 'adamw' },
    momentum: { type: 'float', low: 0, high: 0.9, default: 0.5, when: { optimizer: 'sgd' } },
  },
} as const

describe.each(databases())('configurations from outside on $name', (engine) => {
  const service = useService(engine)
  const enqueue = (study: string, params: unknown, told: object = {}) =>
    service.post(`/studies/${study}/trials`, { params, ...told })

  it('are queued, and are what the next asker gets', async () => {
    const name = await service.create({ space: NET })
    await service.ask(name, 'early', 2)
    const params = { lr: 0.5, layers: 3, optimizer: 'sgd', momentum: 0.75 }
    const { status, body } = await enqueue(name, params)
    expect(status).toBe(201)
    expect(body).toMatchObject({
      number: 2,
      state: 'ready',
      params,
      proposal: { source: 'enqueued', repairs: [] },
    })
    expect(await service.askOne(name, 'late')).toMatchObject({ number: 2, params, attempt: 1 })
    expect((await service.askOne(name, 'later')).proposal.source).toBe('random')
  })

  it('come in the order in which they were queued, a lost one before them', async () => {
    const name = await service.create({ space: NET })
    for (const layers of [1, 2, 3]) await enqueue(name, { layers })
    expect((await service.ask(name, 'w', 3)).map((t) => t.params.layers)).toEqual([1, 2, 3])
  })

  it('are queued once: the same again answers the trial that has it', async () => {
    const name = await service.create({ space: NET })
    const first = await enqueue(name, { lr: 0.5 })
    const again = await enqueue(name, { lr: 0.5, layers: 2, optimizer: 'adamw' })
    expect(again).toMatchObject({ status: 200, body: first.body })
    await service.run(name, 3)
    expect(await enqueue(name, { lr: 0.5 })).toMatchObject({
      status: 200,
      body: { state: 'complete', value: 3 },
    })
    await service.restart()
    expect(await enqueue(name, { lr: 0.5 })).toMatchObject({ status: 200, body: { number: 0 } })
    expect((await service.summary(name)).sources.enqueued.trials).toBe(1)
  })

  it('are not queued where the optimizer proposed the same', async () => {
    const name = await service.create({ space: NET })
    const [, proposed] = await service.ask(name, 'w', 2)
    expect(await enqueue(name, proposed!.params)).toMatchObject({
      status: 200,
      body: { number: 1, state: 'running' },
    })
  })

  it('are one trial where many queue the same at once', async () => {
    const name = await service.create({ space: NET })
    const answers = await Promise.all(Array.from({ length: 20 }, () => enqueue(name, { lr: 0.25 })))
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201])
    expect(new Set(answers.map(({ body }) => body.number))).toEqual(new Set([0]))
  })

  it.each([
    [{ layers: 'deep' }, 'params.layers', 'expected an integer from 1 to 8, got "deep"'],
    [{ layers: '4' }, 'params.layers', 'got "4"; the nearest is 4'],
    [{ layers: 2.4 }, 'params.layers', 'the nearest is 2'],
    [{ lr: 7 }, 'params.lr', 'expected a number from 0.001 to 1, got 7; the nearest is 1'],
    [{ lr: 'NaN' }, 'params.lr', 'expected a number from 0.001 to 1'],
    [{ lr: true }, 'params.lr', 'expected a number from 0.001 to 1'],
    [{ optimizer: 'lion' }, 'params.optimizer', 'expected one of "adamw", "sgd", got "lion"'],
    [{ momentum: 0.3 }, 'params.momentum', 'it is active only while optimizer is "sgd"; leave it out'],
    [{ layers: 8, lr: 1 }, 'params.lr', '1 violates layers * lr <= 4; the nearest that does not is 0.5'],
  ])('are refused where %j is not in the space, rather than moved', async (params, path, message) => {
    const constraints = [{ expression: 'layers * lr <= 4', adjust: 'lr' }]
    const name = await service.create({ space: { ...NET, constraints } })
    const { status, body } = await enqueue(name, params)
    expect(status).toBe(400)
    expect(body.code).toBe('invalid_params')
    expect(body.errors).toEqual([{ path, message: expect.stringContaining(message) }])
    expect((await service.get(`/studies/${name}/trials`)).body.trials).toEqual([])
    const mended = await enqueue(name, params, { repair: true })
    expect(mended.status).toBe(201)
    expect(mended.body.repairs.map((r: Body) => `params.${r.parameter}`)).toContain(path)
  })

  it('leave what they do not say to its default', async () => {
    const name = await service.create({ space: NET })
    const { status, body } = await enqueue(name, { optimizer: 'sgd' })
    expect(status).toBe(201)
    expect(body.params).toEqual({ lr: 0.1, layers: 2, optimizer: 'sgd', momentum: 0.5 })
  })

  it('are not repaired where they claim to have run', async () => {
    const name = await service.create({ space: NET })
    const told = { outcome: 'complete', value: 1, repair: true }
    expect(await enqueue(name, { lr: 0.1, layers: 2, optimizer: 'adamw' }, told)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ path: 'repair' }] },
    })
  })

  it('say how they were repaired also where the study has the result already', async () => {
    const name = await service.create({ space: NET })
    await enqueue(name, { lr: 1 })
    expect(await enqueue(name, { lr: 7 }, { repair: true })).toMatchObject({
      status: 200,
      body: {
        number: 0,
        params: { lr: 1 },
        repairs: expect.arrayContaining([expect.objectContaining({ parameter: 'lr', from: 7, to: 1 })]),
      },
    })
  })

  it('are repaired where they ask for it, and say how', async () => {
    const name = await service.create({ space: NET })
    const { body } = await enqueue(name, { lr: 7, layers: 2.4, momentum: 0.3 }, { repair: true })
    expect(body.params).toEqual({ lr: 1, layers: 2, optimizer: 'adamw' })
    expect(body.proposal.repairs).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ parameter: 'lr', from: 7, to: 1, rule: 'clamp' }),
        expect.objectContaining({ parameter: 'layers', from: 2.4, to: 2, rule: 'snap' }),
        expect.objectContaining({ parameter: 'momentum', from: 0.3, to: null, rule: 'inactive' }),
      ]),
    )
    expect((await service.summary(name)).repaired).toBe(1)
  })

  it('take a place in the budget, and are refused if none is left', async () => {
    const name = await service.create({ space: NET, budget: { trials: 2 } })
    await enqueue(name, { layers: 1 })
    await enqueue(name, { layers: 3 })
    expect(await enqueue(name, { layers: 4 })).toMatchObject({
      status: 409,
      body: { code: 'study_finished', detail: expect.stringContaining('raise budget.trials') },
    })
    expect(await enqueue(name, { layers: 3 })).toMatchObject({ status: 200, body: { number: 1 } })
    expect((await service.ask(name, 'w', 64)).map((t) => t.proposal.source)).toEqual(['enqueued', 'enqueued'])
    await service.patch(`/studies/${name}`, { budget: { trials: 3 } })
    expect(await enqueue(name, { layers: 4 })).toMatchObject({ status: 201, body: { number: 2 } })
  })

  it('never run beyond the budget, however many are queued by however many at once', async () => {
    const name = await service.create({ budget: { trials: 10 } })
    await service.ask(name, 'early', 4)
    const queued = await Promise.all(Array.from({ length: 30 }, (_, i) => enqueue(name, { x: i / 7 })))
    expect(queued.map(({ status }) => status).sort()).toEqual([...Array(6).fill(201), ...Array(24).fill(409)])
    expect(await service.ask(name, 'late', 64)).toHaveLength(6)
    expect((await service.summary(name)).budget).toMatchObject({ trials: 10, trialsUsed: 10 })
    expect(await unsound(service.running.database, name, service.running.queues)).toEqual([])
  })

  it('are cancelled like any other, and their place is free again', async () => {
    const name = await service.create({ space: NET, budget: { trials: 1 } })
    const { body } = await enqueue(name, { layers: 1 })
    expect((await service.post(`/studies/${name}/trials/${body.number}/cancel`)).body.state).toBe('cancelled')
    expect((await service.askOne(name)).number).toBe(1)
    const again = await service.post(`/studies/${name}/trials/${body.number}/cancel`)
    expect(again).toMatchObject({ status: 200, body: { state: 'cancelled' } })
  })

  it('are refused by a study that is finished', async () => {
    const name = await service.create({ space: NET })
    await service.patch(`/studies/${name}`, { state: 'finished', reason: 'enough' })
    expect(await enqueue(name, { layers: 1 })).toMatchObject({
      status: 409,
      body: { code: 'study_finished', detail: 'enough' },
    })
  })

  it('are queued while a study is paused, and run once it goes on', async () => {
    const name = await service.create({ space: NET })
    await service.patch(`/studies/${name}`, { state: 'paused' })
    expect((await enqueue(name, { layers: 5 })).status).toBe(201)
    expect(await service.ask(name)).toEqual([])
    await service.patch(`/studies/${name}`, { state: 'active' })
    expect((await service.askOne(name)).params.layers).toBe(5)
  })

  it.each([
    [{ layer: 1 }, 'params.layer'],
    [{ lr: 0.1, constructor: 1 }, 'params.constructor'],
  ])('are refused with a name that the space does not have: %j', async (params, path) => {
    const name = await service.create({ space: NET })
    const { status, body } = await enqueue(name, params)
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'invalid_params', errors: [{ path }] })
  })

  it('are refused where no repair makes them possible', async () => {
    const space = {
      parameters: { a: NET.parameters.layers, b: NET.parameters.layers },
      constraints: ['a + b <= 8'],
    }
    const name = await service.create({ space })
    const { status, body } = await enqueue(name, { a: 8, b: 8 })
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'invalid_params', errors: [{ path: 'params' }] })
    expect(body.detail).toContain('a + b <= 8')
  })

  describe('that ran elsewhere', () => {
    const params = { lr: 0.02, layers: 4, optimizer: 'adamw' }

    it('are imported as told, and teach the search', async () => {
      const name = await service.create({ space: NET, method: 'sobol' })
      const told = {
        outcome: 'complete',
        value: 0.5,
        trainSeconds: 100,
        metrics: { epoch: 3 },
        message: 'old',
      }
      const { status, body } = await enqueue(name, params, told)
      expect(status).toBe(201)
      const { outcome: _, ...stored } = told
      expect(body).toMatchObject({
        number: 0,
        state: 'complete',
        params,
        attempt: 0,
        proposal: { source: 'imported' },
        ...stored,
      })
      expect((await service.get(`/studies/${name}/optimizer`)).body.optimizer.observations).toBe(1)
      expect((await service.get(`/studies/${name}`)).body.best).toEqual({ number: 0, value: 0.5 })
      await service.restart()
      expect((await service.get(`/studies/${name}/optimizer`)).body.optimizer.observations).toBe(1)
    })

    it('cost the study no budget, and no train seconds', async () => {
      const name = await service.create({ space: NET, budget: { trials: 1, trainSeconds: 50 } })
      await enqueue(name, params, { outcome: 'complete', value: 9, trainSeconds: 1000 })
      await enqueue(name, params, { outcome: 'oom', trainSeconds: 1000 })
      expect(await service.summary(name)).toMatchObject({
        imported: 2,
        state: 'active',
        budget: { trialsUsed: 0, trainSecondsUsed: 0 },
      })
      const trial = await service.askOne(name)
      await service.tell(name, trial, { outcome: 'complete', value: 5, trainSeconds: 20 })
      const { body } = await service.get(`/studies/${name}/incumbents`)
      expect(body.incumbents).toMatchObject([
        { number: 0, value: 9, trainSeconds: 0 },
        { number: 2, value: 5, trainSeconds: 20 },
      ])
      expect(await unsound(service.running.database, name, service.running.queues)).toEqual([])
    })

    it('may have failed, diverged, been pruned', async () => {
      const name = await service.create({ space: NET })
      expect((await enqueue(name, params, { outcome: 'oom' })).body).toMatchObject({ failure: 'oom' })
      expect((await enqueue(name, params, { outcome: 'complete', value: 'NaN' })).body.failure).toBe(
        'diverged',
      )
      expect((await enqueue(name, params, { outcome: 'pruned', value: 3 })).body).toMatchObject({
        state: 'pruned',
        value: 3,
      })
    })

    it('are taken in after the study has finished', async () => {
      const name = await service.create({ space: NET })
      await service.patch(`/studies/${name}`, { state: 'finished' })
      expect((await enqueue(name, params, { outcome: 'complete', value: 1 })).status).toBe(201)
    })

    it.each([
      [{ ...params, lr: 7 }, 'params.lr'],
      [{ lr: 0.1, layers: 2 }, 'params.optimizer'],
      [{ ...params, momentum: 0.1 }, 'params.momentum'],
      [{ ...params, layers: '4' }, 'params.layers'],
      [{ ...params, width: 1 }, 'params.width'],
    ])('are not repaired: %j is refused', async (given, path) => {
      const name = await service.create({ space: NET })
      const { status, body } = await enqueue(name, given, { outcome: 'complete', value: 1 })
      expect(status).toBe(400)
      expect(body).toMatchObject({ code: 'invalid_params', errors: [{ path }] })
      expect((await service.get(`/studies/${name}/trials`)).body.trials).toEqual([])
    })

    it('have a value where they are complete', async () => {
      const name = await service.create({ space: NET })
      expect(await enqueue(name, params, { outcome: 'complete' })).toMatchObject({
        status: 400,
        body: { errors: [{ path: 'value' }] },
      })
    })

    it('are refused with a value but without an outcome', async () => {
      const name = await service.create({ space: NET })
      const { status, body } = await enqueue(name, params, { value: 3, trainSeconds: 2 })
      expect(status).toBe(400)
      expect(body.errors.map((e: { path: string }) => e.path)).toEqual(['value', 'trainSeconds'])
    })
  })

  it('respect the study’s fixed parameters', async () => {
    const name = await service.create({ space: NET, fixed: { layers: 6 } })
    expect((await enqueue(name, { lr: 0.5 })).body.params.layers).toBe(6)
    const told = { outcome: 'complete', value: 1 }
    const other = await enqueue(name, { lr: 0.5, layers: 5, optimizer: 'adamw' }, told)
    expect(other).toMatchObject({ status: 400, body: { errors: [{ path: 'params.layers' }] } })
  })
})
