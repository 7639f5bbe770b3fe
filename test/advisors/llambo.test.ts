/** LLAMBO: candidates toward a target, predictions of each, and what a model may answer instead. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { anEngine, type TestDatabase } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { makeReady, ServerProcess } from '../service/server-process.js'
import type { Body } from '../service/service.js'
import { describeStaged } from './stage.js'
import { type Received, StandIn } from './stand-in.js'

const SPACE = {
  parameters: {
    x: { type: 'float', low: 0, high: 10, default: 5 },
    kind: { type: 'categorical', choices: ['a', 'b'] },
  },
}
const MODEL = 'openai-compatible:m'

const llambo = (more: object = {}, advisor: object = {}) => ({
  optimizer: { kind: 'random' },
  preflight: 'off',
  advisor: {
    kind: 'llm',
    model: MODEL,
    ratio: 1,
    warmup: 3,
    view: 'history',
    maxCalls: 1,
    llambo: { candidates: 4, samples: 2, warmStart: 1, ...more },
    ...advisor,
  },
})

const promptOf = ({ body }: Received): string => body.messages.map(({ content }: Body) => content).join('\n')
const asksForCandidates = (request: Received) => promptOf(request).includes('You propose configurations')
const candidates = (...xs: unknown[]) =>
  JSON.stringify({ candidates: Object.fromEntries(xs.map((x, i) => [`c${i + 1}`, { x, kind: 'a' }])) })
const scores = (...values: unknown[]) =>
  JSON.stringify({ scores: Object.fromEntries(values.map((value, i) => [`c${i + 1}`, value])) })

describeStaged('llambo', (stage) => {
  /** Three trials by the optimizer with these outcomes; the next one is the model's. */
  const created = async (method: unknown, values: (number | 'oom')[] = [8, 4, 6]): Promise<string> => {
    const study = await stage.service.create({ space: SPACE, method })
    for (const value of values) {
      const trial = (await stage.service.post(`/studies/${study}/ask`, { worker: 'w' })).body.trials[0]
      const result = value === 'oom' ? { outcome: 'oom' } : { outcome: 'complete', value }
      await stage.service.tell(study, trial, result)
    }
    return study
  }

  const advised = async (study: string): Promise<Body> => {
    stage.model.received.length = 0
    const { body } = await stage.service.post(`/studies/${study}/ask`, { worker: 'w', wait: 20 })
    return body.trials[0]
  }

  /** Answers in this order, the last one for ever. */
  const says = (...texts: string[]) => stage.model.behaves(...texts.map((text) => ({ says: text })))

  it('proposes candidates toward a better value, predicts each twice, and runs the best expected improvement', async () => {
    // Means 3 ± 0.141 and 4.1 ± 4: expected improvements on 4 of 1.000 and 1.546.
    says(candidates(1, 2, 3, 4), scores(5, 2.9, 6.9284271, 9), scores(5, 3.1, 1.2715729, 9))
    const study = await created(llambo())
    const trial = await advised(study)
    expect(trial).toMatchObject({ params: { x: 3, kind: 'a' }, proposal: { source: 'llm' } })
    expect(trial.proposal.note).toBe('the best of 4 candidates: predicted 4.1 ± 4 in 2 answers, toward 3.6')
    const [first, second, third, ...none] = stage.model.received
    expect(none).toEqual([])
    expect(promptOf(first!)).toContain('4 configurations that you expect to reach 3.6 or less.')
    expect(first!.body.response_format.json_schema.schema.properties.candidates.required).toHaveLength(4)
    expect(promptOf(second!)).toContain('c3: {"kind":"a","x":3}')
    expect(second!.body.response_format.json_schema.schema.properties.scores.required).toEqual([
      'c1',
      'c2',
      'c3',
      'c4',
    ])
    // The examples of a question are those of another, in another order.
    const examplesIn = (request: Received) =>
      /value,kind,x\n((?:.+\n)+)/.exec(promptOf(request))![1]!.trim().split('\n')
    expect(examplesIn(first!).toSorted()).toEqual(examplesIn(third!).toSorted())
    expect(examplesIn(first!)).toHaveLength(3)
    const { calls } = (await stage.service.get(`/studies/${study}/llm-calls`)).body
    expect(calls.map(({ purpose, prompt, outcome }: Body) => [purpose, prompt, outcome])).toEqual([
      ['candidates', 'llambo-candidates-1', 'answered'],
      ['scores', 'llambo-scores-1', 'answered'],
      ['scores', 'llambo-scores-1', 'answered'],
    ])
    expect(await unsound(stage.service.running.database, study, stage.service.running.queues)).toEqual([])
  })

  test.each([
    [{}, [8, 4, 'oom'] as const, '3.6 or less'],
    [{ alpha: 0.5 }, [8, 4, 6] as const, '2 or less'],
    [{ defects: ['target-worse'] }, [8, 4, 6] as const, '4.4 or less'],
    [{ defects: ['target-at-best'] }, [8, 4, 6] as const, '4 or less'],
    [{ defects: ['failures-as-100'] }, [8, 4, 'oom'] as const, '-5.6 or less'],
    [{}, ['oom', 4, 'oom'] as const, '3.996 or less'],
  ])('sets the target of %j after %j at %s', async (more, values, target) => {
    says(candidates(1, 2, 3, 4), scores(1, 1, 1, 1))
    await advised(await created(llambo(more), [...values]))
    const text = promptOf(stage.model.received[0]!)
    expect(text).toContain(`reach ${target}`)
    const shown = /value,kind,x\n((?:.+\n)+)/.exec(text)![1]!
    expect(shown.includes('100,')).toBe(JSON.stringify(more).includes('100'))
  })

  it('shows failures by their reason, unless they are hidden', async () => {
    says(candidates(1, 2, 3, 4), scores(1, 1, 1, 1))
    await advised(await created(llambo(), [8, 4, 'oom']))
    for (const request of stage.model.received) expect(promptOf(request)).toMatch(/^2,random,oom,/m)
    await advised(await created(llambo({ defects: ['failures-hidden'] }), [8, 4, 'oom']))
    for (const request of stage.model.received) expect(promptOf(request)).not.toContain('oom')
  })

  it('asks whether candidates are good, in the form of Optuna’s port', async () => {
    const labels = (...values: number[]) =>
      JSON.stringify({ labels: Object.fromEntries(values.map((value, i) => [`c${i + 1}`, value])) })
    says(candidates(1, 2, 3, 4), labels(0, 1, 0, 1), labels(0, 0, 1, 1))
    const defects = ['random-categories', 'target-at-best']
    const trial = await advised(await created(llambo({ surrogate: 'label', defects })))
    expect(trial).toMatchObject({ params: { x: 4 } })
    expect(trial.proposal.note).toContain('good in 2 of 2 answers')
    const [first, second] = stage.model.received
    const { c1 } = first!.body.response_format.json_schema.schema.properties.candidates.properties
    expect(Object.keys(c1.properties)).toEqual(['x'])
    expect(
      /value,kind,x\n((?:.+\n)+)/
        .exec(promptOf(second!))![1]!
        .match(/^[01](?=,)/gm)!
        .toSorted(),
    ).toEqual(['0', '0', '1'])
  })

  it('competes with the point of an optimizer whose state it may see', async () => {
    says(candidates(1, 2, 3, 4), scores(9, 9, 9, 9, 1))
    const study = await created(llambo({}, { view: 'state+history' }))
    const { params, proposal } = await advised(study)
    expect(params).toEqual(proposal.optimizerParams)
  })

  test.each<[string, string[], Body, number]>([
    [
      'fewer candidates than asked are asked for once more',
      [candidates(1, 2), candidates(3), scores(9, 1, 9)],
      { x: 2 },
      4,
    ],
    [
      'the same candidate ten times is one',
      [candidates(...Array(10).fill(7)), candidates(7), 'unused'],
      { x: 7 },
      2,
    ],
    [
      'a list in place of members',
      ['[{"x": 1, "kind": "a"}, {"x": 2}, {"x": 3}, {"x": 4}]', '{"scores": [4, 4, 1, "0"]}'],
      { x: 4 },
      3,
    ],
    ['out of bounds is clamped', [candidates(-3, 2, 3, 4), scores(0, 9, 9, 9)], { x: 0 }, 3],
    [
      'one answer without numbers',
      [candidates(1, 2, 3, 4), scores('high', null, 'low', {}), scores(9, 9, 0, 9)],
      { x: 3 },
      3,
    ],
  ])('goes on: %s', async (_, texts, params, calls) => {
    says(...texts)
    const trial = await advised(await created(llambo()))
    expect(trial.params).toMatchObject(params)
    expect(trial.proposal.source).toBe('llm')
    expect(stage.model.received).toHaveLength(calls)
  })

  test.each<[string, string[], number]>([
    ['no candidate', ['I would raise x.'], 2],
    ['no number for any', [candidates(1, 2, 3, 4), scores('high', 'low', 'x', 'y')], 3],
  ])('falls back to the optimizer with the reason: %s', async (_, texts, calls) => {
    says(...texts)
    const study = await created(llambo())
    const trial = await advised(study)
    expect(trial.proposal).toMatchObject({ source: 'random', requested: 'llm', reason: 'unparseable' })
    expect(stage.model.received).toHaveLength(calls)
    const outcomes = (await stage.service.get(`/studies/${study}/llm-calls`)).body.calls.map(
      (c: Body) => c.outcome,
    )
    expect(outcomes.at(-1)).toBe('unparseable')
  })

  it('draws other candidates for another seed where it pads, and drops what is out of bounds', async () => {
    const padded = async (seed: number): Promise<string> => {
      says(candidates(-3, 2), candidates(99, 2), scores(1, 9, 9, 9))
      const study = await stage.service.create({
        space: SPACE,
        seed,
        method: llambo({ defects: ['random-padding'] }, { warmup: 1 }),
      })
      await stage.service.run(study, 4)
      await advised(study)
      return promptOf(stage.model.received[2]!).split('# The configurations')[1]!
    }
    const [one, same, other] = [await padded(1), await padded(1), await padded(2)]
    expect(one.match(/^c\d: /gm)).toHaveLength(4)
    expect(one).not.toContain('"x":0}')
    expect(same).toBe(one)
    expect(other).not.toBe(one)
  })

  it('is warm-started by the model: its first candidate runs while nothing can be predicted', async () => {
    says(candidates(1, 2, 3, 4))
    const trial = await advised(await created(llambo(), ['oom', 'oom', 'oom']))
    expect(trial).toMatchObject({
      params: { x: 1 },
      proposal: { source: 'llm', note: 'its first candidate' },
    })
    expect(stage.model.received).toHaveLength(1)
    expect(promptOf(stage.model.received[0]!)).toContain('4 configurations that are likely to run')
    const later = await advised(await created(llambo({ warmStart: 3 }), [8, 4, 'oom']))
    expect(later.proposal.note).toBe('its first candidate')
  })

  it('shortens its examples to the context, and says where not even the question fits', async () => {
    says(candidates(1, 2, 3, 4), scores(1, 1, 1, 1))
    const study = await stage.service.create({
      space: SPACE,
      method: llambo({}, { contextTokens: 2000, warmup: 90 }),
    })
    for (let i = 0; i < 90; i++) await stage.service.run(study, i + 1)
    await advised(study)
    const lengths = stage.model.received.map((request) => promptOf(request).length)
    expect(lengths).toHaveLength(3)
    for (const length of lengths) expect(length).toBeLessThanOrEqual(2000 * 2.5)
    const [shown] = stage.model.received.map(
      (request) => /value,kind,x\n((?:.+\n)+)/.exec(promptOf(request))![1]!,
    )
    expect(shown!.split('\n').length).toBeGreaterThan(20)
    const choices = Array.from({ length: 200 }, (_, i) => `choice-${i}-of-many-that-are-long`)
    const tooLong = await stage.service.create({
      space: { parameters: { ...SPACE.parameters, many: { type: 'categorical', choices } } },
      method: llambo({}, { contextTokens: 2000, warmup: 1 }),
    })
    await stage.service.run(tooLong, 4)
    expect((await advised(tooLong)).proposal).toMatchObject({ reason: 'limit' })
    expect(stage.model.received).toEqual([])
  })

  it('has presets, which cost at most six calls a trial', async () => {
    const { body } = await stage.service.get('/methods')
    for (const name of ['llambo', 'llambo-paper', 'llambo-optuna']) {
      const { advisor } = body.methods.find((method: Body) => method.name === name).method
      expect(advisor.maxCalls * (2 + advisor.llambo.samples)).toBeLessThanOrEqual(6)
    }
    const { status, body: refusal } = await stage.service.post('/studies', {
      name: 'prior',
      space: SPACE,
      method: { ...llambo({}, { as: 'prior' }), optimizer: { kind: 'gp' } },
    })
    expect(status).toBe(400)
    expect(refusal.detail).toContain('llambo: is a way to override')
  })
})

