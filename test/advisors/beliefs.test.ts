import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Beliefs } from '../../optimizers/contract.js'
import { openSearch } from '../../optimizers/search.js'
import { readSpace, spaceNamed } from '../../search-spaces/index.js'
import { beliefsSchema, readBeliefs } from '../../src/advisors/llm/beliefs.js'
import { expertBeliefs } from '../../src/advisors/training-knowledge.js'
import { anEngine, databases } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { type Body, TestService, useService } from '../service/service.js'
import { describeStaged } from './stage.js'
import { type Behaviour, StandIn, USAGE } from './stand-in.js'

const space = readSpace({
  parameters: {
    LR: { type: 'float', low: 1e-5, high: 0.1, log: true },
    WIDTH: { type: 'int', low: 64, high: 4096, powerOfTwo: true },
    ACTIVATION: { type: 'categorical', choices: ['relu', 'gelu'] },
    HEADS: { type: 'ordinal', choices: [1, 2, 8] },
    BIAS: { type: 'bool' },
    SEED: { type: 'fixed', value: 3 },
  },
})

const held = (beliefs: Beliefs) => {
  const search = openSearch(space, { optimizer: { kind: 'gp' } }, 1)
  search.believe(beliefs)
  return search.describe().optimizer.beliefs
}

describe('beliefs in a model’s answer', () => {
  it('are read', () => {
    const beliefs = {
      LR: { centre: 0.003, spread: 0.002, confidence: 0.7 },
      WIDTH: null,
      ACTIVATION: { centre: 'gelu', spread: null, confidence: 0.5 },
      HEADS: { centre: 8, spread: 1, confidence: 1 },
      BIAS: { centre: false, spread: null, confidence: 0.2 },
    }
    const read = readBeliefs(space, JSON.stringify({ reasoning: 'so it is', beliefs }))
    const { WIDTH: _, ...kept } = beliefs
    const withoutNulls = Object.entries(kept).map(([name, { spread, ...rest }]) => [
      name,
      spread === null ? rest : { ...rest, spread },
    ])
    expect(read).toEqual({
      ok: true,
      beliefs: { parameters: Object.fromEntries(withoutNulls) },
      note: 'so it is',
    })
  })

  it.each([
    [
      'fences and prose',
      'Well:\n```json\n{"beliefs": {"LR": {"centre": 0.01, "spread": 0.01, "confidence": 1}}}\n```',
    ],
    ['no member around them', '{"lr": {"center": "1e-2", "spread": "0.01", "confidence": 1}}'],
    ['slips', "{'beliefs': {'LR': {'centre': 0.01, 'spread': -0.01, 'confidence': 70,}, 'WIDTH': None},}"],
    [
      'a fixed and an unknown one',
      '{"beliefs": {"SEED": {"centre": 3}, "DEPTH": {"centre": 1}, "LR": {"centre": 0.01, "spread": 0.01, "confidence": 1}}}',
    ],
  ])('are read with %s', (_, text) => {
    expect(readBeliefs(space, text)).toMatchObject({
      ok: true,
      beliefs: { parameters: { LR: { centre: 0.01, spread: 0.01, confidence: 1 } } },
    })
  })

  it('are clamped to the space, and left out if unusable', () => {
    const beliefs = {
      LR: { centre: 5, spread: 1, confidence: 0.5 },
      WIDTH: { centre: 100, spread: 10, confidence: 0.5 },
      ACTIVATION: { centre: 'swish', confidence: 0.5 },
      HEADS: { centre: 8, confidence: 0.5 },
    }
    const read = readBeliefs(space, JSON.stringify({ reasoning: 'why', beliefs }))
    expect(read).toMatchObject({ ok: true, note: 'why (left out: ACTIVATION, HEADS)' })
    expect(read.ok && read.beliefs.parameters).toEqual({
      LR: { centre: 0.1, spread: 1, confidence: 0.5 },
      WIDTH: { centre: 128, spread: 10, confidence: 0.5 },
    })
    const { ACTIVATION } = beliefs
    expect(readBeliefs(space, JSON.stringify({ beliefs: { ACTIVATION } }))).toMatchObject({
      ok: false,
      outcome: 'out_of_space',
    })
    expect(readBeliefs(space, 'I would not know')).toMatchObject({ ok: false, outcome: 'unparseable' })
  })

  it('may be empty', () => {
    expect(readBeliefs(space, '{"reasoning": "?", "beliefs": {"LR": null}}')).toMatchObject({
      ok: true,
      beliefs: { parameters: {} },
    })
  })

  test('are accepted by a search whenever they are readable', () => {
    const value = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constantFrom(null, 'gelu', 8, [1]))
    const belief = fc.record({ centre: value, spread: value, confidence: value }, { requiredKeys: [] })
    const given = fc.dictionary(fc.constantFrom(...space.byName.keys()), fc.oneof(belief, value))
    fc.assert(
      fc.property(given, (beliefs) => {
        const read = readBeliefs(space, JSON.stringify({ beliefs }))
        if (read.ok) expect(held(read.beliefs)!.parameters).toEqual(read.beliefs.parameters)
      }),
      { numRuns: 1000 },
    )
  })

  it('are read where they are about parameters together, and left out where such a belief is unusable', () => {
    const of = [
      { parameter: 'LR', power: 1, at: 0.01 },
      { parameter: 'width', power: '0.5', at: 512 },
    ]
    const whole = { of, factor: 0.5, confidence: 70 }
    const wrong = [
      { of: of.slice(0, 1), factor: 2, confidence: 1 },
      { of: [...of, { parameter: 'ACTIVATION', power: 1, at: 1 }], factor: 2, confidence: 1 },
      { of: [of[0], { ...of[1], power: 0 }], factor: 2, confidence: 1 },
      { of: [of[0], { ...of[1], at: -1 }], factor: 2, confidence: 1 },
      { of, factor: 1, confidence: 1 },
      'LR grows with WIDTH',
    ]
    const read = readBeliefs(space, JSON.stringify({ beliefs: { LR: null }, relations: [whole, ...wrong] }))
    const kept = { LR: { power: 1, at: 0.01 }, WIDTH: { power: 0.5, at: 512 } }
    expect(read).toEqual({
      ok: true,
      beliefs: { parameters: {}, relations: [{ of: kept, factor: 2, confidence: 1 }] },
      note: `(left out: ${wrong.map((_, i) => `relation ${i + 2}`).join(', ')})`,
    })
    expect(held(read.ok ? read.beliefs : { parameters: {} })!.relations).toHaveLength(1)
    expect(readBeliefs(space, JSON.stringify({ beliefs: {}, relations: wrong }))).toMatchObject({
      ok: false,
      outcome: 'out_of_space',
    })
    const many = readBeliefs(space, JSON.stringify({ beliefs: {}, relations: Array(9).fill(whole) }))
    expect(many.ok && many.beliefs.relations).toHaveLength(4)
  })

  test('about parameters together are accepted by a search whenever they are readable', () => {
    const value = fc.oneof(fc.double(), fc.string(), fc.constantFrom(null, 0, 1, -2, 64))
    const term = fc.record(
      { parameter: fc.constantFrom(...space.byName.keys()), power: value, at: value },
      { requiredKeys: [] },
    )
    const relation = fc.record(
      { of: fc.oneof(fc.array(term), value), factor: value, confidence: value },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.array(relation), (relations) => {
        const read = readBeliefs(space, JSON.stringify({ beliefs: {}, relations }))
        if (read.ok) expect(held(read.beliefs)!.relations).toEqual(read.beliefs.relations)
      }),
      { numRuns: 1000 },
    )
  })

  it('are asked for by a schema that names every parameter that is searched', () => {
    const { properties } = beliefsSchema(space) as Body
    expect(Object.keys(properties.beliefs.properties).sort()).toEqual(
      space.searched.map((p) => p.name).sort(),
    )
    expect(properties.beliefs.properties.ACTIVATION.anyOf[0].properties).toMatchObject({
      centre: { enum: ['relu', 'gelu'] },
      spread: { type: 'null' },
    })
    const { of } = properties.relations.items.properties
    expect(of.items.properties.parameter.enum.sort()).toEqual(['HEADS', 'LR', 'WIDTH'])
  })
})

