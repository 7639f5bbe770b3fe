/** Experiments over HTTP, on both databases: from the plan to the analysis. */
import { describe, expect, it, vi } from 'vitest'
import { databases } from '../postgres.js'
import { type Body, useService } from '../service/service.js'
import { comparison, untilEnded, untilThere } from './plans.js'

describe.each(databases())('experiments on $name', (engine) => {
  const service = useService(engine)

  const create = async (plan: object, status = 201): Promise<Body> => {
    const answer = await service.post('/experiments', plan)
    expect(answer.status, JSON.stringify(answer.body)).toBe(status)
    return answer.body
  }

  /** A study that was just being created when its experiment paused is paused a second later. */
  const expectState = async (study: string, state: string) => {
    expect((await service.get(`/studies/${study}`)).body.state).toBe(state)
  }

  const refusedAt = async (plan: object): Promise<string[]> => {
    const { errors } = await create(plan, 400)
    return errors.map(({ path }: { path: string }) => path)
  }

  it('run every cell once, each an ordinary study, and measure what it recommends', async () => {
    const created = await create(comparison('first'))
    expect(created.plan).toMatchObject({ canShow: false, contrasts: 1, leastP: 0.25, seedsNeeded: 5 })
    expect(created.plan.warnings[0]).toContain('at least 5 seeds are needed')
    const ended = await untilEnded(service, 'first')
    expect(ended).toMatchObject({ state: 'finished', progress: { cells: 4, finished: 4, share: 1 } })
    expect(ended.cells.map((cell: Body) => [cell.arm, cell.seed, cell.study, cell.state])).toEqual([
      ['random', 1, 'first.random.1', 'finished'],
      ['tpe', 1, 'first.tpe.1', 'finished'],
      ['random', 2, 'first.random.2', 'finished'],
      ['tpe', 2, 'first.tpe.2', 'finished'],
    ])
    for (const cell of ended.cells) {
      const study = await service.summary(cell.study)
      expect(study).toMatchObject({ state: 'finished', incumbent: { value: cell.best } })
      expect(cell.runs).toHaveLength(2)
      expect(cell.endpoint).toBeCloseTo((cell.runs[0] + cell.runs[1]) / 2, 12)
      expect(cell.trials).toBe(6)
      expect(cell.endpointSeconds).toBeGreaterThan(0)
      expect(Math.abs(cell.worth - cell.endpoint)).toBeLessThan(0.05)
    }
  })

  it('charge the runs of the endpoint to the experiment, in a study of their own with fresh noise', async () => {
    await create(comparison('charged', { seeds: [7] }))
    const [cell] = (await untilEnded(service, 'charged')).cells
    const study = await service.get(`/studies/${cell.study}.endpoint`)
    expect(study.body).toMatchObject({ state: 'finished', trials: { complete: 2 } })
    const { trials } = (await service.get(`/studies/${cell.study}.endpoint/trials`)).body
    for (const trial of trials) {
      expect(trial.params).toEqual(cell.recommended.params)
      expect(trial.proposal.source).toBe('repeat')
      expect(trial.value).not.toBe(cell.best)
    }
    expect(trials[0].value).not.toBe(trials[1].value)
    const own = await service.summary(cell.study)
    expect(own.budget.trainSecondsUsed).toBeCloseTo(cell.trainSeconds, 6)
    const of = { experiment: 'charged', arm: cell.arm, seed: 7 }
    expect([own.cell, (await service.summary(`${cell.study}.endpoint`)).cell]).toEqual([of, of])
    expect((await service.summary(await service.create())).cell).toBeUndefined()
  })

  it('pair: the arms of a seed begin with the same design and measure the same of a configuration', async () => {
    const arms = ['gp', 'tpe'].map((method) => ({ name: method, method }))
    await create(comparison('paired', { arms, baseline: 'tpe', seeds: 1 }))
    await untilEnded(service, 'paired')
    const trialsOf = async (arm: string) => (await service.get(`/studies/paired.${arm}.1/trials`)).body.trials
    const [gp, tpe] = [await trialsOf('gp'), await trialsOf('tpe')]
    for (let number = 0; number < 5; number++) {
      expect(tpe[number].params).toEqual(gp[number].params)
      expect(tpe[number].value).toBe(gp[number].value)
    }
    expect(tpe[5].params).not.toEqual(gp[5].params)
  })

  it('are idempotent by name and plan, and say where another plan differs', async () => {
    const plan = comparison('idempotent', { seeds: 1 })
    const first = await create(plan)
    const again = await create({ ...plan, description: 'the same', parallel: 1 }, 200)
    expect(again.id).toBe(first.id)
    const other = await create({ ...plan, alpha: 0.1, study: { ...plan.study, budget: { trials: 7 } } }, 409)
    expect(other.code).toBe('experiment_exists')
    expect(other.errors.map(({ path }: { path: string }) => path)).toEqual([
      'arms.0.budget',
      'arms.1.budget',
      'alpha',
    ])
  })

  it('say what they would take and could show before anything is paid for', async () => {
    const plan = { ...comparison('dry'), dryRun: true, seeds: 8, gpuDollarsPerHour: 3 }
    const { estimate, plan: outlook } = await create(
      { ...plan, study: { ...plan.study, budget: { trainSeconds: 86_400 } } },
      200,
    )
    // 16 cells of 24 hours, and two runs of 300 s for the endpoint of each
    expect(estimate).toMatchObject({ cells: 16, trials: 16 * (288 + 2), gpuHours: 16 * (24 + 600 / 3600) })
    expect(estimate.dollars).toBeCloseTo(3 * estimate.gpuHours)
    expect(estimate.notes).toContainEqual(expect.stringContaining('simulated-h200 is simulated'))
    expect(estimate.wallHours).toBeCloseTo(estimate.gpuHours / 2)
    expect(outlook).toMatchObject({ canShow: true, leastP: 2 ** -8, warnings: [] })
    expect((await service.get('/experiments/dry')).status).toBe(404)
  })

  it('refuse bad plans with the path', async () => {
    const bad = (more: object) => refusedAt(comparison('bad', more))
    const study = comparison('bad').study
    const arm = { name: 'a', method: 'random' }
    expect(await bad({ baseline: undefined })).toEqual(['baseline'])
    expect(await bad({ baseline: 'nobody' })).toEqual(['baseline'])
    expect(await bad({ arms: [arm, arm], baseline: 'a' })).toEqual(['arms.1.name'])
    expect(await bad({ seeds: [3, 4, 3] })).toEqual(['seeds.2'])
    expect(await bad({ looks: [3] })).toEqual(['looks.0'])
    expect(await bad({ looks: [2, 1] })).toEqual(['looks.1'])
    expect(await bad({ alpha: 1 })).toEqual(['alpha'])
    expect(await bad({ endpoint: { of: 'recommended', trainer: 'nobody' } })).toEqual(['endpoint.trainer'])
    expect(await bad({ contrasts: [{ arm: 'tpe', baseline: 'x' }] })).toEqual(['contrasts.0.baseline'])
    expect(await bad({ arms: [arm, { ...arm, name: 'b', method: 'none' }], baseline: 'a' })).toEqual([
      'arms.1.method',
    ])
    const metric = { metric: 'other', direction: 'minimize' }
    expect(await bad({ arms: [arm, { ...arm, name: 'b', objective: metric }], baseline: 'a' })).toEqual([
      'arms.1.objective',
    ])
    expect(await bad({ study: { ...study, budget: {} } })).toEqual(['study.budget'])
    expect(await bad({ study: { ...study, space: 'nowhere' } })).toEqual(['study.space'])
    expect(await bad({ arms: undefined })).toEqual(['arms'])
    expect(
      await bad({
        name: `${'long'.repeat(12)}`,
        arms: [{ ...arm, name: 'b'.repeat(30) }],
        seeds: [2 ** 53 - 1],
      }),
    ).toEqual(['baseline', 'arms.0.name'])
    expect((await service.get('/experiments/bad')).status).toBe(404)
  })

  it('make the arms of an ablation, with the controls at every share and the trend declared', async () => {
    const ablation = {
      optimizer: { kind: 'cma-es' },
      advisor: { kind: 'expert', warmup: 2 },
      ratios: [0.5],
      controls: ['copy'],
      adaptive: true,
    }
    const plan = comparison('ablated', { arms: undefined, baseline: undefined, ablation, seeds: 1 })
    const made = await create(plan)
    expect(made.arms.map(({ name }: Body) => name)).toEqual([
      'alone',
      'expert-0.5',
      'expert-1',
      'expert-adaptive',
      'copy-0.5',
      'copy-1',
    ])
    expect(made.baseline).toBe('alone')
    expect(made.contrasts.map(({ arm }: Body) => arm)).toEqual(['expert-0.5', 'expert-1', 'expert-adaptive'])
    expect(made.arms[4].method.advisor).toMatchObject({ kind: 'copy', ratio: 0.5, warmup: 2 })
    const { cells } = await untilEnded(service, 'ablated')
    expect(cells[0].advised).toBe(0)
    expect(cells[2].advised).toBeGreaterThan(0.5)
  })

  it('pause with their studies, and go on with them', async () => {
    await create(comparison('halted', { study: { ...comparison('').study, budget: { trials: 200 } } }))
    await untilThere(service, 'halted.random.1')
    const paused = await service.post('/experiments/halted/pause', { reason: 'the card is needed' })
    expect(paused.body).toMatchObject({ state: 'paused', reason: 'the card is needed' })
    const open = paused.body.cells.filter(({ state }: Body) => state === 'running')
    for (const { study } of open) await vi.waitFor(() => expectState(study, 'paused'), 10_000)
    await service.post('/experiments/halted/resume')
    expect(await untilEnded(service, 'halted')).toMatchObject({
      state: 'finished',
      progress: { finished: 4 },
    })
    const kinds = (await service.get('/experiments/halted/log')).body.events.map(({ kind }: Body) => kind)
    expect(kinds).toEqual(
      expect.arrayContaining(['created', 'cell-running', 'paused', 'resumed', 'finished']),
    )
  })

  it('stop, keep what has ended, and go on when they are resumed', async () => {
    await create(
      comparison('stopped', { parallel: 1, study: { ...comparison('').study, budget: { trials: 120 } } }),
    )
    await untilThere(service, 'stopped.random.1')
    const stopped = await service.post('/experiments/stopped/stop', {})
    expect(stopped.body.state).toBe('finished')
    expect(stopped.body.cells.every(({ state }: Body) => state === 'stopped' || state === 'finished')).toBe(
      true,
    )
    await service.post('/experiments/stopped/resume')
    const ended = await untilEnded(service, 'stopped')
    expect(ended.progress).toMatchObject({ finished: 4, stopped: 0 })
    for (const cell of ended.cells) expect(cell.trials).toBe(120)
  })

  it('name why a cell failed, go on with the others, and run it again alone', async () => {
    const plan = comparison('failing', {
      seeds: 1,
      parallel: 1,
      study: { ...comparison('').study, budget: { trials: 200 } },
    })
    await create(plan)
    await untilThere(service, 'failing.random.1')
    await service.patch('/studies/failing.random.1', { state: 'finished', reason: 'the power went out' })
    const ended = await untilEnded(service, 'failing')
    expect(ended).toMatchObject({ state: 'failed', progress: { finished: 1, failed: 1 } })
    expect(ended.cells[0]).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('the power went out'),
    })
    expect(await service.post('/experiments/failing/cells/tpe/1/retry')).toMatchObject({ status: 409 })
    expect(await service.post('/experiments/failing/cells/nobody/1/retry')).toMatchObject({ status: 404 })
    await service.post('/experiments/failing/cells/random/1/retry')
    const again = await untilEnded(service, 'failing')
    expect(again.cells[0]).toMatchObject({
      state: 'finished',
      study: 'failing.random.1',
      trials: 200,
      attempt: 2,
    })
  })

  it('take more seeds and arms, marked as additions', async () => {
    await create(comparison('grown', { seeds: 1 }))
    await untilEnded(service, 'grown')
    const arms = [{ name: 'sobol', method: 'sobol' }]
    const extended = await service.patch('/experiments/grown', { seeds: 2, arms })
    expect(extended.body).toMatchObject({
      state: 'running',
      seeds: [1, 2],
      additions: [{ arms: ['sobol'], seeds: [2] }],
    })
    const ended = await untilEnded(service, 'grown')
    expect(ended.cells).toHaveLength(6)
    const added = ended.cells.filter((cell: Body) => cell.added).map((cell: Body) => cell.study)
    expect(added.sort()).toEqual(['grown.random.2', 'grown.sobol.1', 'grown.sobol.2', 'grown.tpe.2'])
    const twice = await service.patch('/experiments/grown', { arms })
    expect(twice.body.errors).toEqual([
      { path: 'arms.0.name', message: expect.stringContaining('there already') },
    ])
    expect((await create(comparison('grown', { seeds: 1 }), 200)).cells).toHaveLength(6)
  })

  it('leave cells without a trainer to workers from outside', async () => {
    const space = { parameters: { x: { type: 'float', low: -5, high: 10 } } }
    const study = { space, objective: { metric: 'loss' }, budget: { trials: 3 } }
    await create(comparison('outside', { study, seeds: 1, endpoint: { of: 'best' } }))
    for (const arm of ['random', 'tpe']) {
      const name = `outside.${arm}.1`
      await untilThere(service, name)
      for (let i = 0; i < 3; i++) await service.run(name, i)
    }
    const ended = await untilEnded(service, 'outside')
    expect(ended.cells.map((cell: Body) => cell.endpoint)).toEqual([0, 0])
  })

  it('fail a cell whose study somebody ended, also where its time by the clock is limited', async () => {
    const plan = comparison('cut', { seeds: [1] })
    const { trainer: _, ...study } = plan.study
    const outside = { ...study, budget: { trials: 300, wallSeconds: 86_400 } }
    await create({ ...plan, study: outside })
    for (const name of ['cut.random.1', 'cut.tpe.1']) {
      await untilThere(service, name)
      const trial = await service.askOne(name)
      await service.tell(name, trial, { outcome: 'complete', value: 1 })
      expect((await service.patch(`/studies/${name}`, { state: 'finished' })).status).toBe(200)
    }
    const { cells } = await untilEnded(service, 'cut')
    for (const { state, reason } of cells) {
      expect(state).toBe('failed')
      expect(reason).toContain('its study was ended before its budget was spent')
    }
    await service.delete('/experiments/cut')
  })

  it('are deleted with their studies, once they have ended', async () => {
    await create(comparison('deleted', { seeds: 1 }))
    await untilEnded(service, 'deleted')
    expect((await service.delete('/experiments/deleted')).status).toBe(204)
    for (const path of ['/experiments/deleted', '/studies/deleted.tpe.1', '/studies/deleted.tpe.1.endpoint'])
      expect((await service.get(path)).status).toBe(404)
    await create(comparison('busy', { study: { ...comparison('').study, budget: { trials: 5000 } } }))
    expect((await service.delete('/experiments/busy')).body.code).toBe('experiment_busy')
    expect((await service.delete('/experiments/busy?force=true')).status).toBe(204)
  })

  it('are followed by their events, and again from where a client was', async () => {
    await create(comparison('followed', { seeds: 1 }))
    await untilEnded(service, 'followed')
    if (service.url === '') await service.listen()
    const eventsAfter = async (after: string) => {
      const stop = new AbortController()
      const kinds: string[] = []
      const { body } = await fetch(`${service.url}/experiments/followed/events?after=${after}`, stop)
      for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
        kinds.push(...[...chunk.matchAll(/^event: (.*)$/gm)].map(([, kind]) => kind!))
        if (kinds.at(-1) === 'finished') break
      }
      stop.abort()
      return kinds
    }
    const all = await eventsAfter('')
    expect(all[0]).toBe('created')
    expect(all.filter((kind) => kind === 'cell-finished')).toHaveLength(2)
    expect(await eventsAfter('1')).toEqual(all.slice(1))
  })

  it('are listed newest first, with their progress', async () => {
    for (const name of ['listed-a', 'listed-b', 'listed-c']) await create(comparison(name, { seeds: 1 }))
    const { body } = await service.get('/experiments?limit=2')
    expect(body.experiments.map(({ name }: Body) => name)).toEqual(['listed-c', 'listed-b'])
    const next = await service.get(`/experiments?limit=2&cursor=${body.nextCursor}`)
    expect(next.body.experiments[0].name).toBe('listed-a')
    expect((await service.get('/experiments?state=failed')).body.experiments).toEqual([])
  })

  it('are analysed from what is stored with their cells', async () => {
    await create(comparison('analysed', { seeds: 3 }))
    await untilEnded(service, 'analysed')
    const { body } = await service.get('/experiments/analysed/analysis')
    const { cells } = (await service.get('/experiments/analysed')).body
    const mean = (arm: string) => {
      const own = cells.filter((cell: Body) => cell.arm === arm).map((cell: Body) => cell.endpoint)
      return own.reduce((sum: number, value: number) => sum + value, 0) / own.length
    }
    expect(body.arms.map(({ name, n }: Body) => [name, n])).toEqual([
      ['random', 3],
      ['tpe', 3],
    ])
    expect(body.arms[1].mean).toBeCloseTo(mean('tpe'), 12)
    const median = (arm: string) =>
      cells
        .filter((cell: Body) => cell.arm === arm)
        .map((cell: Body) => cell.best as number)
        .toSorted((a: number, b: number) => a - b)[1]
    const level = body.hoursTo.at(-1)
    expect(level.value).toBe(Math.min(median('random'), median('tpe')))
    expect(Math.max(...level.arms.map(({ reached }: Body) => reached))).toBeGreaterThanOrEqual(2)
    expect(body.contrasts).toHaveLength(1)
    expect(body.contrasts[0]).toMatchObject({
      arm: 'tpe',
      baseline: 'random',
      n: 3,
      verdict: 'cannot show',
      final: true,
    })
  })
})
