import { describe, expect, it, vi } from 'vitest'
import { databases } from '../postgres.js'
import { loseLeases } from './leases.js'
import { importWide, WIDE, wideTrial } from './many-trials.js'
import { type Body, useService } from './service.js'

vi.setConfig({ testTimeout: 120_000 })

describe.each(databases())('columns on $name', (engine) => {
  const service = useService(engine)

  const read = async (study: string, query = '') => {
    const { status, body } = await service.get(`/studies/${study}/columns${query && `?${query}`}`)
    expect(status).toBe(200)
    return body
  }

  /** Rows as objects, from columns of every type; without the members that are null. */
  const rowsOf = ({ count, columns }: Body): Body[] =>
    Array.from({ length: count }, (_, i) =>
      Object.fromEntries(
        Object.entries(columns as Body).flatMap(([name, column]: [string, Body]) => {
          const value = column.type === 'category' ? column.categories[column.codes[i]] : column.values[i]
          expect(column.codes ?? column.values).toHaveLength(count)
          return value === null || value === undefined ? [] : [[name, value]]
        }),
      ),
    )

  const allPages = async (study: string, query: string) => {
    const pages: Body[] = []
    for (let cursor = ''; ; cursor = `&cursor=${pages.at(-1).nextCursor}`) {
      pages.push(await read(study, query + cursor))
      if (pages.at(-1).nextCursor === undefined) return pages
    }
  }

  it('of no trials are empty, and say up to which event they go', async () => {
    const name = await service.create({ space: WIDE })
    const body = await read(name)
    expect(body).toMatchObject({ study: name, seq: 1, count: 0 })
    expect(body.columns['params.lr']).toEqual({ type: 'number', values: [] })
    expect(body.columns['params.size']).toEqual({
      type: 'category',
      categories: ['small', 'middle', 'large'],
      codes: [],
      ordered: true,
    })
    expect(body.columns['params.bias'].categories).toEqual([false, true])
  })

  it('show a trial as the API does', async () => {
    const name = await service.create()
    await service.run(name, 0.5, { trainSeconds: 7, metrics: { steps: 3, gpu: 'x' } })
    const shown = await service.show(name, 0)
    const [row] = rowsOf(
      await read(
        name,
        'fields=state,source,worker,value,trainSeconds,attempt,createdAt,settledAt,params,metrics',
      ),
    )
    expect(row).toEqual({
      number: 0,
      state: 'complete',
      source: 'default',
      worker: 'w',
      value: 0.5,
      trainSeconds: 7,
      attempt: 1,
      createdAt: Date.parse(shown.createdAt),
      settledAt: Date.parse(shown.settledAt),
      'params.x': shown.params.x,
      'metrics.steps': 3,
      'metrics.gpu': 'x',
    })
  })

  it('after an event have the trials that changed since, whole', async () => {
    const name = await service.create()
    for (let value = 0; value < 3; value++) await service.run(name, value)
    const { seq } = await read(name)
    expect(await read(name, `after=${seq}`)).toMatchObject({ count: 0, seq })
    const running = await service.askOne(name)
    const begun = await read(name, `after=${seq}`)
    expect(rowsOf(begun)).toMatchObject([{ number: 3, state: 'running' }])
    await service.tell(name, running, { outcome: 'oom' })
    await service.patch(`/studies/${name}/trials/1`, { tags: ['look', 'again'] })
    const ended = await read(name, `after=${begun.seq}`)
    expect(rowsOf(ended)).toMatchObject([
      { number: 1, state: 'complete', tags: 'look, again' },
      { number: 3, state: 'failed', failure: 'oom' },
    ])
    expect(await read(name, `after=${ended.seq}`)).toMatchObject({ count: 0 })
  })

  it('refuse an event that the study does not have, and a field that there is not', async () => {
    const name = await service.create()
    const refused = async (query: string) => (await service.get(`/studies/${name}/columns?${query}`)).body
    expect(await refused('after=99')).toMatchObject({ code: 'invalid_cursor', errors: [{ path: 'after' }] })
    expect(await refused('fields=state,colour')).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: 'fields', message: expect.stringContaining('"colour"') }],
    })
    expect(await refused('fields=params.y')).toMatchObject({ code: 'invalid_request' })
    expect(await refused('cursor=nonsense')).toMatchObject({ code: 'invalid_cursor' })
  })

  it('of 50 000 trials come in pages of at most a few megabytes, in order and each once', async () => {
    const name = await service.create({ space: WIDE })
    await importWide(service, name, 50_000)
    const first = await read(name, 'fields=state,failure,source,value,settledAt')
    expect(first).toMatchObject({ count: 50_000 })
    expect(first.nextCursor).toBeUndefined()
    const pages = await allPages(name, 'fields=params,value')
    expect(pages.length).toBeGreaterThan(2)
    for (const page of pages) expect(JSON.stringify(page).length).toBeLessThan(5 * 2 ** 20)
    const numbers = pages.flatMap((page) => page.columns.number.values)
    expect(numbers).toEqual(Array.from({ length: 50_000 }, (_, i) => i))
    const last = rowsOf(pages.at(-1)).at(-1)
    const sent = wideTrial(49_999).params as Body
    for (const [parameter, value] of Object.entries(sent)) expect(last[`params.${parameter}`]).toEqual(value)
    await importWide(service, name, 50_003, 50_000)
    const more = await read(name, `after=${pages[0].seq}&fields=value`)
    expect(more.columns.number.values).toEqual([50_000, 50_001, 50_002])
  })

  it('of attempts say who ran what, and which leases were lost', async () => {
    const name = await service.create({ lease: { maxAttempts: 2 } })
    await service.ask(name, 'lost')
    await loseLeases(service, name)
    const { seq } = (await service.get(`/studies/${name}/timeline`)).body
    await service.run(name, 1, { trainSeconds: 5 })
    await service.ask(name, 'busy')
    const { body } = await service.get(`/studies/${name}/timeline`)
    const rows = rowsOf(body)
    expect(rows).toMatchObject([
      { number: 0, attempt: 1, worker: 'lost', state: 'lost' },
      { number: 0, attempt: 2, worker: 'w', state: 'settled', outcome: 'complete', trainSeconds: 5 },
      { number: 1, attempt: 1, worker: 'busy', state: 'running' },
    ])
    expect(rows[2].endedAt).toBeUndefined()
    expect(rows[1].endedAt).toBeGreaterThanOrEqual(rows[1].leasedAt)
    expect(rowsOf((await service.get(`/studies/${name}/timeline?after=${seq}`)).body)).toEqual(rows)
  })
})