describe('the beliefs of expert', () => {
  it('say what parameters have to do with one another, around the defaults', () => {
    const known = spaceNamed('autoresearch-14')!
    const { relations } = expertBeliefs(known)
    const at = (name: string, power: number) => ({ [name]: { power, at: known.defaults[name] } })
    expect(relations!.map(({ of }) => of)).toEqual([
      { ...at('MATRIX_LR', 1), ...at('TOTAL_BATCH_SIZE', -0.5) },
      { ...at('EMBEDDING_LR', 1), ...at('TOTAL_BATCH_SIZE', -0.5) },
      { ...at('DEPTH', 3), ...at('ASPECT_RATIO', 2) },
    ])
  })

  it('cover parameters with known names, around usual values or the default', () => {
    const { parameters } = expertBeliefs(spaceNamed('autoresearch-14')!)
    expect(parameters.WEIGHT_DECAY).toMatchObject({ confidence: 0.5 })
    expect(parameters.WARMDOWN_RATIO!.centre).toBeCloseTo(0.6)
    expect(parameters.WINDOW_PATTERN).toBeUndefined()
    const { LR } = expertBeliefs(space).parameters
    const usual = Number(space.defaults.LR)
    expect(LR!.centre).toBeCloseTo(usual, 10)
    // Two turns by half as much again, to either side on its own scale.
    expect((usual + LR!.spread!) / (usual - LR!.spread!)).toBeCloseTo(1.5 ** 4, 6)
    expect(expertBeliefs(space).relations).toBeUndefined()
    expect(
      expertBeliefs(readSpace({ parameters: { x: { type: 'float', low: 0, high: 1 } } })).parameters,
    ).toEqual({})
  })
})

