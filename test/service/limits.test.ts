/**
 * Limits that an operator has set: each refuses what is beyond it and takes what is within. `hostile-clients.test.ts`
 * tests the seconds, `provider-limits.test.ts` what a provider may answer.
 */
import { request } from 'node:http'
import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { type Body, useService } from './service.js'

const KIB = 2 ** 10
const [pglite] = databases()

describe('a service with limits of its own', () => {
  const limits = {
    bodyBytes: 16 * KIB,
    importBytes: 32 * KIB,
    importRows: 3,
    headerBytes: 2 * KIB,
    jsonDepth: 16,
    metricsBytes: KIB,
    messageCharacters: 4000,
    pageRows: 5,
    pageBytes: 64 * KIB,
    errors: 2,
    detailCharacters: 200,
  }
  const service = useService(pglite!, { limits })
  let study: string
  beforeAll(async () => {
    await service.listen()
    study = await service.create()
  })

  const tellOne = async (told: object) =>
    service.tell(study, await service.askOne(study), { outcome: 'complete', value: 1, ...told })
  const rows = (count: number, more: object = {}) =>
    Array.from({ length: count }, (_, i) => ({
      params: { x: 1 },
      outcome: 'complete',
      value: 1,
      idempotencyKey: `${count}-${i}`,
      ...more,
    }))
  const send = (body: unknown) => service.post(`/studies/${study}/import`, body)
  /** A text of JSON that has so many bytes. */
  const sized = (bytes: number) => `{"worker": "w"${' '.repeat(bytes - '{"worker": "w"}'.length)}}`

  it('limits the body of a request', async () => {
    expect((await service.post(`/studies/${study}/ask`, sized(16 * KIB))).status).toBe(200)
    const { status, body } = await service.post(`/studies/${study}/ask`, sized(16 * KIB + 1))
    expect(status).toBe(413)
    expect(body).toMatchObject({
      code: 'payload_too_large',
      detail: expect.stringMatching(/ 16384 bytes.* 32768:/),
    })
  })

  it('limits an import, in bytes and in rows', async () => {
    const text = (bytes: number) => JSON.stringify(rows(1)).padEnd(bytes, ' ')
    expect((await send(text(32 * KIB))).status).toBe(201)
    expect((await send(text(32 * KIB + 1))).status).toBe(413)
    expect((await send(rows(3))).body.imported).toBe(3)
    expect(await send(rows(4))).toMatchObject({
      status: 413,
      body: { detail: expect.stringContaining('3 rows') },
    })
  })

  it('limits the headers', async () => {
    const statusWith = (bytes: number) =>
      new Promise((resolve, reject) =>
        request(`${service.url}/healthz`, { agent: false, headers: { x: 'x'.repeat(bytes) } }, (answer) => {
          answer.resume()
          resolve(answer.statusCode)
        })
          .on('error', reject)
          .end(),
      )
    expect(await statusWith(1.5 * KIB)).toBe(200)
    expect(await statusWith(2 * KIB)).toBe(431)
  })

  it('limits the depth of JSON, also in the cells of an import', async () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect((await service.post('/studies', nested(16))).body.code).toBe('invalid_request')
    const deep = await service.post('/studies', nested(17))
    expect(deep.body).toMatchObject({
      code: 'invalid_json',
      detail: expect.stringContaining('more than 16 deep'),
    })
    const file = `params.x,outcome,value,metrics\n1,complete,1,${nested(17)}\n`
    const cell = await service.post(`/studies/${study}/import`, file, { 'content-type': 'text/csv' })
    expect(cell.body.errors[0]).toMatchObject({ path: 'rows.1.metrics' })
  })

  it('limits the metrics and the message of a trial, told or imported', async () => {
    const metrics = (bytes: number) => ({ m: 'x'.repeat(bytes - '{"m":""}'.length) })
    expect((await tellOne({ metrics: metrics(KIB) })).status).toBe(200)
    expect((await tellOne({ metrics: metrics(KIB + 1) })).body.errors).toMatchObject([{ path: 'metrics' }])
    expect((await tellOne({ message: 'x'.repeat(4000) })).status).toBe(200)
    expect((await tellOne({ message: 'x'.repeat(4001) })).body.errors).toMatchObject([{ path: 'message' }])
    const { body } = await send(rows(1, { metrics: metrics(KIB + 1), message: 'x'.repeat(4001) }))
    expect(body.errors.map(({ path }: Body) => path).sort()).toEqual(['rows.1.message', 'rows.1.metrics'])
  })

  it('limits a page, in rows and in bytes', async () => {
    const name = await service.create()
    await service.running.database.query(
      `insert into trials (study_id, number, state, params, params_key, proposal, value, message, attempt, worker, settled_at)
       select id, n, 'complete', '{"x": 1}', n::text, '{"source": "random"}', 1, repeat('x', 30000), 1, 'w', now()
         from studies, generate_series(0, 6) n where name = $1`,
      [name],
    )
    const page = (query: string) => service.get(`/studies/${name}/trials${query}`)
    expect((await page('?limit=6')).body.errors).toMatchObject([{ path: 'limit' }])
    const { body } = await page('?limit=5')
    expect(body.trials).toHaveLength(2)
    expect(body.nextCursor).toBeTypeOf('string')
    expect((await service.get(`/studies?limit=5`)).body.studies.length).toBeLessThanOrEqual(5)
    const { paths } = (await service.running.app.inject('/openapi.json')).json()
    const [limit] = paths['/studies/{study}/trials'].get.parameters.filter((p: Body) => p.name === 'limit')
    expect(limit.schema).toMatchObject({ maximum: 5, default: 5 })
  })

  it('limits the errors of an answer, and how long it is', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`unknown${i}`, 1]))
    const { body } = await service.post('/studies', { name: 'x', space: 'autoresearch-14', ...unknown })
    expect(body).toMatchObject({ code: 'invalid_request', moreErrors: 28 })
    expect(body.errors).toHaveLength(2)
    expect(body.detail.length).toBe(201)
    const imported = await send(rows(3, { value: 'much', message: 1 }))
    expect(imported.body).toMatchObject({ moreErrors: 4 })
    expect(imported.body.errors).toHaveLength(2)
  })
})

