import { describe, expect, it, test } from 'vitest'
import { databases } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { type Body, TestService } from '../service/service.js'
import { describeStaged } from './stage.js'
import { type Behaviour, KEY, type Received, USAGE } from './stand-in.js'

const CLAUDE = 'anthropic:claude-opus-4-6'
const OTHER = 'openai-compatible:some-model'
/** Dollars for one answer of the stand-in, at $5, $0.5, $6.25 and $25 for a million tokens. */
const DOLLARS = (1000 * 5 + 400 * 0.5 + 200 * 6.25 + 50 * 25) / 1e6

const suggestion = (params: unknown) => JSON.stringify({ reasoning: 'it is closer', params })

describeStaged('an advisor that is a language model', (stage) => {
  const create = (advisor: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
    stage.service.create({
      method: {
        optimizer: { kind: 'random' },
        advisor: { kind: 'llm', model: CLAUDE, ratio: 1, warmup: 1, maxCalls: 1, ...advisor },
      },
      ...more,
    })

  /** The default has run; the next trial is the advisor's. */
  const created = async (advisor?: Record<string, unknown>, more?: Record<string, unknown>) => {
    const study = await create(advisor, more)
    await stage.service.run(study, 4)
    return study
  }

  /** A configuration that it has not suggested before. */
  const another = () => suggestion({ x: stage.model.received.length / 1000 })

  const ask = async (study: string, worker = 'w', wait = 20): Promise<Body> =>
    (await stage.service.post(`/studies/${study}/ask`, { worker, wait })).body

  const advised = async (study: string): Promise<Body> => (await ask(study)).trials[0]

  const calls = async (study: string): Promise<Body[]> =>
    (await stage.service.get(`/studies/${study}/llm-calls`)).body.calls

  const sound = async (study: string) =>
    expect(await unsound(stage.service.running.database, study, stage.service.running.queues)).toEqual([])

  it('overrides the optimizer, and every detail is recorded', async () => {
    stage.model.behaves({ says: suggestion({ x: 1.25 }), thinks: 'smaller is better' })
    const study = await created({ thinking: 'adaptive' })
    const trial = await advised(study)
    expect(trial).toMatchObject({
      number: 1,
      state: 'running',
      params: { x: 1.25 },
      proposal: { source: 'llm', requested: 'llm', note: 'it is closer', repairs: [] },
    })
    expect(trial.proposal.optimizerParams.x).not.toBe(1.25)
    const { path, headers, body } = stage.model.received.at(-1)!
    expect(path).toBe('/v1/messages')
    expect(headers.authorization).toBe(`Bearer ${KEY}`)
    expect(body).toMatchObject({
      model: 'claude-opus-4-6',
      thinking: { type: 'adaptive' },
      system: [{ cache_control: { type: 'ephemeral' } }],
      output_config: { format: { type: 'json_schema' } },
    })
    const [call, ...none] = await calls(study)
    expect(none).toEqual([])
    expect(call).toMatchObject({
      number: 1,
      call: 1,
      provider: 'anthropic',
      model: 'claude-opus-4-6',
      prompt: 'repaired-1',
      request: body,
      answer: suggestion({ x: 1.25 }),
      thinking: 'smaller is better',
      outcome: 'answered',
      tokens: USAGE,
    })
    expect(call.dollars).toBeCloseTo(DOLLARS, 10)
    const { advisor } = await stage.service.summary(study)
    expect(advisor).toMatchObject({ turns: 1, taken: 1, fallbacks: {}, calls: 1, realised: 1 })
    await stage.service.tell(study, trial, { outcome: 'complete', value: 1 })
    expect((await stage.service.get(`/studies/${study}/incumbents`)).body.incumbents.at(-1)).toMatchObject({
      number: 1,
      source: 'llm',
    })
    await sound(study)
  })

  it('has its prompt counted by the provider near the context limit, and shortened to fit', async () => {
    const lengthOf = ({ body }: Received) => body.system[0].text.length + body.messages[0].content.length
    stage.model.behaves({ says: another })
    const model = 'anthropic:another-model' // of which nothing has been learned
    const study = await create(
      { model, warmup: 40, contextTokens: 2000 },
      { description: 'words '.repeat(250) },
    )
    for (let i = 0; i < 40; i++) await stage.service.run(study, 4 + i / 7)
    stage.model.counts = null
    expect((await advised(study)).proposal).toMatchObject({ source: 'llm' })
    expect(stage.model.counted.splice(0)).toHaveLength(1)
    stage.model.counts = (request) => Math.round(lengthOf(request) / 2.2)
    expect((await ask(study, 'another')).trials[0].proposal).toMatchObject({ source: 'llm' })
    const [counted, ...more] = stage.model.counted.splice(0)
    const sent = stage.model.received.at(-1)!
    expect(more).toEqual([])
    expect(counted!.body).toMatchObject({ model: sent.body.model, system: sent.body.system })
    expect(lengthOf(counted!)).toBeGreaterThan(2.2 * 2000)
    expect(lengthOf(sent)).toBeLessThanOrEqual(2.2 * 2000)
  })

  it('is in the Prometheus metrics: calls, tokens, dollars, seconds, by study, model and outcome', async () => {
    stage.model.behaves({ status: 529 }, { says: another })
    const study = await created({ maxCalls: 2 })
    await advised(study)
    const text: string = (await stage.service.get('/metrics')).body
    const of = (name: string, outcome: string, kind = '') =>
      Number(
        new RegExp(
          `^chiron_llm_${name}\\{study="${study}",model="${CLAUDE}",outcome="${outcome}"${kind}\\} (\\S+)$`,
          'm',
        ).exec(text)?.[1],
      )
    expect(of('calls_total', 'server_error')).toBe(1)
    expect(of('calls_total', 'answered')).toBe(1)
    expect(of('dollars_total', 'answered')).toBeCloseTo(DOLLARS, 10)
    expect(of('tokens_total', 'answered', ',kind="cacheRead"')).toBe(USAGE.cacheRead)
    expect(of('tokens_total', 'answered', ',kind="output"')).toBe(USAGE.output)
    expect(of('call_seconds_count', 'answered')).toBe(1)
  })

  it('sees the optimizer’s state and the history; with the view history, the history alone', async () => {
    stage.model.behaves({ says: suggestion({ x: 2.5 }) })
    const seen = async (view: string) => {
      const study = await created({ view })
      await advised(study)
      const { system, messages } = stage.model.received.at(-1)!.body
      expect(system[0].text).toContain('x: ')
      return messages[0].content as string
    }
    const whole = await seen('state+history')
    expect(whole).toContain('What the optimizer believes')
    expect(whole).toContain('0,default,4')
    expect(await seen('history')).not.toContain('What the optimizer believes')
  })

  it.each([
    [{}, undefined],
    [{ temperature: 0.2 }, 0.2],
    [{ prompt: 'faithful' }, 0.7],
    [{ prompt: 'faithful', temperature: null }, undefined],
    [{ prompt: 'faithful', thinking: 'adaptive' }, undefined],
  ])('of %j has the temperature %s, with either provider', async (advisor, temperature) => {
    stage.model.behaves({ says: another })
    for (const name of [CLAUDE, OTHER]) {
      await advised(await created({ model: name, ...advisor }))
      const { body } = stage.model.received.at(-1)!
      expect(body.temperature).toBe(temperature)
      if ('prompt' in advisor) expect([body.system, body.messages.length]).toEqual([undefined, 1])
    }
  })

  it('uses the study’s thinking and effort', async () => {
    stage.model.behaves({ says: another, thinks: 'hm' })
    const advisor = { thinking: { budgetTokens: 1024 }, maxTokens: 4000, effort: 'low' }
    const sent = async (name: string) => {
      const study = await created({ model: name, ...advisor })
      await advised(study)
      expect((await calls(study))[0]).toMatchObject({ outcome: 'answered', thinking: 'hm' })
      return stage.model.received.at(-1)!.body
    }
    expect(await sent(CLAUDE)).toMatchObject({
      max_tokens: 4000,
      thinking: { type: 'enabled', budget_tokens: 1024 },
      output_config: { effort: 'low' },
    })
    expect(await sent(OTHER)).toMatchObject({ max_tokens: 4000, reasoning_effort: 'low' })
  })

  test('no transaction is open during a call, and other asks continue', async () => {
    stage.model.behaves('hangs')
    const study = await created({ ratio: 0.5, deadlineSeconds: 60 })
    const first = await ask(study, 'a', 0)
    const second = await ask(study, 'b', 0)
    const [waits, runs] = first.trials.length === 0 ? ['a', 'b'] : ['b', 'a']
    const given = waits === 'a' ? second : first
    expect(given.trials).toHaveLength(1)
    expect(await ask(study, waits, 0)).toMatchObject({ trials: [], reason: { code: 'advising' } })
    await stage.service.tell(study, given.trials[0], { outcome: 'complete', value: 3 })
    expect((await ask(study, runs, 0)).trials.length + 1).toBeGreaterThan(0)
    const { trials } = (await stage.service.get(`/studies/${study}/trials?state=proposing`)).body
    expect(trials[0]).toMatchObject({ state: 'proposing', worker: waits })
    expect(await stage.service.running.database.query('select 1 from studies for update nowait')).not.toEqual(
      [],
    )
    await sound(study)
    for (const { number } of trials) await stage.service.post(`/studies/${study}/trials/${number}/cancel`)
    await sound(study)
  })

  it('hands the trial to the worker that asked for it, when it comes back', async () => {
    stage.model.behaves({ says: suggestion({ x: 3 }), afterMs: 300 })
    const study = await created()
    expect(await ask(study, 'a', 0)).toMatchObject({ trials: [], reason: { code: 'advising' } })
    expect(await ask(study, 'a', 0)).toMatchObject({ trials: [], reason: { code: 'advising' } })
    expect((await ask(study, 'a', 20)).trials[0]).toMatchObject({ number: 1, params: { x: 3 } })
    expect((await stage.service.summary(study)).trials).toMatchObject({ running: 1, proposing: 0 })
  })

  const failures: readonly [string, Behaviour, string, number][] = [
    ['a 429', { status: 429, retryAfter: 0 }, 'rate_limited', 0],
    ['a 529', { status: 529 }, 'server_error', 0],
    ['a 400', { status: 400 }, 'rejected', 0],
    ['a cut connection', 'cuts', 'server_error', 0],
    ['silence', 'hangs', 'timeout', 0],
    ['babble', 'babbles', 'server_error', 0],
    ['a refusal', { stops: 'refusal' }, 'refusal', DOLLARS],
    ['a truncated answer', { stops: 'truncated', says: '{"params": {"x"' }, 'truncated', DOLLARS],
    ['what no database can store', { says: 'no \0 way \ud800' }, 'unparseable', DOLLARS],
    ['prose', { says: 'I would not know.' }, 'unparseable', DOLLARS],
    ['a word for a number', { says: suggestion({ x: 'large' }) }, 'out_of_space', DOLLARS],
    ['a point that ran', { says: suggestion({ x: 2.5 }) }, 'duplicate', DOLLARS],
  ]

  describe.each([
    ['anthropic', CLAUDE],
    ['openai-compatible', OTHER],
  ])('of %s', (provider, name) => {
    it.each(failures)(
      'runs the optimizer’s own point after %s, and says so',
      async (_, behaviour, outcome, cost) => {
        stage.model.behaves(behaviour)
        const study = await create({ model: name, deadlineSeconds: 0.4 })
        await stage.service.post(`/studies/${study}/trials`, {
          params: { x: 2.5 },
          outcome: 'complete',
          value: 4,
        })
        await stage.service.run(study, 4)
        const trial = await advised(study)
        expect(trial.proposal).toMatchObject({ source: 'random', requested: 'llm', reason: outcome })
        expect(trial.params).toEqual(trial.proposal.optimizerParams)
        const [call] = await calls(study)
        expect(call).toMatchObject({ outcome, provider })
        if (provider === 'anthropic') expect(call.dollars).toBeCloseTo(cost, 10)
        expect(JSON.stringify(call)).not.toContain(KEY)
        expect((await stage.service.summary(study)).advisor).toMatchObject({
          fallbacks: { [outcome]: 1 },
          taken: 0,
        })
        await sound(study)
        await stage.service.restart() // a new breaker
      },
    )
  })

  it('retries transient failures within maxCalls and the deadline', async () => {
    const before = stage.model.received.length
    stage.model.behaves({ status: 529 }, { status: 429, retryAfter: 0 }, 'cuts', {
      says: suggestion({ x: 4 }),
    })
    const study = await created({ maxCalls: 4, deadlineSeconds: 60 })
    expect((await advised(study)).params).toEqual({ x: 4 })
    expect((await calls(study)).map(({ call, outcome }) => [call, outcome])).toEqual([
      [1, 'server_error'],
      [2, 'rate_limited'],
      [3, 'server_error'],
      [4, 'answered'],
    ])
    expect(stage.model.received.length - before).toBe(4)
    await sound(study)
  })

  it.each([429, 503])('does not wait if retry-after of a %i is past the deadline', async (status) => {
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString()
    stage.model.behaves({ status, retryAfter: inAnHour }, { says: suggestion({ x: 4 }) })
    const study = await created({ maxCalls: 4, deadlineSeconds: 60 })
    expect((await advised(study)).proposal.source).toBe('random')
    expect(await calls(study)).toHaveLength(1)
    const past = new Date(Date.now() - 3_600_000).toUTCString()
    stage.model.behaves({ status, retryAfter: past }, { says: suggestion({ x: 6 }) })
    const other = await created({ maxCalls: 4, deadlineSeconds: 60 })
    expect((await advised(other)).params).toEqual({ x: 6 })
    expect(await calls(other)).toHaveLength(2)
  })

  it('asks a server that refuses response schemas without one', async () => {
    stage.model.behaves(
      { status: 400, body: 'response_format json_schema is not supported' },
      { says: 'Sure!\n```json\n{"x": "4.5e0",}\n```' },
    )
    const study = await created({ model: 'openai-compatible:simple', maxCalls: 2 })
    expect((await advised(study)).params).toEqual({ x: 4.5 })
    const [first, second] = await calls(study)
    expect(first).toMatchObject({ outcome: 'rejected', request: { response_format: {} }, dollars: null })
    expect(second.request).not.toHaveProperty('response_format')
  })

  it('without a price counts tokens, and warns that dollars are unknown', async () => {
    stage.model.behaves({ says: another })
    const study = await created({ model: OTHER })
    await advised(study)
    const { advisor } = await stage.service.summary(study)
    expect(advisor).toMatchObject({ calls: 1, dollars: 0, unpriced: 1 })
    expect(advisor.warnings).toEqual([
      `price unknown: the cost of one call is not counted; add a price for ${OTHER} to CHIRON_LLM_PRICES`,
    ])
    const { status, body } = await stage.service.patch(`/studies/${study}`, { budget: { llmUsd: 1 } })
    expect({ status, paths: body.errors.map((e: Body) => e.path) }).toEqual({
      status: 400,
      paths: ['budget.llmUsd'],
    })
    await sound(study)
  })

  it('can skip: the place in the budget is used, and nothing runs', async () => {
    stage.model.behaves({ says: 'no idea' })
    const study = await created({ onFailure: 'skip' }, { budget: { trials: 3 } })
    expect(await ask(study, 'w', 1)).toMatchObject({ trials: [] })
    expect(await ask(study, 'w', 1)).toMatchObject({ trials: [], reason: { code: 'finished' } })
    expect(await stage.service.show(study, 1)).toMatchObject({
      state: 'cancelled',
      proposal: { requested: 'llm', reason: 'unparseable' },
    })
    await sound(study)
  })

  it('can pause the study; its trial is advised when the study resumes', async () => {
    stage.model.behaves({ says: 'no idea' })
    const study = await created({ onFailure: 'pause' })
    const paused = await ask(study, 'w', 2)
    expect(paused).toMatchObject({ trials: [], reason: { code: 'paused' } })
    expect(paused.reason.message).toContain('unparseable')
    await sound(study)
    stage.model.behaves({ says: suggestion({ x: 5 }) })
    await stage.service.patch(`/studies/${study}`, { state: 'active' })
    expect(await advised(study)).toMatchObject({ number: 1, params: { x: 5 } })
    await sound(study)
  })

  it('is not asked beyond a budget limit, and the study continues without it', async () => {
    stage.model.behaves({ says: another })
    const study = await created({}, { budget: { llmCalls: 2 } })
    const sources: string[] = []
    for (let i = 0; i < 4; i++) {
      const trial = await advised(study)
      sources.push(trial.proposal.source)
      await stage.service.tell(study, trial)
    }
    expect(sources).toEqual(['llm', 'llm', 'random', 'random'])
    const { advisor } = await stage.service.summary(study)
    expect(advisor).toMatchObject({ calls: 2, fallbacks: { limit: 2 } })
    expect(advisor.limit).toContain('2 of 2 calls')
    await sound(study)
    const dear = await created({}, { budget: { llmUsd: 2.5 * DOLLARS } })
    for (let i = 0; i < 4; i++) await stage.service.tell(dear, await advised(dear))
    expect((await stage.service.summary(dear)).advisor).toMatchObject({ calls: 2, fallbacks: { limit: 2 } })
  })

  it('stops calling a provider that fails repeatedly', async () => {
    stage.model.behaves({ status: 500 })
    const study = await created()
    for (let i = 0; i < 7; i++) await stage.service.tell(study, await advised(study))
    expect((await stage.service.summary(study)).advisor).toMatchObject({
      calls: 5,
      fallbacks: { server_error: 5, circuit_open: 2 },
      fallbackRate: 1,
    })
    await sound(study)
    await stage.service.restart()
  })

  it('warns if more than a tenth of its trials ran without its advice', async () => {
    stage.model.behaves({ says: 'no idea' })
    const study = await created()
    for (let i = 0; i < 10; i++) await stage.service.tell(study, await advised(study))
    expect((await stage.service.summary(study)).advisor.warnings).toEqual([
      '100 % of the advisor’s trials ran without its advice: mostly unparseable',
    ])
  })

  it('pages its calls', async () => {
    stage.model.behaves({ says: another })
    const study = await created()
    for (let i = 0; i < 5; i++) await stage.service.tell(study, await advised(study))
    const first = (await stage.service.get(`/studies/${study}/llm-calls?limit=3`)).body
    expect(first.calls.map((c: Body) => c.number)).toEqual([1, 2, 3])
    const rest = (await stage.service.get(`/studies/${study}/llm-calls?limit=3&cursor=${first.nextCursor}`))
      .body
    expect(rest.calls.map((c: Body) => c.number)).toEqual([4, 5])
  })
})

describe('a study whose advisor cannot be asked', () => {
  const [engine] = databases()
  it('is refused when it is created, with the remedy', async () => {
    const service = await new TestService(await engine!.open()).start()
    const spec = {
      name: 'a',
      space: { parameters: { x: { type: 'float', low: 0, high: 1 } } },
      method: 'centaur',
    }
    const { status, body } = await service.post('/studies', spec)
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'invalid_options', errors: [{ path: 'method.advisor.model' }] })
    expect(body.detail).toMatch(/ANTHROPIC_API_KEY.*centaur-expert/)
    await service.close()
  })

  it('is refused if its dollars cannot be counted, or its thinking leaves no room for an answer', async () => {
    const llm = { openaiUrl: 'http://127.0.0.1:9', anthropicKey: 'none', anthropicUrl: 'http://127.0.0.1:9' }
    const service = await new TestService(await engine!.open(), { llm }).start()
    const refused = async (advisor: object, path: string) => {
      const space = { parameters: { x: { type: 'float', low: 0, high: 1 } } }
      const method = { optimizer: { kind: 'random' }, advisor: { kind: 'llm', ...advisor } }
      const spec = { name: 'a', space, method, budget: { llmUsd: 1 } }
      const { status, body } = await service.post('/studies', spec)
      expect({ status, paths: body.errors.map((e: Body) => e.path) }).toEqual({ status: 400, paths: [path] })
    }
    await refused({ model: OTHER }, 'budget.llmUsd')
    await refused({ model: 'some-model' }, 'method.advisor.model')
    const thinking = { budgetTokens: 5000 }
    await refused({ model: CLAUDE, thinking, maxTokens: 4000 }, 'method.advisor.thinking.budgetTokens')
    await refused({ model: CLAUDE, thinking: 'adaptive', temperature: 1 }, 'method.advisor.temperature')
    await service.close()
  })
})