const CLAUDE = 'anthropic:claude-opus-4-6'
const says = (centre: number, note = 'it is there') =>
  JSON.stringify({ reasoning: note, beliefs: { x: { centre, spread: 0.5, confidence: 0.9 } } })

describeStaged('a language model as a prior', (stage) => {
  const create = (advisor: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
    stage.service.create({
      method: {
        optimizer: { kind: 'gp' },
        advisor: { kind: 'llm', model: CLAUDE, as: 'prior', maxCalls: 1, ...advisor },
      },
      ...more,
    })

  const beliefs = async (study: string): Promise<Body[]> =>
    (await stage.service.get(`/studies/${study}/beliefs`)).body.beliefs

  const sound = async (study: string) =>
    expect(await unsound(stage.service.running.database, study, stage.service.running.queues)).toEqual([])

  const answered = async (study: string, count = 1) => {
    for (;;) {
      const all = await beliefs(study)
      if (all.filter(({ state }) => state !== 'asking').length >= count) return all
      await sleep(50)
    }
  }

  const run = async (study: string, count: number, worth = (x: number) => x * x) => {
    for (let i = 0; i < count; i++) {
      const trial = await stage.service.askOne(study)
      await stage.service.tell(study, trial, { outcome: 'complete', value: worth(Number(trial.params.x)) })
    }
  }

  it('is asked once at the start; its answer is stored, logged and used', async () => {
    stage.model.behaves({ says: says(7.5), thinks: 'hm' })
    const study = await create()
    await stage.service.askOne(study)
    const [given] = await answered(study)
    expect(given).toMatchObject({
      number: 0,
      ended: 0,
      source: 'llm',
      state: 'believed',
      beliefs: { parameters: { x: { centre: 7.5, spread: 0.5, confidence: 0.9 } } },
      note: 'it is there',
    })
    const { calls } = (await stage.service.get(`/studies/${study}/llm-calls`)).body
    expect(calls).toMatchObject([
      { number: 0, call: 1, purpose: 'beliefs', prompt: 'beliefs-2', outcome: 'answered', tokens: USAGE },
    ])
    expect(calls[0].request.output_config.format.schema.properties.beliefs.properties).toHaveProperty('x')
    const log = await stage.service.log(study)
    expect(log.map(({ kind }) => kind)).toEqual(['created', 'inquired', 'leased', 'called', 'believed'])
    expect(log.at(-1)).toMatchObject({ number: 0, data: { beliefs: given.beliefs } })
    const { advisor } = await stage.service.summary(study)
    expect(advisor).toMatchObject({
      as: 'prior',
      target: 0,
      realised: null,
      turns: 0,
      calls: 1,
      beliefs: { every: 50, asked: 1, given: 1, failures: {}, asking: false, held: { weight: 10 } },
    })
    expect(advisor.dollars).toBeGreaterThan(0)
    const near: number[] = []
    for (let i = 0; i < 7; i++) {
      const [trial] = await stage.service.ask(study, `v${i}`)
      near.push(Math.abs(Number(trial!.params.x) - 7.5))
    }
    expect(near.filter((far) => far < 2).length).toBeGreaterThanOrEqual(3)
    await sound(study)
  })

  it('delays no ask and holds no transaction open', async () => {
    stage.model.behaves('hangs')
    const study = await create({ deadlineSeconds: 60 })
    const before = stage.model.received.length
    await run(study, 2)
    while (stage.model.received.length === before) await sleep(20)
    await run(study, 2)
    expect(await stage.service.running.database.query('select 1 from studies for update nowait')).not.toEqual(
      [],
    )
    expect((await stage.service.summary(study)).advisor.beliefs).toMatchObject({
      asked: 1,
      given: 0,
      asking: true,
    })
    await sound(study)
    await stage.service.patch(`/studies/${study}`, { state: 'finished' })
    await stage.service.restart()
  })

  it('says what parameters have to do with one another, and is shown it again', async () => {
    const of = [
      { parameter: 'lr', power: 1, at: 0.01 },
      { parameter: 'batch', power: -0.5, at: 64 },
    ]
    const relations = [{ of, factor: 2, confidence: 0.7 }]
    stage.model.behaves(
      { says: JSON.stringify({ reasoning: 'lore', beliefs: {}, relations }) },
      { says: says(1) },
    )
    const parameters = {
      lr: { type: 'float', low: 1e-4, high: 1, log: true },
      batch: { type: 'int', low: 16, high: 1024, powerOfTwo: true },
    }
    const study = await create({ every: 5 }, { space: { parameters } })
    const worth = () => 1
    await run(study, 1, worth)
    const kept = {
      of: { lr: { power: 1, at: 0.01 }, batch: { power: -0.5, at: 64 } },
      factor: 2,
      confidence: 0.7,
    }
    expect(await answered(study)).toMatchObject([{ state: 'believed', beliefs: { relations: [kept] } }])
    expect((await stage.service.summary(study)).advisor.beliefs.held).toMatchObject({ relations: [kept] })
    await run(study, 5, worth)
    await answered(study, 2)
    const { messages } = stage.model.received.at(-1)!.body
    expect(messages[0].content).toContain(
      '- lr · batch^-0.5 is what it is at lr 0.01, batch 64, within a factor of 2, confidence 0.7',
    )
    await sound(study)
    await stage.service.restart()
    await sound(study)
  })

  it('is asked again after `every` trials, sees its previous beliefs, and replaces them', async () => {
    stage.model.behaves({ says: says(7) }, { says: says(1) })
    const study = await create({ every: 5 })
    await run(study, 1)
    await answered(study)
    await run(study, 5)
    const [, second] = await answered(study, 2)
    expect(second).toMatchObject({ number: 5, ended: 5, beliefs: { parameters: { x: { centre: 1 } } } })
    const { system, messages } = stage.model.received.at(-1)!.body
    expect(system[0].text).toContain('where you\nbelieve the optimum to lie')
    expect(messages[0].content).toContain('- x: 7, give or take 0.5, confidence 0.9')
    const { optimizer } = (await stage.service.get(`/studies/${study}/optimizer`)).body
    expect(optimizer.beliefs).toMatchObject({ parameters: { x: { centre: 1 } }, givenUp: false })
    await sound(study)
    await stage.service.restart()
    await sound(study)
  })

  it('is dropped when trials contradict it, and the summary says so', async () => {
    stage.model.behaves({ says: says(9) })
    const study = await create()
    await stage.service.askOne(study)
    await answered(study)
    await run(study, 16, (x) => (x + 4) ** 2)
    const { advisor } = await stage.service.summary(study)
    expect(advisor.beliefs.held).toMatchObject({ since: 0, weight: 0, givenUp: true })
    const { optimizer } = (await stage.service.get(`/studies/${study}/optimizer`)).body
    expect(optimizer.notes.join()).toContain('what is believed of x was given up')
  })

  const failures: readonly [string, Behaviour, string][] = [
    ['a 529', { status: 529 }, 'server_error'],
    ['silence', 'hangs', 'timeout'],
    ['a refusal', { stops: 'refusal' }, 'refusal'],
    ['prose', { says: 'I would not know.' }, 'unparseable'],
    ['a word for a number', { says: '{"beliefs": {"x": {"centre": "left"}}}' }, 'out_of_space'],
  ]
  it.each(failures)('goes on without beliefs after %s, and says so', async (_, behaviour, reason) => {
    stage.model.behaves(behaviour)
    const study = await create({ deadlineSeconds: 0.5 })
    await run(study, 1)
    const [failed] = await answered(study)
    expect(failed).toMatchObject({ state: 'failed', reason, beliefs: null })
    await run(study, 2)
    expect((await stage.service.summary(study)).advisor).toMatchObject({
      calls: 1,
      fallbacks: {},
      beliefs: { asked: 1, given: 0, failures: { [reason]: 1 } },
    })
    await sound(study)
    await stage.service.restart() // a new breaker
  })

  it('is retried within maxCalls, and asked again ten trials after a failure', async () => {
    stage.model.behaves({ status: 529 }, { says: 'hm' }, { says: says(3) })
    const study = await create({ maxCalls: 2 })
    await run(study, 1)
    expect(await answered(study)).toMatchObject([{ state: 'failed', reason: 'unparseable' }])
    await run(study, 10)
    expect(await beliefs(study)).toHaveLength(1)
    await run(study, 1)
    expect(await answered(study, 2)).toMatchObject([{}, { number: 11, state: 'believed' }])
    const { calls } = (await stage.service.get(`/studies/${study}/llm-calls`)).body
    expect(calls.map((c: Body) => [c.number, c.call, c.outcome])).toEqual([
      [0, 1, 'server_error'],
      [0, 2, 'unparseable'],
      [11, 1, 'answered'],
    ])
    await sound(study)
  })

  it('is not asked beyond a budget limit', async () => {
    stage.model.behaves({ says: says(3) })
    const study = await create({ every: 1 }, { budget: { llmCalls: 1 } })
    await run(study, 1)
    await answered(study)
    await run(study, 3)
    const { advisor } = await stage.service.summary(study)
    expect(advisor).toMatchObject({ calls: 1, beliefs: { asked: 1 } })
    expect(advisor.limit).toContain('1 of 1 calls')
  })

  it('can also override: a trial can have calls of both purposes', async () => {
    stage.model.behaves({
      says: ({ body }) =>
        JSON.stringify(body).includes('"beliefs"')
          ? says(2)
          : JSON.stringify({ x: stage.model.received.length / 10 }),
    })
    const study = await create({ as: 'both', ratio: 1, warmup: 1, every: 1 })
    for (let i = 0; i < 4; i++) {
      const { body } = await stage.service.post(`/studies/${study}/ask`, { worker: 'w', wait: 20 })
      await answered(study, i + 1)
      await stage.service.tell(study, body.trials[0], { outcome: 'complete', value: i })
    }
    const { advisor } = await stage.service.summary(study)
    expect(advisor).toMatchObject({ as: 'both', turns: 3, taken: 3, calls: 7, beliefs: { given: 4 } })
    await sound(study)
  })

  it('is asked by the next server after one stopped, and a stored answer is not paid for twice', async () => {
    stage.model.behaves('hangs')
    const before = stage.model.received.length
    const study = await create({ deadlineSeconds: 60 })
    await run(study, 1)
    while (stage.model.received.length === before) await sleep(20)
    stage.model.behaves({ says: says(4) })
    await stage.service.restart()
    expect(await answered(study)).toMatchObject([{ state: 'believed' }])
    const { calls } = (await stage.service.get(`/studies/${study}/llm-calls`)).body
    expect(calls.filter((c: Body) => c.outcome === 'answered')).toHaveLength(1)
    await sound(study)
  })
})

describe.each(databases().filter(({ name }) => name === 'postgres'))(
  'beliefs between two servers, on $name',
  (engine) => {
    it('are asked for by one of them', async () => {
      const model = await StandIn.open({ says: says(7), afterMs: 1500 })
      const one = await new TestService(await engine.open(), { llm: model.llm }).start()
      const two = await new TestService(one.place, { llm: model.llm }).start()
      const advisor = { kind: 'llm', model: CLAUDE, as: 'prior' }
      const study = await one.create({ method: { optimizer: { kind: 'gp' }, advisor } })
      for (let i = 0; i < 20; i++) {
        await (i % 2 ? one : two).run(study, i)
        await sleep(200)
      }
      const { advisor: advice } = await two.summary(study)
      expect(advice).toMatchObject({ calls: 1, beliefs: { asked: 1, given: 1, held: { givenUp: false } } })
      expect(model.received).toHaveLength(1)
      for (const { running } of [one, two])
        expect(await unsound(running.database, study, running.queues)).toEqual([])
      await two.running.close()
      await one.close()
      await model.close()
    })
  },
)

describe('expert as a prior', () => {
  const service = useService(anEngine())
  const parameters = { LR: { type: 'float', low: 1e-5, high: 1, log: true, default: 0.01 } }

  it('gives its beliefs once at the start, and replays identically', async () => {
    const method = { optimizer: { kind: 'gp' }, advisor: { kind: 'expert', as: 'prior' } }
    const study = await service.create({ space: { parameters }, method })
    for (const value of [3, 2, 1]) await service.run(study, value)
    const { beliefs } = (await service.get(`/studies/${study}/beliefs`)).body
    expect(beliefs).toMatchObject([{ number: 0, source: 'expert', state: 'believed' }])
    expect(beliefs[0].beliefs.parameters.LR.centre).toBeCloseTo(0.01)
    const { advisor } = await service.summary(study)
    expect(advisor).toMatchObject({ kind: 'expert', turns: 0, beliefs: { asked: 1, given: 1 } })
    expect(advisor.beliefs.held.weight).toBeCloseTo(10 / 4)
    expect(await unsound(service.running.database, study, service.running.queues)).toEqual([])
  })

  it.each(['cma-es', 'tpe', 'random'])('is refused for %s, which does not accept beliefs', async (kind) => {
    const method = { optimizer: { kind }, advisor: { kind: 'expert', as: 'both' } }
    const { status, body } = await service.post('/studies', { name: 'a', space: { parameters }, method })
    expect({ status, ...body }).toMatchObject({
      status: 400,
      code: 'invalid_options',
      errors: [{ path: 'method.advisor.as', message: expect.stringMatching(/does not accept beliefs.*gp/) }],
    })
  })

  it('is refused for a control', async () => {
    const method = { optimizer: { kind: 'gp' }, advisor: { kind: 'copy', as: 'prior' } }
    expect((await service.post('/studies', { name: 'a', space: { parameters }, method })).status).toBe(400)
  })
})
