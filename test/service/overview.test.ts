import { describe, expect, it } from 'vitest'
import { comparison, untilEnded } from '../experiments/plans.js'
import { databases } from '../postgres.js'
import { type Body, useService } from './service.js'

describe.each(databases())('the overview on $name', (engine) => {
  const service = useService(engine)

  const overview = async (query = ''): Promise<Body> => {
    const { status, body } = await service.get(`/overview?${query}`)
    expect(status).toBe(200)
    return body
  }
  const names = async (query: string): Promise<string[]> =>
    (await overview(query)).studies.map(({ name }: Body) => name)

  it.each(['search=%00', 'tag=a%00'])('refuses what no database stores: %s', async (query) => {
    const { status, body } = await service.get(`/overview?${query}`)
    expect(status).toBe(400)
    expect(body.errors[0]).toMatchObject({
      path: query.split('=')[0],
      message: expect.stringContaining('U+0000'),
    })
  })

  it('is empty at first', async () => {
    expect(await overview()).toEqual({ studies: [], cells: 0 })
  })

  it('shows what a list needs, of a study without trials and of one with some', async () => {
    const empty = await service.create({ description: 'nothing yet' })
    const busy = await service.create({
      objective: { metric: 'loss', noise: 0.1 },
      budget: { trials: 10, trainSeconds: 100 },
    })
    await service.run(busy, 3, { trainSeconds: 30 })
    await service.run(busy, 2, { trainSeconds: 30 })
    await service.tell(busy, await service.askOne(busy), { outcome: 'oom', trainSeconds: 10 })
    await service.ask(busy, 'a', 1)
    const [first, second] = (await overview()).studies
    expect(first).toMatchObject({
      name: busy,
      state: 'active',
      metric: 'loss',
      direction: 'minimize',
      optimizer: 'random',
      best: { number: 1, value: 2, noise: 0.1 },
      spark: [
        [1, 3],
        [2, 2],
      ],
      budget: { trials: 10, trialsUsed: 4, trainSecondsUsed: 70, used: 0.7 },
      oomRate: { all: 1 / 3, last50: 1 / 3 },
      dollars: 0,
      llmCalls: 0,
      workers: 1,
      tags: [],
    })
    expect(second).toMatchObject({
      name: empty,
      description: 'nothing yet',
      spark: [],
      workers: 0,
      budget: { used: null },
    })
    expect(second.best).toBeUndefined()
  })

  it('finds studies by state, tag, and parts of what they are called', async () => {
    const [paused, noted] = [await service.create({ description: 'Learning RATES' }), await service.create()]
    await service.patch(`/studies/${paused}`, { state: 'paused', tags: ['later', 'gpu'] })
    await service.patch(`/studies/${noted}`, { note: '100 % of rates_x' })
    expect(await names('state=paused')).toEqual([paused])
    expect(await names('search=rates')).toEqual([noted, paused])
    expect(await names('search=%25')).toEqual([noted])
    expect(await names('search=s_x')).toEqual([noted])
    expect(await names(`search=${noted}`)).toEqual([noted])
    expect(await names('tag=gpu')).toEqual([paused])
    expect(await names('tag=gp')).toEqual([])
  })

  it('lists the studies of experiments or leaves them out, and counts them', async () => {
    const own = await service.create({ description: 'beside a grid' })
    const { status } = await service.post('/experiments', comparison('grid'))
    expect(status).toBe(201)
    await untilEnded(service, 'grid')
    const ofGrid = ['random.1', 'random.2', 'tpe.1', 'tpe.2'].flatMap((cell) => [
      `grid.${cell}`,
      `grid.${cell}.endpoint`,
    ])
    const all = await overview('search=grid')
    expect(all.cells).toBe(8)
    expect(new Map(all.studies.map(({ name, experiment }: Body) => [name, experiment]))).toEqual(
      new Map([[own, undefined], ...ofGrid.map((name) => [name, 'grid'] as const)]),
    )
    const { studies, cells } = await overview('search=grid&cells=false')
    expect([cells, studies.map(({ name }: Body) => name)]).toEqual([8, [own]])
    expect(await overview('search=tpe.1&cells=false')).toMatchObject({ studies: [], cells: 2 })

    const listed = async (query: string) =>
      (await service.get(`/studies?limit=1000${query}`)).body.studies.map(({ name }: Body) => name)
    const plain = await listed('')
    expect(plain).toEqual(expect.arrayContaining(ofGrid))
    expect(await listed('&cells=false')).toEqual(plain.filter((name: string) => !ofGrid.includes(name)))
    expect((await service.get('/studies?cells=maybe')).status).toBe(400)
  })

  it('comes in pages', async () => {
    for (let made = 0; made < 5; made++) await service.create({ description: 'paged' })
    const all = await names('search=paged')
    const found: string[] = []
    for (let cursor = ''; ; ) {
      const { studies, nextCursor } = await overview(`search=paged&limit=2${cursor}`)
      found.push(...studies.map(({ name }: Body) => name))
      if (nextCursor === undefined) break
      cursor = `&cursor=${nextCursor}`
    }
    expect(found).toEqual(all)
    expect((await service.get('/overview?cursor=abc')).body).toMatchObject({ code: 'invalid_cursor' })
  })
})
