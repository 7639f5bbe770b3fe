import { describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
import { useService } from './service.js'

describe.each(databases())('notes and tags on $name', (engine) => {
  const service = useService(engine)

  const noted = async (study: string) =>
    (await service.log(study))
      .filter(({ kind }) => kind === 'noted')
      .map(({ number, data }) => ({ number, data }))

  it('are put on a trial, replaced and taken away, each time with an event', async () => {
    const name = await service.create()
    await service.run(name, 1)
    const trial = `/studies/${name}/trials/0`
    const first = await service.patch(trial, { note: 'odd <b>', tags: ['a', 'b', 'a'] })
    expect(first).toMatchObject({ status: 200, body: { number: 0, note: 'odd <b>', tags: ['a', 'b'] } })
    expect((await service.patch(trial, { note: 'odd <b>' })).status).toBe(200)
    expect((await service.patch(trial, { tags: [] })).body.tags).toBeUndefined()
    expect((await service.patch(trial, { note: '' })).body.note).toBeUndefined()
    expect(await noted(name)).toEqual([
      { number: 0, data: { note: 'odd <b>', tags: ['a', 'b'] } },
      { number: 0, data: { tags: [] } },
      { number: 0, data: { note: '' } },
    ])
    const { database, queues } = service.running
    expect(await unsound(database, name, queues)).toEqual([])
  })

  it('stay when the trial ends, and are in its exports', async () => {
    const name = await service.create()
    const running = await service.askOne(name)
    await service.patch(`/studies/${name}/trials/0`, { note: 'watch this', tags: ['t'] })
    const { body } = await service.tell(name, running)
    expect(body).toMatchObject({ state: 'complete', note: 'watch this', tags: ['t'] })
    const { body: file } = await service.get(`/studies/${name}/export?format=jsonl`)
    expect(JSON.parse(file)).toMatchObject({ note: 'watch this', tags: ['t'] })
    const other = await service.create()
    const imported = await service.call('POST', `/studies/${other}/import`, file, {
      'content-type': 'application/x-ndjson',
    })
    expect(imported.status).toBe(201)
  })

  it('are put on a study, which stays as it is', async () => {
    const name = await service.create({ budget: { trials: 3 } })
    const before = (await service.get(`/studies/${name}`)).body
    const { body } = await service.patch(`/studies/${name}`, { note: 'the second try', tags: ['x'] })
    expect(body).toEqual({ ...before, note: 'the second try', tags: ['x'], updatedAt: body.updatedAt })
    expect(await noted(name)).toEqual([{ number: null, data: { note: 'the second try', tags: ['x'] } }])
  })

  it('are refused where they are too long, and of a trial that there is not', async () => {
    const name = await service.create()
    const refused = async (body: object) => (await service.patch(`/studies/${name}/trials/0`, body)).body.code
    expect(await refused({ note: 'x' })).toBe('trial_not_found')
    expect(await refused({ note: 'x'.repeat(10_001) })).toBe('invalid_request')
    expect(await refused({ tags: ['x'.repeat(51)] })).toBe('invalid_request')
    expect(await refused({ value: 3 })).toBe('invalid_request')
    expect(await noted(name)).toEqual([])
  })
})

describe.each(databases())('a confirmation on $name', (engine) => {
  const service = useService(engine)

  it('queues the best configurations again, in rounds', async () => {
    const name = await service.create({ budget: { trials: 20 } })
    for (const value of [3, 1, 2]) await service.run(name, value)
    const { status, body } = await service.post(`/studies/${name}/confirm`, { top: 2, repeats: 2 })
    expect({ status, body }).toEqual({ status: 201, body: { trials: [3, 4, 5, 6] } })
    const confirms = await Promise.all(
      body.trials.map(async (n: number) => (await service.show(name, n)).proposal.confirms),
    )
    expect(confirms).toEqual([1, 2, 1, 2])
    for (const value of [1.5, 2.5, 1.7, 2.3]) await service.run(name, value)
    const { confirmed } = await service.summary(name)
    expect(confirmed).toMatchObject([
      { number: 1, runs: 2, mean: 1.6 },
      { number: 2, runs: 2, mean: 2.4 },
    ])
    const { trials } = (await service.get(`/studies/${name}/best?count=2`)).body
    expect(trials.map(({ number }: { number: number }) => number)).toEqual([1, 2])
  })

  it('goes on with a finished study, for so many trials', async () => {
    const name = await service.create({ budget: { trials: 2 } })
    for (const value of [3, 1]) await service.run(name, value)
    expect((await service.get(`/studies/${name}`)).body.state).toBe('finished')
    await service.post(`/studies/${name}/confirm`, { top: 1, repeats: 2 })
    const study = (await service.get(`/studies/${name}`)).body
    expect(study).toMatchObject({ state: 'active', budget: { trials: 4 }, trials: { ready: 2 } })
    for (const value of [1, 2]) await service.run(name, value)
    expect((await service.get(`/studies/${name}`)).body.state).toBe('finished')
    const { database, queues } = service.running
    expect(await unsound(database, name, queues)).toEqual([])
  })

  it('is refused without a result, and where another limit is spent', async () => {
    const name = await service.create({ budget: { trainSeconds: 10 } })
    const refused = async () => (await service.post(`/studies/${name}/confirm`, { top: 1 })).body
    expect(await refused()).toMatchObject({ status: 409, code: 'no_results' })
    await service.run(name, 1, { trainSeconds: 10 })
    expect(await refused()).toMatchObject({ status: 409, code: 'study_finished' })
  })
})