describe('a server killed between the questions of llambo', () => {
  const engine = anEngine()
  let place: TestDatabase
  let model: StandIn
  let server: ServerProcess
  let url: string

  const start = async () => {
    server = ServerProcess.run({
      PORT: '0',
      DATABASE_URL: place.url,
      CHIRON_DATA_DIR: place.dataDir,
      OPENAI_BASE_URL: `${model.url}/v1`,
    })
    url = await server.listening()
  }
  const post = async (path: string, body: unknown): Promise<Body> => {
    const headers = { 'content-type': 'application/json' }
    return (await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).json()
  }

  beforeAll(async () => {
    makeReady()
    place = await engine.open()
    model = await StandIn.open('hangs')
    await start()
  }, 300_000)
  afterAll(async () => {
    await server.kill()
    await model.close()
    await place.close()
  })

  it('asks no answered question again', { timeout: 300_000 }, async () => {
    await post('/studies', { name: 's', space: SPACE, method: llambo({}, { warmup: 1 }) })
    const tell = ({ number, lease: { token } }: Body) =>
      post(`/studies/s/trials/${number}/tell`, { token, outcome: 'complete', value: 5 })
    await tell((await post('/studies/s/ask', { worker: 'w' })).trials[0])
    for (const answered of [0, 1, 2]) {
      const before = model.received.length
      const says = (request: Received) =>
        asksForCandidates(request)
          ? candidates(...[1, 2, 3, 4].map((x) => x + answered / 10))
          : scores(4, 3, 2, 1)
      model.behaves(...Array(answered).fill({ says }), 'hangs')
      await post('/studies/s/ask', { worker: 'w' })
      while (model.received.length < before + answered + 1) await sleep(5)
      await server.kill('SIGKILL')
      model.behaves({ says })
      await start()
      let given: Body = { trials: [] }
      while (given.trials.length === 0) given = await post('/studies/s/ask', { worker: 'w', wait: 30 })
      expect(given.trials[0]).toMatchObject({ number: answered + 1, params: { x: 4 + answered / 10 } })
      // Three questions, and the one that was cut off once more.
      expect(model.received.length - before).toBe(4)
      await tell(given.trials[0])
    }
    const { calls } = (await (await fetch(`${url}/studies/s/llm-calls`)).json()) as Body
    expect(calls.map(({ number, call }: Body) => [number, call])).toEqual(
      [1, 2, 3].flatMap((number) => [1, 2, 3].map((call) => [number, call])),
    )
  })
})
