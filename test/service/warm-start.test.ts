import { describe, expect, it, vi } from 'vitest'
import type { Sql } from '../../src/storage/database.js'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
import { type Body, useService } from './service.js'

const parameters = {
  LR: { type: 'float', low: 1e-5, high: 1, log: true, default: 0.01 },
  WIDTH: { type: 'int', low: 1, high: 1000, default: 100 },
  KIND: { type: 'categorical', choices: ['a', 'b', 'c'] },
}
const objective = { metric: 'loss', direction: 'minimize' }

describe.each(databases())('a study that begins with earlier ones, on $name', (engine) => {
  const service = useService(engine)

  /** An earlier study with these trials. */
  const earlier = async (trials: readonly Body[], more: object = {}) => {
    const study = await service.create({ space: { parameters }, objective, ...more })
    for (const trial of trials) {
      const { status } = await service.post(`/studies/${study}/trials`, trial)
      expect(status).toBe(201)
    }
    return study
  }

  const at = (LR: number, WIDTH: number, KIND: string, value?: number): Body => ({
    params: { LR, WIDTH, KIND },
    ...(value === undefined ? { outcome: 'oom', peakMemoryMb: 9000 } : { outcome: 'complete', value }),
  })

  const warm = (studies: readonly string[], more: object = {}) =>
    service.create({ space: { parameters }, objective, method: 'gp', warmStart: { studies }, ...more })

  const trialsOf = async (study: string): Promise<Body[]> =>
    (await service.get(`/studies/${study}/trials`)).body.trials

  const sound = async (study: string) =>
    expect(await unsound(service.running.database, study, service.running.queues)).toEqual([])

  it('reads them before the transaction that stores it, in which PGlite answers nobody else', async () => {
    const first = await earlier([at(0.1, 10, 'a', 3), at(0.2, 20, 'b')])
    const { database } = service.running
    const { transaction } = database
    const statements: string[] = []
    const spy = vi.spyOn(database, 'transaction').mockImplementation((work) =>
      transaction((tx) => {
        const query: Sql['query'] = (statement, parameters) => {
          statements.push(statement)
          return tx.query(statement, parameters)
        }
        return work({ query })
      }),
    )
    await warm([first])
    spy.mockRestore()
    expect(statements).toHaveLength(2)
    expect(statements.filter((statement) => !/\binsert into (studies|trials)\b/.test(statement))).toEqual([])
  })

  it('imports their trials with their origin, and learns from them', async () => {
    const first = await earlier([at(0.1, 10, 'a', 3), at(0.2, 20, 'b'), at(0.3, 30, 'c', 1)])
    const study = await warm([first], { budget: { trials: 5 } })
    const trials = await trialsOf(study)
    expect(trials).toMatchObject([
      { number: 0, state: 'complete', value: 3, params: { LR: 0.1, WIDTH: 10, KIND: 'a' } },
      { number: 1, state: 'failed', failure: 'oom', peakMemoryMb: 9000 },
      {
        number: 2,
        state: 'complete',
        value: 1,
        proposal: { source: 'imported', origin: { study: first, number: 2 } },
      },
    ])
    const summary = await service.summary(study)
    expect(summary).toMatchObject({
      imported: 3,
      warmStart: [{ study: first, trials: 3, leftOut: 0 }],
      incumbent: { number: 2, value: 1 },
      budget: { trialsUsed: 0 },
    })
    const { optimizer } = (await service.get(`/studies/${study}/optimizer`)).body
    expect(optimizer).toMatchObject({ observations: 3, failures: 1 })
    expect((await service.run(study, 2)).number).toBe(3)
    await sound(study)
  })

  it('does not depend on later changes to the earlier study', async () => {
    const first = await earlier([at(0.1, 10, 'a', 3)])
    const spec = {
      name: 'kept',
      space: { parameters },
      objective,
      method: 'tpe',
      warmStart: { studies: [first] },
    }
    expect((await service.post('/studies', spec)).status).toBe(201)
    await service.post(`/studies/${first}/trials`, at(0.2, 20, 'b', 1))
    expect((await service.delete(`/studies/${first}`)).status).toBe(204)
    await service.restart()
    expect(await trialsOf('kept')).toHaveLength(1)
    expect((await service.post('/studies', spec)).status).toBe(200)
    await sound('kept')
  })

  it('imports trials that fit its space, with defaults for new parameters', async () => {
    const first = await earlier([
      at(0.1, 10, 'a', 3),
      at(0.2, 500, 'b', 2),
      at(0.3, 30, 'c', 1),
      at(1, 20, 'a', 4),
    ])
    const study = await warm([first], {
      space: {
        parameters: {
          LR: { ...parameters.LR, high: 0.5 },
          WIDTH: { type: 'int', low: 1, high: 100, default: 50 },
          KIND: { type: 'categorical', choices: ['a', 'b'] },
          DEPTH: { type: 'int', low: 1, high: 9, default: 4 },
        },
      },
    })
    expect((await trialsOf(study)).map(({ params }) => params)).toEqual([
      { LR: 0.1, WIDTH: 10, KIND: 'a', DEPTH: 4 },
    ])
    expect((await service.summary(study)).warmStart).toEqual([{ study: first, trials: 1, leftOut: 3 }])
    await sound(study)
  })

  it('imports the forecasts of pruned trials', async () => {
    const first = await service.create({ space: { parameters }, objective })
    for (const value of [1, 2, 3, 4, 5, 6]) {
      const trial = await service.askOne(first)
      const { token } = trial.lease
      const url = `/studies/${first}/trials/${trial.number}/report`
      expect((await service.post(url, { token, step: 1, value: value + 1 })).status).toBe(200)
      const outcome = value === 6 ? 'pruned' : 'complete'
      await service.tell(first, trial, { outcome, value })
    }
    const stopped = (await service.show(first, 5)).foreseen
    expect(stopped).toMatchObject({ step: 1, forecast: { mean: expect.any(Number) } })
    const study = await warm([first])
    const known = (await trialsOf(study)).map(({ state, foreseen }) => [state, foreseen])
    expect(known).toEqual([...Array(5).fill(['complete', undefined]), ['pruned', stopped]])
    await sound(study)
  })

  it('counts a trial once that two studies have', async () => {
    const first = await earlier([at(0.1, 10, 'a', 3)])
    const second = await warm([first])
    await service.post(`/studies/${second}/trials`, at(0.2, 10, 'a', 2))
    const third = await warm([second, first])
    expect((await service.summary(third)).warmStart).toEqual([
      { study: second, trials: 2, leftOut: 0 },
      { study: first, trials: 0, leftOut: 0 },
    ])
    expect((await trialsOf(third))[0].proposal.origin).toMatchObject({ study: first, number: 0 })
  })

  it('of more than a thousand trials, imports the best and others spread over time', async () => {
    const first = await service.create({ space: { parameters }, objective })
    const id = await service.id(first)
    const rows = Array.from({ length: 1500 }, (_, number) => ({ number, value: (number * 7919) % 1500 }))
    await service.running.database.query(
      `with rows as (select * from json_to_recordset($2::text::json) as x(number int, value float8)),
       born as (insert into trials (study_id, number, state, params, params_key, proposal, value, settled_at)
         select $1::uuid, number, 'complete', json_build_object('LR', 0.1, 'WIDTH', 1 + number % 999, 'KIND', 'a'), number::text,
                '{"source": "random", "repairs": [], "refused": 0}', value, now() from rows)
       insert into events (study_id, seq, kind, number, data) select $1::uuid, number + 2, 'settled', number, '{}' from rows`,
      [id, JSON.stringify(rows)],
    )
    const study = await warm([first], { method: 'random' })
    const summary = await service.summary(study)
    expect(summary.warmStart).toEqual([{ study: first, trials: 1000, leftOut: 500 }])
    expect(summary.incumbent.value).toBe(0)
    const { body } = await service.get(`/studies/${study}/trials?limit=1000`)
    const values = body.trials.map(({ value }: Body) => value)
    expect([...values].sort((a, b) => a - b).slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, i) => i))
    const numbers = body.trials.map(({ proposal }: Body) => proposal.origin.number)
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
    expect(numbers.filter((number: number) => number < 750).length).toBeGreaterThan(400)
  })

  describe('as a model', () => {
    /** Of another card: losses are larger, and least at LR .0464. */
    const lossAt = (LR: number) => 40 + 3 * Math.abs(Math.log10(LR) + 4 / 3)
    const elsewhere = (more: object = {}) =>
      earlier(
        Array.from({ length: 12 }, (_, i) => {
          const LR = 10 ** (-4 + i / 3)
          return at(LR, 10 + 7 * i, i % 2 ? 'a' : 'b', lossAt(LR))
        }),
        more,
      )

    const runs = async (study: string, trials: number) => {
      for (let i = 0; i < trials; i++) {
        const trial = await service.askOne(study)
        await service.tell(study, trial, {
          outcome: 'complete',
          value: lossAt(trial.params.LR as number) - 37,
        })
      }
    }

    it('takes no trial for its own, and learns a weight', async () => {
      const from = await elsewhere()
      const study = await warm([], { warmStart: { studies: [from], as: 'model' } })
      const given = { study: from, trials: 12, leftOut: 0, as: 'model' }
      expect(await trialsOf(study)).toEqual([])
      expect(await service.summary(study)).toMatchObject({ imported: 0, warmStart: [given] })
      await runs(study, 4)
      // Trial 0 is the default, trial 1 the best of the earlier study.
      expect((await trialsOf(study))[1].params.LR).toBeCloseTo(0.0464, 3)
      const [{ weight }] = (await service.summary(study)).warmStart
      expect(weight).toBeGreaterThan(0.2)
      const { optimizer } = (await service.get(`/studies/${study}/optimizer`)).body
      expect(optimizer.earlier).toEqual([{ study: from, trials: 12, weight }])
      const events = await service.running.database.query(
        "select data from events where study_id = $1 and kind = 'warmed'",
        [await service.id(study)],
      )
      expect(events).toEqual([{ data: { studies: [given] } }])
      await sound(study)
    })

    it('proposes the same after a restart, when the earlier study is gone', async () => {
      const objective = { metric: 'score', direction: 'maximize' }
      const from = await elsewhere({ objective })
      const spec = { objective, seed: 5, warmStart: { studies: [from], as: 'model' } }
      const [one, other] = [await warm([], spec), await warm([], spec)]
      await runs(one, 10)
      await runs(other, 5)
      expect((await service.delete(`/studies/${from}`)).status).toBe(204)
      await service.restart()
      await runs(other, 5)
      const [expected, found] = [await trialsOf(one), await trialsOf(other)]
      expect(found.map(({ params }) => params)).toEqual(expected.map(({ params }) => params))
      // Where more is better, the best of the earlier study is at an end of LR.
      expect(found[1].params.LR).toBeCloseTo(1e-4, 6)
      await sound(other)
    })

    it('of finished studies that are alike, the newest first', async () => {
      const metric = `loss of ${(await elsewhere()).slice(-8)}`
      const finished = async (more: object = {}) => {
        const study = await elsewhere({ objective: { metric, direction: 'minimize' }, ...more })
        expect((await service.patch(`/studies/${study}`, { state: 'finished' })).status).toBe(200)
        return study
      }
      const older = await finished()
      const newer = await finished()
      await finished({ objective: { metric, direction: 'maximize' } })
      await elsewhere({ objective: { metric, direction: 'minimize' } })
      const objective = { metric, direction: 'minimize' }
      const study = await warm([], { objective, warmStart: { from: 'finished', as: 'model' } })
      const { warmStart } = await service.summary(study)
      expect(warmStart.map((one: Body) => one.study)).toEqual([newer, older])
      const { LR } = parameters
      const others = { A: LR, B: LR, C: LR }
      const apart = { objective, space: { parameters: { LR, ...others } }, warmStart: { from: 'finished' } }
      expect((await service.summary(await warm([], apart))).warmStart).toEqual([])
    })

    it.each([
      ['by an optimizer without one', { studies: ['a'], as: 'model' }, 'tpe', 'warmStart.as', 'choose gp'],
      ['of no study', {}, 'gp', 'warmStart', 'exactly one'],
      [
        'of studies that are named and found',
        { studies: ['a'], from: 'finished' },
        'gp',
        'warmStart',
        'exactly one',
      ],
    ])('is refused %s', async (_, warmStart, method, path, message) => {
      const spec = { name: 'refused', space: { parameters }, objective, method, warmStart }
      const { status, body } = await service.post('/studies', spec)
      expect({ status, errors: body.errors }).toMatchObject({
        status: 400,
        errors: [{ path, message: expect.stringContaining(message) }],
      })
    })
  })

  it.each([
    ['that is not there', {}, 'nowhere', 'there is no study "nowhere"'],
    [
      'of another metric',
      { objective: { metric: 'accuracy' } },
      null,
      'is to minimize loss, this study is to minimize accuracy',
    ],
    [
      'with none of its parameters',
      { space: { parameters: { x: { type: 'bool' } } } },
      null,
      'none of the parameters',
    ],
  ])('is refused one %s, and is not created', async (_, more, named, message) => {
    const first = named ?? (await earlier([at(0.1, 10, 'a', 3)]))
    const spec = {
      name: 'refused',
      space: { parameters },
      objective,
      warmStart: { studies: [first] },
      ...more,
    }
    const { status, body } = await service.post('/studies', spec)
    expect({ status, errors: body.errors }).toMatchObject({
      status: 400,
      errors: [{ path: 'warmStart.studies.0', message: expect.stringContaining(message) }],
    })
    expect((await service.get('/studies/refused')).status).toBe(404)
  })
})
