/** An experiment over agents: its hypotheses about how they work are declared, and tested at the end. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { signedRank } from '../../src/statistics/signed-rank.js'
import { StandIn } from '../advisors/stand-in.js'
import type { Workshop } from '../dispatch/workshop.js'
import { anEngine } from '../postgres.js'
import { type Body, TestService } from '../service/service.js'
import { addsLayer, answer, promptOf, smallTask, TASK } from './small-task.js'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 })

/** On one database: what is tested does not depend on it. */
describe('an experiment over agents', () => {
  let workshop: Workshop
  let model: StandIn
  let service: TestService

  beforeAll(async () => {
    workshop = smallTask()
    let n = 0
    // `good` always improves; `poor` can never be applied; `slow` improves the baseline, and never answers again.
    model = await StandIn.open({
      says: (request) => {
        const prompt = promptOf(request)
        if (request.body.model === 'poor')
          return answer('nothing there', [{ search: 'no such line', replace: 'x = 1' }])
        if (request.body.model === 'slow' && prompt.includes('layers = ["first", "')) return undefined
        return addsLayer(prompt, `layer-${++n}`)
      },
    })
    service = await new TestService(await anEngine().open(), {
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

  const arm = (name: string) => ({
    name,
    method: { agent: { model: `openai-compatible:${name}`, keep: 'lower', repairs: 0 } },
  })
  const plan = (name: string, more: object = {}) => ({
    name,
    study: { trainer: TASK, objective: { metric: 'loss' }, budget: { trials: 5 } },
    arms: [arm('good'), arm('poor'), { name: 'tpe', method: 'tpe' }],
    baseline: 'tpe',
    seeds: 3,
    parallel: 3,
    endpoint: { of: 'best' },
    hypotheses: [
      { figure: 'skipRate', arm: 'poor', baseline: 'good', alternative: 'greater' },
      { figure: 'success', arm: 'good', baseline: 'poor' },
    ],
    ...more,
  })

  it('tests what was declared, and describes the rest', async () => {
    expect((await service.post('/experiments', plan('declared'))).status).toBe(201)
    await vi.waitFor(
      async () => expect((await service.get('/experiments/declared')).body.state).toBe('finished'),
      { timeout: 280_000, interval: 500 },
    )
    const { body } = await service.get('/experiments/declared/behaviour')
    expect(body.arms.map(({ arm }: Body) => arm)).toEqual(['good', 'poor'])
    const [good, poor] = body.arms
    const of = ({ cells }: Body, figure: string) => cells.map(({ figures }: Body) => figures[figure])
    expect(of(good, 'success')).toEqual([1, 1, 1])
    expect(of(poor, 'skipRate').every((rate: number) => rate > 0)).toBe(true)
    const [skips, success] = body.hypotheses
    const p = signedRank(of(poor, 'skipRate'), of(good, 'skipRate'), 'greater').p
    expect(skips).toMatchObject({ pairs: 3, p, adjusted: Math.min(1, 2 * p) })
    expect(success.difference).toBeGreaterThan(0)
    expect(body.correlations.breadth).toHaveProperty('interval')
    const { notes } = (await service.get('/experiments/declared/analysis')).body
    expect(notes.filter((note: string) => note.includes('says little of its agent'))).toEqual([
      expect.stringMatching(/^poor says little of its agent: \d+ of \d+ turns came to nothing/),
    ])
  })

  it('are part of the plan: the same experiment with others is refused', async () => {
    const [first] = plan('declared').hypotheses
    const { status, body } = await service.post('/experiments', plan('declared', { hypotheses: [first] }))
    expect(status).toBe(409)
    expect(body.errors).toMatchObject([{ path: 'hypotheses' }])
    expect((await service.post('/experiments', plan('declared'))).status).toBe(200)
  })

  it('are tested on cells that are finished, and corrected for as many as were declared', async () => {
    const hypotheses = [
      { figure: 'skipRate', arm: 'poor', baseline: 'good', alternative: 'greater' },
      { figure: 'success', arm: 'good', baseline: 'slow' },
    ]
    const arms = [arm('good'), arm('poor'), arm('slow')]
    const open = plan('open', { arms, baseline: 'good', seeds: 2, parallel: 6, hypotheses })
    expect((await service.post('/experiments', open)).status).toBe(201)
    const edits = async (name: string) => (await service.get(`/studies/${name}/behaviour`)).body.n
    await vi.waitFor(
      async () => {
        const { cells } = (await service.get('/experiments/open')).body
        expect(cells.filter(({ state }: Body) => state === 'finished')).toHaveLength(4)
        expect(await Promise.all([edits('open.slow.1'), edits('open.slow.2')])).toEqual([1, 1])
      },
      { timeout: 100_000, interval: 500 },
    )
    const { body } = await service.get('/experiments/open/behaviour')
    expect(body.arms.map(({ cells }: Body) => cells.length)).toEqual([2, 2, 0])
    const [tested, untested] = body.hypotheses
    expect(tested).toMatchObject({ pairs: 2, adjusted: Math.min(1, 2 * tested.p) })
    expect(untested).toMatchObject({ pairs: 0, p: null, adjusted: null })
    await service.post('/experiments/open/stop')
  })

  it.each([
    [{ arm: 'nobody', baseline: 'good' }, 'hypotheses.0.arm', 'there is no arm nobody'],
    [{ arm: 'tpe', baseline: 'good' }, 'hypotheses.0.arm', 'tpe has no agent'],
    [{ arm: 'good', baseline: 'good' }, 'hypotheses.0', 'compares an arm with itself'],
    [{ arm: 'good', baseline: 'poor', figure: 'charm' }, 'hypotheses.0.figure', ''],
  ])('refuses the hypothesis %j', async (given, path, message) => {
    const hypotheses = [{ figure: 'success', ...given }]
    const { status, body } = await service.post('/experiments', plan('refused', { hypotheses }))
    expect(status).toBe(400)
    expect(body.errors[0].path).toBe(path)
    expect(body.errors[0].message).toContain(message)
  })
})
