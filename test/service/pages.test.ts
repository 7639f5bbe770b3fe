import { describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { type Body, useService } from './service.js'

describe.each(databases())('pages on $name', (engine) => {
  const service = useService(engine)

  /** All pages of a list, with something done between any two of them. */
  const pages = async (url: string, list: string, between: () => Promise<unknown> = async () => {}) => {
    const found: Body[] = []
    const and = url.includes('?') ? '&' : '?'
    for (let cursor = ''; ; ) {
      const { status, body } = await service.get(cursor === '' ? url : `${url}${and}cursor=${cursor}`)
      expect(status).toBe(200)
      found.push(...body[list])
      if (body.nextCursor === undefined) return found
      cursor = body.nextCursor
      await between()
    }
  }

  it('of trials show each once, in order, while others are asked for and told', async () => {
    const name = await service.create()
    await service.ask(name, 'early', 20)
    let more = 0
    const found = await pages(`/studies/${name}/trials?limit=4`, 'trials', async () => {
      if (more++ < 5) await service.run(name, more)
    })
    expect(found.map((t) => t.number)).toEqual(Array.from({ length: 25 }, (_, i) => i))
  })

  it('of trials are cut by state and by source', async () => {
    const name = await service.create()
    await service.ask(name, 'open', 3)
    for (let value = 0; value < 5; value++) await service.run(name, value)
    await service.post(`/studies/${name}/trials`, { params: { x: 1 } })
    const numbers = async (query: string) =>
      (await pages(`/studies/${name}/trials?limit=2&${query}`, 'trials')).map((t) => t.number)
    expect(await numbers('state=running')).toEqual([0, 1, 2])
    expect(await numbers('state=complete')).toEqual([3, 4, 5, 6, 7])
    expect(await numbers('source=enqueued')).toEqual([8])
    expect(await numbers('source=default')).toEqual([0])
    expect(await numbers('state=complete&source=random')).toEqual([3, 4, 5, 6, 7])
    expect(await numbers('state=complete&source=nobody')).toEqual([])
    expect((await service.get(`/studies/${name}/trials?state=cancelled`)).body).toEqual({ trials: [] })
  })

  it('of incumbents show each once, while better ones are found', async () => {
    const name = await service.create()
    for (let value = 100; value > 90; value--) await service.run(name, value)
    let next = 90
    const found = await pages(`/studies/${name}/incumbents?limit=3`, 'incumbents', () =>
      service.run(name, next--),
    )
    expect(found.map((i) => i.value).slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, i) => 100 - i))
    expect(new Set(found.map((i) => i.number)).size).toBe(found.length)
  })

  it('end without a cursor, and an empty list has none', async () => {
    const name = await service.create()
    expect((await service.get(`/studies/${name}/trials`)).body).toEqual({ trials: [] })
    expect((await service.get(`/studies/${name}/incumbents`)).body).toEqual({ incumbents: [] })
    await service.ask(name, 'w', 3)
    expect((await service.get(`/studies/${name}/trials?limit=4`)).body.nextCursor).toBeUndefined()
  })

  it('go on from a cursor after a restart', async () => {
    const name = await service.create()
    await service.ask(name, 'w', 5)
    const { nextCursor } = (await service.get(`/studies/${name}/trials?limit=2`)).body
    await service.restart()
    const { trials } = (await service.get(`/studies/${name}/trials?limit=2&cursor=${nextCursor}`)).body
    expect(trials.map((t: Body) => t.number)).toEqual([2, 3])
  })
})
