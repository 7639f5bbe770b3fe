/** What a trial may store, and what a page of large trials may answer: limited in bytes. */
import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { type Body, useService } from './service.js'

const KIB = 1024
const metricsOf = (bytes: number) => ({ m: 'x'.repeat(1900), ...padding(bytes - 1911) })

/** Members that have so many bytes as JSON together, each at most 2000 characters. */
function padding(bytes: number): Record<string, string> {
  const entries: [string, string][] = []
  for (let left = bytes, i = 1000; left > 0; i++) {
    const size = Math.min(left, 1000)
    entries.push([`k${i}`, 'x'.repeat(Math.max(0, size - '"k1000":"",'.length))])
    left -= size
  }
  return Object.fromEntries(entries)
}

describe.each(databases())('large trials on $name', (engine) => {
  const service = useService(engine)
  let study: string

  /** Trials that were stored before their metrics were limited. */
  beforeAll(async () => {
    await service.listen()
    study = await service.create()
    await service.running.database.query(
      `insert into trials (study_id, number, state, params, params_key, proposal, value, metrics, attempt, worker, settled_at)
       select id, n, 'complete', '{"x": 1}', n::text, '{"source": "random"}', 1, 
              (select json_object_agg('m' || i, repeat('x', 2000)) from generate_series(1, 450) i), 1, 'w', now()
         from studies, generate_series(0, 39) n where name = $1`,
      [study],
    )
  })

  it('end a page early, and lose none', async () => {
    const numbers: number[] = []
    for (let cursor = '', pages = 0; ; pages++) {
      const { body } = await service.get(
        `/studies/${study}/trials?limit=1000${cursor && `&cursor=${cursor}`}`,
      )
      expect(JSON.stringify(body).length).toBeLessThan(5 * KIB * KIB)
      numbers.push(...body.trials.map((t: Body) => t.number))
      if (body.nextCursor === undefined) {
        expect(pages).toBeGreaterThan(5)
        break
      }
      cursor = body.nextCursor
    }
    expect(numbers).toEqual(Array.from({ length: 40 }, (_, i) => i))
  })

  it('are exported as a stream', async () => {
    const answer = await fetch(`${service.url}/studies/${study}/export?format=jsonl`)
    let bytes = 0
    for await (const chunk of answer.body!) bytes += chunk.length
    expect(bytes).toBeGreaterThan(40 * 900_000)
  })

  it('may store 64 KiB of metrics, told or imported, and no more', async () => {
    const name = await service.create()
    const small = metricsOf(60 * KIB)
    const large = metricsOf(70 * KIB)
    const trial = await service.askOne(name)
    const refused = await service.tell(name, trial, { outcome: 'complete', value: 1, metrics: large })
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'metrics' }] } })
    const row = (metrics: object, idempotencyKey: string) => ({
      params: { x: 2 },
      outcome: 'complete',
      value: 1,
      metrics,
      idempotencyKey,
    })
    const imported = await service.post(`/studies/${name}/import`, [row(small, 'a'), row(large, 'b')])
    expect(imported).toMatchObject({ status: 400, body: { errors: [{ path: 'rows.2.metrics' }] } })
    expect((await service.tell(name, trial, { outcome: 'complete', value: 1, metrics: small })).status).toBe(
      200,
    )
    expect((await service.post(`/studies/${name}/import`, [row(small, 'a')])).body.imported).toBe(1)
  })
})
