/** The turn of a code-editing agent, by the front door: a study, a task that runs, and a server in the place of the model. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { StandIn } from '../advisors/stand-in.js'
import { finished, type Workshop } from '../dispatch/workshop.js'
import { anEngine } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { type Body, TestService } from '../service/service.js'
import { addsLayer, answer, promptOf, smallTask, TASK } from './small-task.js'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })

describe('an agent that edits a task', () => {
  const engine = anEngine()
  let workshop: Workshop
  let model: StandIn
  let service: TestService

  beforeAll(async () => {
    workshop = smallTask()
    model = await StandIn.open('hangs')
    service = await new TestService(await engine.open(), {
      llm: model.llm,
      trainers: workshop.folder,
      dataDir: workshop.folder,
    }).start()
  })
  afterAll(async () => {
    await service.close()
    await model.close()
    workshop.remove()
  })

  const study = async (name: string, agent: object, more: object = {}): Promise<Body[]> => {
    const { status, body } = await service.post('/studies', {
      name,
      trainer: TASK,
      objective: { metric: 'loss' },
      method: { agent: { model: 'openai-compatible:editor', ...agent } },
      budget: { trials: 6 },
      ...more,
    })
    expect(body, JSON.stringify(body)).toMatchObject({ name })
    expect(status).toBe(201)
    const trials = await finished(service, name)
    const { database, queues } = service.running
    expect(await unsound(database, name, queues)).toEqual([])
    return trials
  }
  const programs = async (name: string): Promise<Body[]> =>
    (await service.get(`/studies/${name}/programs`)).body.programs

  it('keeps each edit that lowers the value, and starts from it', async () => {
    let n = 0
    model.behaves({ says: (request) => addsLayer(promptOf(request), `layer-${++n}`) })
    const trials = await study('greedy', { keep: 'lower' })
    expect(trials.map(({ proposal }) => proposal.source)).toEqual(['default', ...Array(5).fill('agent')])
    const known = await programs('greedy')
    expect(known.map(({ status }) => status)).toEqual(Array(6).fill('kept'))
    expect(known.map(({ parent }) => parent)).toEqual([null, ...known.slice(0, -1).map(({ hash }) => hash)])
    const last = known.at(-1)
    expect(last.value).toBeCloseTo(2 - 0.2 * 6 + 0.09, 1)
    const { body: shown } = await service.get(`/studies/greedy/programs/${last.hash.slice(0, 8)}`)
    expect(shown.files['train.py']).toContain('"layer-5"')
    const { body: diff } = await service.get(`/studies/greedy/programs/${last.hash}/diff`)
    expect(diff.diff).toContain('+layers = ["first", "layer-1", "layer-2", "layer-3", "layer-4", "layer-5"]')
    const { body: behaviour } = await service.get('/studies/greedy/behaviour')
    expect(behaviour).toMatchObject({ n: 5, breadth: 1, counts: { kept: 5, skipped: 0 }, plateau: 0 })
  })

  it('confirms an edit on paired seeds before it is kept, and discards one that changes nothing', async () => {
    const useless = (request: Parameters<typeof promptOf>[0], n: number) =>
      answer(`rename ${n}`, [
        { search: 'def main():', replace: `def main(unused${n}=None):` },
        ...(promptOf(request) ? [] : []),
      ])
    let n = 0
    model.behaves({
      says: (request) => (++n === 1 ? addsLayer(promptOf(request), 'second') : useless(request, n)),
    })
    const trials = await study('confirmed', {}, { budget: { trials: 14 } })
    const known = await programs('confirmed')
    expect(known.slice(0, 3).map(({ status }) => status)).toEqual(['kept', 'kept', 'discarded'])
    const paired = trials.filter(({ proposal }) => proposal.source === 'agent-confirm')
    expect(paired.length).toBeGreaterThan(1)
    const [baseline, second] = known
    const seeds = ({ runs }: Body) => runs.map(({ seed }: Body) => seed)
    expect(seeds(second)).toEqual(expect.arrayContaining([0, 1]))
    expect(seeds(baseline)).toEqual(expect.arrayContaining(seeds(second)))
  })

  it('prunes no run that the keep rule waits for', async () => {
    const byHand = await new TestService(await engine.open(), {
      trainers: workshop.folder,
      dataDir: workshop.folder,
      cpuSlots: 0,
    }).start()
    await byHand.create({
      name: 'by-hand',
      space: undefined,
      trainer: TASK,
      objective: { metric: 'loss' },
      method: { agent: { control: 'no-op' } },
      pruning: { rule: 'median', startupTrials: 1, warmupSteps: 0 },
    })
    const decisions: string[][] = []
    for (let n = 0; n < 6; n++) {
      const { body: asked } = await byHand.post('/studies/by-hand/ask', { worker: 'w', wait: 20 })
      expect(asked.trials, JSON.stringify(asked)).toHaveLength(1)
      const [trial] = asked.trials
      const { source } = (await byHand.show('by-hand', trial.number)).proposal
      const report = { token: trial.lease.token, step: 1, value: n }
      const { body } = await byHand.post(`/studies/by-hand/trials/${trial.number}/report`, report)
      decisions.push([source, body.decision])
      await byHand.tell('by-hand', trial, { outcome: 'complete', value: 1 + (n % 3) })
    }
    expect(decisions.filter(([source]) => source === 'agent-confirm').length).toBeGreaterThan(1)
    for (const [source, decision] of decisions) if (source === 'agent-confirm') expect(decision).toBe('go')
    await byHand.close()
  })

  it('tells the model what was wrong with its edit, and runs the corrected one', async () => {
    model.behaves(
      { says: answer('nothing there', [{ search: 'no such line', replace: 'x = 1' }]) },
      { says: answer('breaks it', [{ search: 'def main():', replace: 'def main(:' }]) },
      { says: (request) => addsLayer(promptOf(request), 'corrected') },
    )
    const trials = await study('repaired', { keep: 'lower' }, { budget: { trials: 2 } })
    expect(trials[1].proposal).toMatchObject({
      source: 'agent',
      program: { edit: { category: 'architecture' } },
    })
    const { body } = await service.get('/studies/repaired/llm-calls')
    expect(body.calls.map(({ outcome }: Body) => outcome)).toEqual(['inapplicable', 'answered', 'answered'])
    const asked = model.received.at(-1)!
    expect(promptOf(asked)).toContain('invalid')
  })

  it('ends a turn without a trial where no edit can be used', async () => {
    model.behaves({ says: 'I would rather not.' })
    const trials = await study('useless', { repairs: 1 }, { budget: { trials: 3 } })
    expect(trials.map(({ state }) => state)).toEqual(['complete', 'cancelled', 'cancelled'])
    expect(trials[1].proposal).toMatchObject({ reason: 'unparseable', requested: 'agent' })
    const { body } = await service.get('/studies/useless/behaviour')
    expect(body.counts).toEqual({ kept: 0, discarded: 0, crashed: 0, skipped: 2 })
  })

  it('ends at a limit of calls in the middle of a turn, and runs nothing in the place of the edit', async () => {
    model.behaves({ says: 'I would rather not.' })
    const trials = await study('limited', { repairs: 5 }, { budget: { trials: 9, llmCalls: 3 } })
    expect(trials.map(({ state }) => state)).toEqual(['complete', 'cancelled'])
    expect(trials[1].proposal).toMatchObject({ reason: 'limit', requested: 'agent' })
    const { body } = await service.get('/studies/limited')
    expect(body).toMatchObject({ state: 'finished', reason: '3 of 3 calls of the language model are made' })
  })

  it('shows in later prompts which answers were refused, and after a restart too', async () => {
    const lines = (request: Parameters<typeof promptOf>[0]) =>
      promptOf(request).match(/^- trial \d+: [a-z_]+\. .*$/gm) ?? []
    let seen: string[] = []
    model.behaves({
      says: (request) => {
        seen = lines(request)
        return 'I would rather not.'
      },
    })
    await study('refusals', { repairs: 0 }, { budget: { trials: 3 } })
    expect(seen).toEqual([expect.stringMatching(/^- trial 1: unparseable\. "/)])
    await service.restart()
    expect((await service.patch('/studies/refusals', { budget: { trials: 4 } })).status).toBe(200)
    await finished(service, 'refusals')
    expect(seen).toEqual([
      expect.stringMatching(/^- trial 1: unparseable\. "/),
      expect.stringMatching(/^- trial 2: unparseable\. "/),
    ])
  })

  it('tunes the constants of the kept program in the trials of the optimizer', async () => {
    let n = 0
    model.behaves({ says: (request) => addsLayer(promptOf(request), `both-${++n}`) })
    const trials = await study(
      'both',
      { keep: 'lower', share: 0.5 },
      {
        method: {
          optimizer: { kind: 'tpe' },
          agent: { model: 'openai-compatible:editor', keep: 'lower', share: 0.5 },
        },
        budget: { trials: 11 },
      },
    )
    const sources = trials.map(({ proposal }) => proposal.source)
    expect(sources.filter((source) => source === 'agent')).toHaveLength(5)
    expect(sources.filter((source) => source === 'tpe')).toHaveLength(5)
    const tuned = trials.filter(({ proposal }) => proposal.source === 'tpe')
    for (const { proposal, params, value } of tuned) {
      const { body } = await service.get(`/studies/both/programs/${proposal.program.hash}`)
      const layers = body.files['train.py'].match(/^layers = \[(.*)\]$/m)[1].split(',').length
      expect(value).toBeCloseTo(2 - 0.2 * layers + (params.WIDTH - 0.6) ** 2, 1)
    }
  })

  it('asks several models, and the cheaper of two that are equally good more often', async () => {
    let n = 0
    model.behaves({ says: (request) => addsLayer(promptOf(request), `layer-${++n}`) })
    const models = ['anthropic:claude-opus-4-6', 'anthropic:claude-haiku-4-5']
    const trials = await study(
      'models',
      {},
      {
        method: { agent: { models, keep: 'lower' } },
        budget: { trials: 13 },
      },
    )
    const by = trials.slice(1).map(({ proposal }) => proposal.program.edit.model)
    const asked = models.map((name) => by.filter((one) => one === name).length)
    expect(asked[0]).toBeGreaterThan(0)
    expect(asked[1]).toBeGreaterThan(asked[0]!)
    const { body } = await service.get('/studies/models/llm-calls')
    const dollars = (name: string) =>
      body.calls
        .filter((call: Body) => name.endsWith(call.model))
        .reduce((sum: number, call: Body) => sum + call.dollars, 0)
    expect(dollars(models[0]!) / asked[0]!).toBeGreaterThan(dollars(models[1]!) / asked[1]!)
  })

  it.each(['no-op', 'seed-only', 'constants-only'] as const)(
    'runs the control %s without a model',
    async (control) => {
      model.behaves({ status: 500 })
      const trials = await study(
        control,
        {},
        { method: { agent: { control, keep: 'lower' } }, budget: { trials: 4 } },
      )
      expect(trials.map(({ proposal }) => proposal.source)).toEqual(['default', control, control, control])
      expect(trials.every(({ state }) => state === 'complete')).toBe(true)
    },
  )

  it.each([
    [{ trainer: 'simulated-h200' }, 'has no source that may be edited'],
    [{ trainer: undefined, space: 'autoresearch-14' }, 'an agent needs a task'],
    [{ method: { agent: {} } }, 'name either model or models'],
    [{ method: { agent: { model: 'openai-compatible:m', strategy: 'best' } } }, 'strategy'],
    [{ method: { agent: { model: 'openai-compatible:m', share: 0.5 } } }, 'name an optimizer'],
  ])('refuses %j', async (more, message) => {
    const spec = {
      name: 'refused',
      trainer: TASK,
      objective: { metric: 'loss' },
      method: { agent: { model: 'openai-compatible:editor' } },
      ...more,
    }
    const { status, body } = await service.post('/studies', spec)
    expect(status).toBe(400)
    expect(body.detail).toContain(message)
  })
})