/** What advisors and incumbents fill: their rows are as long as a model's answer and a proposal are. */
describe.each(databases())('a page on $name', (engine) => {
  const service = useService(engine, { limits: { pageBytes: 64 * KIB } })
  const KINDS = [
    [
      'beliefs',
      `with made as (
         insert into trials (study_id, number, state, params, params_key, proposal, attempt)
         select id, n, 'cancelled', '{"x": 1}', n::text, '{"source": "random"}', 0
           from studies, generate_series(0, 59) n where name = $1
         returning study_id, number)
       insert into inquiries (study_id, number, ended, source, state, note)
       select study_id, number, 0, 'llm', 'failed', repeat('x', 5000) from made`,
    ],
    [
      'incumbents',
      `insert into incumbents (study_id, seq, number, value, source, settled, train_seconds)
       select id, n + 2, n, 1, repeat('x', 5000), n, 0 from studies, generate_series(0, 59) n where name = $1`,
    ],
  ] as const

  it.each(KINDS)('of %s ends at its limit of bytes, and none is lost', async (list, insert) => {
    const name = await service.create()
    await service.running.database.query(insert, [name])
    const numbers: number[] = []
    let pages = 0
    for (let cursor: string | undefined = ''; cursor !== undefined; pages++) {
      const more = cursor && `&cursor=${cursor}`
      const { body }: { body: Body } = await service.get(`/studies/${name}/${list}?limit=1000${more}`)
      expect(JSON.stringify(body).length).toBeLessThan(70 * KIB)
      numbers.push(...body[list].map(({ number }: Body) => number))
      cursor = body.nextCursor
    }
    expect(pages).toBe(5)
    expect(numbers).toEqual(Array.from({ length: 60 }, (_, i) => i))
  })
})
