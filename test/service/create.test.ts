import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { LINE, useService } from './service.js'

describe.each(databases())('creating a study on $name', (engine) => {
  const nobody = { anthropicKey: 'nobody', anthropicUrl: 'http://127.0.0.1:9' }
  const service = useService(engine, { llm: nobody })

  it('answers the whole study, with what was left out filled in', async () => {
    const { status, headers, body } = await service.post('/studies', { name: 'first', space: LINE })
    expect(status).toBe(201)
    expect(headers.location).toBe('/studies/first')
    expect(body).toMatchObject({
      name: 'first',
      state: 'active',
      space: LINE,
      method: { optimizer: { kind: 'gp' }, chosen: expect.stringContaining('chiron') },
      objective: { metric: 'value', direction: 'minimize' },
      budget: {},
      seed: 0,
      lease: { seconds: 150, maxAttempts: 3 },
      trials: { proposing: 0, ready: 0, running: 0, complete: 0, failed: 0, pruned: 0, cancelled: 0 },
    })
    expect(body.best).toBeUndefined()
  })

  it('is found by its name and by its id', async () => {
    const name = await service.create()
    const byName = await service.get(`/studies/${name}`)
    const byId = await service.get(`/studies/${byName.body.id}`)
    expect(byId.body).toEqual(byName.body)
  })

  it('answers the same spec again with the existing study, whatever the order of members', async () => {
    const spec = { name: 'again', space: LINE, budget: { trials: 5 }, seed: 3 }
    const made = await service.post('/studies', spec)
    const spelledOut = {
      seed: 3,
      lease: { maxAttempts: 3 },
      budget: { trials: 5 },
      method: 'chiron',
      description: 'another description is still the same study',
      space: { parameters: { x: { high: 10, low: -5, type: 'float' } } },
      name: 'again',
    }
    const again = await service.post('/studies', spelledOut)
    expect(made.status).toBe(201)
    expect(again.status).toBe(200)
    expect(again.body).toEqual(made.body)
  })

  it('also after its budget was changed: the comparison uses the spec at creation', async () => {
    const spec = { name: 'changed-since', space: LINE, budget: { trials: 5 } }
    await service.post('/studies', spec)
    await service.patch('/studies/changed-since', { budget: { trials: 50 } })
    const again = await service.post('/studies', spec)
    expect(again.status).toBe(200)
    expect(again.body.budget).toEqual({ trials: 50 })
  })

  it.each([
    { seed: 1 },
    { space: { parameters: { x: { type: 'float', low: -5, high: 11 } } } },
    { budget: { trials: 1 } },
    { objective: { metric: 'value', direction: 'maximize' } },
    { method: 'sobol' },
    { fixed: { x: 1 }, space: { parameters: { ...LINE.parameters, y: { type: 'bool' } } } },
  ])('refuses another spec under its name: %j', async (difference) => {
    const name = await service.create({ seed: 0 })
    const same = { name, space: LINE, method: 'random' }
    expect((await service.post('/studies', same)).status).toBe(200)
    const { status, body } = await service.post('/studies', { ...same, ...difference })
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'study_exists', retryable: false, study: await service.id(name) })
  })

  it('answers a study of the time when random was the method of one that named none', async () => {
    const spec = { name: 'of-old', space: LINE, seed: 3 }
    await service.post('/studies', { ...spec, method: 'random' })
    const digested = JSON.stringify({
      budget: {},
      lease: { maxAttempts: 3, seconds: 150 },
      method: 'random',
      name: 'of-old',
      objective: { direction: 'minimize', metric: 'value' },
      parallel: 1,
      seed: 3,
      space: { parameters: { x: { high: 10, low: -5, type: 'float' } } },
    })
    const digest = createHash('sha256').update(digested).digest('hex')
    await service.running.database.query(`update studies set digest = $1 where name = 'of-old'`, [digest])
    for (const again of [spec, { ...spec, method: 'random' }])
      expect(await service.post('/studies', again)).toMatchObject({ status: 200, body: { method: 'random' } })
    for (const other of [
      { ...spec, method: 'chiron' },
      { ...spec, seed: 4 },
    ])
      expect((await service.post('/studies', other)).status).toBe(409)
  })

  it('takes the space of its trainer where it names none', async () => {
    const spec = { name: 'by-trainer', trainer: 'simulated-h200', method: 'random', budget: { trials: 1 } }
    const { status, body } = await service.post('/studies', spec)
    expect(status).toBe(201)
    expect(body.space).toBe('autoresearch-14')
    expect(await service.post('/studies', spec)).toMatchObject({ status: 200, body: { id: body.id } })
    const fixed = { ...spec, name: 'by-trainer-fixed', fixed: { DEPTH: 8 } }
    expect(await service.post('/studies', fixed)).toMatchObject({
      status: 201,
      body: { fixed: { DEPTH: 8 } },
    })
  })

  it('creates one study under concurrent creations', async () => {
    const spec = { name: 'at-once', space: LINE }
    const answers = await Promise.all(Array.from({ length: 20 }, () => service.post('/studies', spec)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(19)
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    expect(await service.log('at-once')).toMatchObject([{ seq: 1, kind: 'created' }])
  })

  it('takes every space of the catalogue, and every method', async () => {
    const { body: catalogue } = await service.get('/spaces')
    const { body: known } = await service.get('/methods')
    expect(catalogue.spaces.length).toBeGreaterThan(3)
    for (const { name: space } of catalogue.spaces) {
      const name = await service.create({ space })
      expect((await service.askOne(name)).proposal.source).toBe('default')
    }
    for (const { name: method, method: spelledOut } of known.methods) {
      // What edits programs needs a task; test/agents/turn.test.ts has one.
      if (spelledOut.agent !== undefined) continue
      for (const given of [method, spelledOut]) {
        const name = await service.create({ method: given })
        await service.run(name, 1)
        const [next] = await service.ask(name)
        if (spelledOut.advisor?.warmup === 1) expect(next).toBeUndefined()
        else expect(next!.proposal.source).toBe(spelledOut.optimizer.kind)
      }
    }
  })

  it('holds some parameters at one value in the whole study', async () => {
    const space = {
      parameters: { x: { type: 'float', low: 0, high: 1 }, depth: { type: 'int', low: 1, high: 12 } },
    }
    const name = await service.create({ space, fixed: { depth: 7 } })
    const trials = await service.ask(name, 'w', 10)
    expect(trials.map((t) => t.params.depth)).toEqual(Array(10).fill(7))
    expect(new Set(trials.map((t) => t.params.x)).size).toBe(10)
  })

  it('lists studies newest first, by state, and pages through them while others are added', async () => {
    const early = [await service.create(), await service.create(), await service.create()]
    const paused = early[1]!
    await service.patch(`/studies/${paused}`, { state: 'paused' })
    const first = await service.get('/studies?limit=2')
    expect(first.body.studies.map((s: { name: string }) => s.name)).toEqual([early[2], early[1]])
    const added = await service.create()
    const second = await service.get(`/studies?limit=2&cursor=${first.body.nextCursor}`)
    expect(second.body.studies[0].name).toBe(early[0])
    expect(second.body.studies.map((s: { name: string }) => s.name)).not.toContain(added)
    const { body } = await service.get('/studies?state=paused')
    expect(body.studies.map((s: { name: string }) => s.name)).toEqual([paused])
  })

  it('visits each study once, page by page', async () => {
    const names: string[] = []
    for (let cursor = ''; ; ) {
      const { body } = await service.get(`/studies?limit=3${cursor && `&cursor=${cursor}`}`)
      names.push(...body.studies.map((s: { name: string }) => s.name))
      if (body.nextCursor === undefined) break
      cursor = body.nextCursor
    }
    const [{ count }] = (await service.running.database.query<{ count: number }>(
      'select count(*)::int as count from studies',
    )) as [{ count: number }]
    expect(new Set(names).size).toBe(names.length)
    expect(names).toHaveLength(count)
  })

  it('deletes a study with all of its rows, and frees its name', async () => {
    const name = await service.create()
    await service.run(name, 1)
    const id = await service.id(name)
    expect((await service.delete(`/studies/${name}`)).status).toBe(204)
    expect((await service.get(`/studies/${name}`)).body.code).toBe('study_not_found')
    for (const table of ['trials', 'attempts', 'events', 'incumbents']) {
      const [left] = await service.running.database.query<{ n: number }>(
        `select count(*)::int as n from ${table} where study_id = $1`,
        [id],
      )
      expect(left, table).toEqual({ n: 0 })
    }
    const { status, body } = await service.post('/studies', { name, space: LINE })
    expect(status).toBe(201)
    expect(body.id).not.toBe(id)
    expect((await service.askOne(name)).number).toBe(0)
  })

  it('does not delete a study whose trials run, unless forced to', async () => {
    const name = await service.create()
    const trial = await service.askOne(name)
    expect(await service.delete(`/studies/${name}`)).toMatchObject({
      status: 409,
      body: { code: 'study_busy' },
    })
    expect((await service.delete(`/studies/${name}?force=true`)).status).toBe(204)
    expect(await service.tell(name, trial)).toMatchObject({ status: 404, body: { code: 'study_not_found' } })
  })
})
