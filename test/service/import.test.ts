/** What was exported can be sent back as it stands, whole or not at all, and each trial once. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readSpace } from '../../search-spaces/index.js'
import { Fault } from '../../src/faults.js'
import { rowReader } from '../../src/http/import-rows.js'
import { STANDARD_LIMITS } from '../../src/limits.js'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
import { type Body, TestService, useService } from './service.js'

const CHOICES = ['plain', '=1+1', "'=1", "''@", '', '1', 'with, comma', 'two\r\nlines', '"', 'true', '-1']
const SPACE = {
  parameters: {
    x: { type: 'float', low: -5, high: 10 },
    depth: { type: 'int', low: 1, high: 8 },
    text: { type: 'categorical', choices: CHOICES },
    size: { type: 'ordinal', choices: [1, 2, 4] },
    on: { type: 'bool' },
    tail: { type: 'float', low: 0, high: 1, when: { on: true } },
  },
} as const

const TYPES = { csv: 'text/csv', jsonl: 'application/x-ndjson', array: 'application/json' } as const
type Format = keyof typeof TYPES
const FORMATS = Object.keys(TYPES) as Format[]

describe('the rows of an import', () => {
  it('are read in slices, between which other requests are answered', async () => {
    const rows = Array.from({ length: 1000 }, (_, i) => ({
      idempotencyKey: `row-${i}`,
      params: { x: i / 100, depth: 1, text: 'plain', size: 1, on: false },
      outcome: 'complete',
      value: i,
    }))
    let turns = 0
    let isOver = false
    const count = () => {
      if (!isOver) setImmediate(count)
      turns++
    }
    setImmediate(count)
    expect(await rowReader(STANDARD_LIMITS)(rows, readSpace(SPACE))).toHaveLength(1000)
    isOver = true
    expect(turns).toBeGreaterThanOrEqual(8)
  })
})

describe.each(databases())('an import on $name', (engine) => {
  const service = useService(engine)
  afterEach(() => {
    vi.restoreAllMocks()
  })

  const create = (more: object = {}) => service.create({ space: SPACE, method: 'sobol', ...more })

  /** A study whose trials have ended in every way, and some not at all. */
  const lived = async () => {
    const study = await create({ pruning: { rule: 'median' }, lease: { maxAttempts: 1 } })
    for (const [i, text] of CHOICES.entries()) {
      const params = { x: i / 3, text, on: i % 2 === 0, size: [1, 2, 4][i % 3] }
      await service.post(`/studies/${study}/trials`, { params })
      const trial = await service.askOne(study)
      const outcome = ['complete', 'oom', 'complete', 'diverged', 'complete', 'crashed'][i % 6]
      const told = {
        outcome,
        message: text,
        metrics: { note: text, i },
        trainSeconds: i / 7,
        peakMemoryMb: 100 + i,
      }
      await service.tell(study, trial, outcome === 'complete' ? { ...told, value: -i / 3 } : told)
    }
    const pruned = await service.askOne(study)
    const { token } = pruned.lease
    await service.post(`/studies/${study}/trials/${pruned.number}/report`, { token, step: 3, value: 9 })
    await service.tell(study, pruned, { outcome: 'pruned', value: 9 })
    await service.ask(study, 'runs')
    const { body } = await service.post(`/studies/${study}/trials`, { params: { x: 9.5 } })
    await service.post(`/studies/${study}/trials/${body.number}/cancel`)
    return study
  }

  const exported = async (study: string, format: Format): Promise<string> => {
    const { body } = await service.get(
      `/studies/${study}/export?format=${format === 'csv' ? 'csv' : 'jsonl'}`,
    )
    return format === 'array' ? `[${(body as string).trim().split('\n').join(',')}]` : body
  }
  const send = (study: string, format: Format, text: string) =>
    service.post(`/studies/${study}/import`, text, { 'content-type': TYPES[format] })
  const trialsOf = async (study: string): Promise<Body[]> =>
    (await service.get(`/studies/${study}/trials?limit=1000`)).body.trials
  const sound = async (study: string) => {
    const { database, queues } = service.running
    expect(await unsound(database, study, queues)).toEqual([])
  }
  /** What ran, and what came of it. */
  const result = ({
    params,
    value,
    state,
    failure,
    metrics,
    message,
    trainSeconds,
    peakMemoryMb,
    foreseen,
  }: Body) => ({
    ...{ params, value, state, failure, metrics, message, trainSeconds, peakMemoryMb, foreseen },
  })

  describe.each(FORMATS)('as %s', (format) => {
    it('brings in every settled trial as it was, and teaches the search', async () => {
      const from = await lived()
      const to = await create({ budget: { trials: 1 } })
      const answer = await send(to, format, await exported(from, format))
      expect(answer.body).toMatchObject({ imported: CHOICES.length + 1, known: 0, leftOut: 2 })
      expect(answer.status).toBe(201)
      const before = await trialsOf(from)
      const settled = before.filter(({ state }) => ['complete', 'failed', 'pruned'].includes(state))
      const after = await trialsOf(to)
      expect(after.map(result)).toEqual(settled.map(result))
      const id = await service.id(from)
      expect(after.map((t) => t.proposal)).toEqual(
        settled.map(({ number }) =>
          expect.objectContaining({ source: 'imported', origin: { study: from, id, number } }),
        ),
      )
      expect(answer.body.trials).toEqual([...after.map((t) => t.number), null, null])
      expect(await service.summary(to)).toMatchObject({
        imported: after.length,
        budget: { trialsUsed: 0, trainSecondsUsed: 0 },
      })
      expect((await service.get(`/studies/${to}/optimizer`)).body.optimizer.observations).toBe(after.length)
      await sound(to)
    })

    it('sent again is answered by the same trials, and makes none', async () => {
      const from = await lived()
      const to = await create()
      const text = await exported(from, format)
      const first = await send(to, format, text)
      await service.restart()
      const again = await send(to, format, text)
      expect(again.status).toBe(200)
      expect(again.body).toEqual({ ...first.body, imported: 0, known: first.body.imported })
      expect(await trialsOf(to)).toHaveLength(first.body.imported)
      // What came over is exported as what it was: it is the same trial in a third study too.
      const third = await create()
      await send(third, format, text)
      expect((await send(third, format, await exported(to, format))).body).toMatchObject({ imported: 0 })
      await sound(to)
    })

    it('into the study that it was exported from finds every trial there', async () => {
      const study = await lived()
      const before = await trialsOf(study)
      const { status, body } = await send(study, format, await exported(study, format))
      expect(status).toBe(200)
      expect(body).toMatchObject({ imported: 0, known: CHOICES.length + 1 })
      expect(await trialsOf(study)).toEqual(before)
    })
  })

  it('that many send at once makes each trial once', async () => {
    const text = await exported(await lived(), 'jsonl')
    const to = await create()
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(to, 'jsonl', text)))
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(7).fill(200), 201])
    expect(new Set(answers.map(({ body }) => JSON.stringify(body.trials))).size).toBe(1)
    await sound(to)
  })

  it('whose answer was lost is safe to send again', async () => {
    const text = await exported(await lived(), 'csv')
    const to = await create()
    const { database } = service.running
    const { query } = database
    const spy = vi.spyOn(database, 'query').mockImplementation(async (statement, parameters) => {
      const rows = await query(statement, parameters)
      if (!statement.startsWith('with guard')) return rows as never[]
      throw new Fault('database_unavailable', 'the connection was lost')
    })
    expect((await send(to, 'csv', text)).status).toBe(503)
    spy.mockRestore()
    expect(await send(to, 'csv', text)).toMatchObject({
      status: 200,
      body: { imported: 0, known: CHOICES.length + 1 },
    })
    await sound(to)
  })

  it('opens no transaction, in which PGlite would answer nobody else', async () => {
    const text = await exported(await lived(), 'csv')
    const to = await create()
    await service.restart() // the study is read again
    const transaction = vi.spyOn(service.running.database, 'transaction')
    expect((await send(to, 'csv', text)).status).toBe(201)
    expect((await send(to, 'csv', text)).status).toBe(200)
    expect(transaction).not.toHaveBeenCalled()
    await sound(to)
  })

  it.skipIf(engine.name === 'pglite')('through two servers at once makes each trial once', async () => {
    const text = await exported(await lived(), 'jsonl')
    const to = await create()
    const other = await new TestService(service.place).start()
    const sent = [service, other, service, other].map((server) =>
      server.post(`/studies/${to}/import`, text, { 'content-type': TYPES.jsonl }),
    )
    expect((await Promise.all(sent)).map(({ status }) => status).sort()).toEqual([200, 200, 200, 201])
    await other.running.close()
    expect((await service.summary(to)).trials.complete).toBeGreaterThan(0)
    await sound(to)
  })

  it('after a warm start by the same study finds its trials there', async () => {
    const from = await lived()
    const to = await create({ warmStart: { studies: [from] } })
    expect((await send(to, 'jsonl', await exported(from, 'jsonl'))).body).toMatchObject({ imported: 0 })
  })

  it('takes told trials under keys of their own', async () => {
    const study = await create()
    const params = { x: 1, depth: 2, text: 'plain', size: 2, on: false }
    const row = (key: string, value: number) => ({ params, outcome: 'complete', value, idempotencyKey: key })
    const rows = [row('a', 1), row('b', 2), row('a', 1)]
    const { status, body } = await send(study, 'array', JSON.stringify(rows))
    expect(status).toBe(201)
    expect(body).toEqual({ imported: 2, known: 1, leftOut: 0, trials: [0, 1, 0] })
    expect(await send(study, 'array', JSON.stringify([row('b', 2)]))).toMatchObject({ status: 200 })
    await sound(study)
  })

  it('of nothing is nothing', async () => {
    const study = await create()
    const header = (await exported(study, 'csv')).trim()
    for (const [format, text] of [
      ['csv', `${header}\n`],
      ['jsonl', ''],
      ['array', '[]'],
    ] as const)
      expect(await send(study, format, text)).toMatchObject({ status: 200, body: { trials: [] } })
  })

  const fine = {
    studyId: '8b1a9953-c461-4296-9827-0c1f0d0f5e6b',
    study: 'old',
    number: 3,
    state: 'complete',
    value: 1,
    params: { x: 1, depth: 2, text: 'plain', size: 2, on: false },
  }
  const HEADER = 'study,studyId,number,state,value,params.x,params.depth,params.text,params.size,params.on'
  const ROW = `old,${fine.studyId},3,complete,1,1,2,plain,2,false`
  const json = (...rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  const params = (more: object) => ({ ...fine, params: { ...fine.params, ...more } })

  it.each<[string, Format, string, string, string]>([
    [
      'a value out of bounds',
      'csv',
      `${HEADER}\n${ROW}\n${ROW.replace(',1,1,2', ',1,99,2')}`,
      'rows.2.params.x',
      'expected a number from -5 to 10, got 99',
    ],
    [
      'a value that is no number',
      'csv',
      `${HEADER}\n${ROW.replace(',1,1,2', ',1,far,2')}`,
      'rows.1.params.x',
      'got "far"',
    ],
    ['an unknown column', 'csv', `${HEADER},colour\n${ROW},red`, 'rows.1.colour', 'is not a field'],
    ['an unknown parameter', 'csv', `${HEADER},params.y\n${ROW},1`, 'rows.1.params.y', 'no such parameter'],
    ['no header', 'csv', '{}', 'header', 'params.NAME'],
    ['a column twice', 'csv', `${HEADER},value\n${ROW},1`, 'header.value', 'twice'],
    [
      'a row that is too short',
      'csv',
      `${HEADER}\n${ROW}\nold,1`,
      'rows.2',
      'has 2 cells, and the header 10',
    ],
    [
      'a row that is too long',
      'csv',
      `${HEADER}\n${ROW},1,1`,
      'rows.1',
      'more cells than the header, which has 10',
    ],
    ['a header without an end', 'csv', `${HEADER}${',x'.repeat(2000)}\n`, 'header', 'more than 2000 columns'],
    ['a quotation mark alone', 'csv', `${HEADER}\n"${ROW}`, 'rows.1', 'quotation mark'],
    [
      'a value that is missing',
      'csv',
      `${HEADER}\n${ROW.replace('complete,1', 'complete,')}`,
      'rows.1.value',
      'a complete trial has a value',
    ],
    ['metrics that are no JSON', 'csv', `${HEADER},metrics\n${ROW},{`, 'rows.1.metrics', 'JSON'],
    ['a line that is no JSON', 'jsonl', `${json(fine)}{"params":`, 'rows.2', 'JSON'],
    ['a line that is no object', 'jsonl', '7\n', 'rows.1', 'expected object'],
    [
      'a choice that there is not',
      'jsonl',
      json(fine, params({ text: 'gelu' })),
      'rows.2.params.text',
      'expected one of',
    ],
    ['nobody’s trial', 'jsonl', json({ ...fine, studyId: undefined }), 'rows.1.idempotencyKey', 'is needed'],
    ['no outcome', 'jsonl', json({ ...fine, state: undefined }), 'rows.1.outcome', 'is needed'],
    ['two outcomes', 'jsonl', json({ ...fine, outcome: 'oom' }), 'rows.1.state', 'leave one of the two out'],
    ['a wish for repair', 'jsonl', json({ ...fine, repair: true }), 'rows.1.repair', 'leave this out'],
    [
      'a state that there is not',
      'array',
      JSON.stringify([{ ...fine, state: 'asleep' }]),
      'rows.1.state',
      '',
    ],
    ['no array', 'array', JSON.stringify(fine), '', 'expected an array'],
    ['a text that cannot be stored', 'csv', `${HEADER}\n${ROW}\0`, '', 'cannot be stored'],
  ])('refuses %s, and brings in nothing', async (_, format, text, path, message) => {
    const study = await create()
    const { status, body } = await send(study, format, text)
    expect(body).toMatchObject({ errors: [{ path, message: expect.stringContaining(message) }] })
    expect(status).toBe(400)
    expect(await trialsOf(study)).toEqual([])
    expect((await service.log(study)).map(({ kind }) => kind)).toEqual(['created'])
  })

  it('refuses another result under the same identity', async () => {
    const study = await create()
    await send(study, 'jsonl', json(fine))
    for (const rows of [
      json({ ...fine, value: 2 }),
      json({ ...fine, number: 4 }, { ...fine, number: 4, value: 5 }),
    ]) {
      const { status, body } = await send(study, 'jsonl', rows)
      expect(status).toBe(409)
      expect(body.code).toBe('already_told')
    }
    expect(await trialsOf(study)).toHaveLength(1)
  })

  it('refuses more than it can take at once', async () => {
    const study = await create()
    const many = await send(study, 'jsonl', '{}\n'.repeat(5001))
    expect(many).toMatchObject({
      status: 413,
      body: { code: 'payload_too_large', detail: expect.stringContaining('5000') },
    })
    const long = await send(study, 'csv', 'x'.repeat(2 ** 23 + 1))
    expect(long).toMatchObject({ status: 413, body: { code: 'payload_too_large' } })
  })

  it('takes no other type, and no other route takes a file', async () => {
    const study = await create()
    const headers = { 'content-type': 'text/tab-separated-values' }
    expect((await service.post(`/studies/${study}/import`, 'x', headers)).status).toBe(415)
    expect((await service.post(`/studies/${study}/ask`, 'x', { 'content-type': 'text/csv' })).status).toBe(
      415,
    )
  })

  describe('of one trial', () => {
    const post = (study: string, body: object, headers: Record<string, string> = {}) =>
      service.post(`/studies/${study}/trials`, body, headers)

    it('takes an exported line as it stands, once', async () => {
      const from = await lived()
      const [line] = (await exported(from, 'jsonl')).split('\n')
      const to = await create()
      const first = await service.post(`/studies/${to}/trials`, line)
      expect(first).toMatchObject({
        status: 201,
        body: { number: 0, state: 'complete', proposal: { source: 'imported' } },
      })
      expect(await service.post(`/studies/${to}/trials`, line)).toMatchObject({
        status: 200,
        body: first.body,
      })
    })

    it('refuses an exported line without a result', async () => {
      const from = await create()
      await service.askOne(from)
      const to = await create()
      const answer = await service.post(`/studies/${to}/trials`, await exported(from, 'jsonl'))
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'state' }] } })
    })

    it.each(['body', 'header'])('is taken in once under a key in its %s', async (where) => {
      const study = await create()
      const told = { params: fine.params, outcome: 'complete', value: 1 }
      const send = (value: number) =>
        where === 'body'
          ? post(study, { ...told, value, idempotencyKey: 'run 7' })
          : post(study, { ...told, value }, { 'idempotency-key': 'run 7' })
      const answers = await Promise.all([send(1), send(1), send(1)])
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201])
      await service.restart()
      expect(await send(1)).toMatchObject({ status: 200, body: { number: 0 } })
      expect(await send(2)).toMatchObject({ status: 409, body: { code: 'already_told' } })
      expect(await trialsOf(study)).toHaveLength(1)
      await sound(study)
    })
  })
})
