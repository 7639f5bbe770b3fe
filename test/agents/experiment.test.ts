/** Agents in an experiment: they are compared with optimizers and controls, and what is compared is the program that each one kept. */
import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { percentText } from '../../charts/numbers.js'
import { StandIn } from '../advisors/stand-in.js'
import type { Workshop } from '../dispatch/workshop.js'
import { untilEnded } from '../experiments/plans.js'
import { anEngine } from '../postgres.js'
import { type Body, TestService } from '../service/service.js'
import { addsLayer, LARGE_TASK, promptOf, SEALED_TASK, smallTask, TASK } from './small-task.js'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 })

const MODEL = 'openai-compatible:editor'

const plan = (name: string, more: object = {}) => ({
  name,
  study: { trainer: TASK, objective: { metric: 'loss' }, budget: { trials: 5 } },
  arms: [
    { name: 'agent', method: { agent: { model: MODEL, keep: 'lower' } } },
    { name: 'tpe', method: 'tpe' },
    { name: 'constants-only', method: { agent: { control: 'constants-only', keep: 'lower' } } },
  ],
  seeds: 2,
  baseline: 'tpe',
  endpoint: { of: 'recommended', repetitions: 2 },
  parallel: 3,
  ...more,
})

describe('agents in an experiment', () => {
  const engine = anEngine()
  let workshop: Workshop
  let model: StandIn
  let service: TestService

  beforeAll(async () => {
    workshop = smallTask()
    let n = 0
    model = await StandIn.open({ says: (request) => addsLayer(promptOf(request), `layer-${++n}`) })
    const prices = join(workshop.folder, 'prices.prices')
    writeFileSync(
      prices,
      JSON.stringify({ models: { [MODEL]: { input: 1, cacheWrite: 1, cacheRead: 1, output: 10 } } }),
    )
    service = await new TestService(await engine.open(), {
      llm: { ...model.llm, prices },
      trainers: workshop.folder,
      dataDir: workshop.folder,
    }).start()
  })
  afterAll(async () => {
    await service.close()
    await model.close()
    workshop.remove()
  })

  const programs = async (study: string): Promise<Body[]> =>
    (await service.get(`/studies/${study}/programs`)).body.programs

  it('compare the programs that agents kept with what optimizers recommend', async () => {
    expect((await service.post('/experiments', plan('compared'))).status).toBe(201)
    const { state, cells } = await untilEnded(service, 'compared')
    expect(cells.map(({ state, reason }: Body) => reason ?? state)).toEqual(Array(6).fill('finished'))
    expect(state).toBe('finished')
    for (const cell of cells.filter(({ arm }: Body) => arm !== 'tpe')) {
      const kept = (await programs(cell.study)).filter(({ status }) => status === 'kept').at(-1)
      expect(cell.recommended.program).toBe(kept.hash)
      const [ran, ...others] = await programs(`${cell.study}.endpoint`)
      expect([ran.hash, others]).toEqual([kept.hash, []])
      const { body } = await service.get(`/studies/${cell.study}.endpoint/trials`)
      expect(body.trials.map(({ proposal }: Body) => proposal.program.hash)).toEqual([kept.hash, kept.hash])
      expect(cell.runs).toEqual(body.trials.map(({ value }: Body) => value))
    }
    for (const { runs } of cells) expect(runs[0]).not.toBe(runs[1])
    const of = (arm: string) => cells.filter((cell: Body) => cell.arm === arm)
    expect(of('tpe').map(({ recommended }: Body) => recommended.program)).toEqual([undefined, undefined])
    // Four layers more than the baseline lower the loss by 0.8; the constant alone by 0.09 at most.
    for (const { endpoint } of of('agent')) expect(endpoint).toBeCloseTo(2 - 0.2 * 5 + 0.09, 1)
    for (const { endpoint } of [...of('tpe'), ...of('constants-only')]) expect(endpoint).toBeGreaterThan(1.7)
    expect(of('agent').map(({ llmCalls }: Body) => llmCalls)).toEqual([4, 4])
    expect(of('constants-only').map(({ llmCalls }: Body) => llmCalls ?? 0)).toEqual([0, 0])
    const { body: analysis } = await service.get('/experiments/compared/analysis')
    expect(analysis.contrasts.map(({ arm }: Body) => arm)).toEqual(['agent', 'constants-only'])
    expect(analysis.contrasts[0].difference).toBeLessThan(-0.5)
  })

  it('are measured where an agent has made all the calls that its budget allows', async () => {
    const { study } = plan('')
    const budget = { trials: 5, llmCalls: 2 }
    const limited = plan('limited', { study: { ...study, budget }, seeds: 1 })
    expect((await service.post('/experiments', limited)).status).toBe(201)
    const { cells } = await untilEnded(service, 'limited')
    expect(cells.map(({ state, reason }: Body) => reason ?? state)).toEqual(Array(3).fill('finished'))
    const of = (arm: string) => cells.find((cell: Body) => cell.arm === arm)
    expect(of('agent')).toMatchObject({ trials: 3, llmCalls: 2 })
    expect(of('tpe').trials).toBe(5)
  })

  it('judge by sealed data what they recommend, and nothing else', async () => {
    const { study, arms } = plan('sealed')
    const [agent, tpe] = arms
    const sealed = {
      ...{ study: { ...study, trainer: SEALED_TASK, budget: { trials: 2 } }, arms: [agent, tpe] },
      ...{ baseline: 'tpe', seeds: 1 },
    }
    expect((await service.post('/experiments', plan('sealed', sealed))).status).toBe(201)
    const { cells } = await untilEnded(service, 'sealed')
    for (const cell of cells) {
      expect(cell.sealed, cell.reason).toBeCloseTo(cell.endpoint + 0.5, 9)
      const metricsOf = async (name: string): Promise<Body[]> =>
        (await service.get(`/studies/${name}/trials`)).body.trials.map(({ metrics }: Body) => metrics)
      expect((await metricsOf(`${cell.study}.endpoint`)).map(({ sealed }) => sealed)).toHaveLength(2)
      for (const { sealed } of await metricsOf(`${cell.study}.endpoint`)) expect(sealed).toBeGreaterThan(1)
      for (const metrics of await metricsOf(cell.study))
        expect(Object.keys(metrics).join()).not.toMatch(/sealed/i)
    }
    expect(model.received.length).toBeGreaterThan(0)
    expect(JSON.stringify(model.received.map(promptOf))).not.toMatch(/sealed(?!-task)/i)
    const report = String((await service.get('/experiments/sealed/report?format=md')).body)
    expect(report).toMatch(/## By sealed data\n/)
    expect(report).toMatch(/\| agent +\| +1 \|/)
    const { body: csv } = await service.get('/experiments/sealed/export?rows=cells&format=csv')
    expect(csv.split('\r\n')[0]).toContain(',endpoint,sealed,')
  })

  it('say in their reports how agents work, what each category gave and cost, and what the best programs changed', async () => {
    const of = async (path: string) =>
      String((await service.get(`${path}/report?format=md&prompts=true`)).body)
    const { cells } = (await service.get('/experiments/compared')).body
    const { study, dollars } = cells.find(({ arm }: Body) => arm === 'agent')
    const { byCategory } = (await service.get(`/studies/${study}/behaviour`)).body
    expect(byCategory).toMatchObject([
      { category: 'architecture', edits: 4, kept: 4, discarded: 0, crashed: 0 },
    ])
    const { trials } = (await service.get(`/studies/${study}/trials`)).body
    const edited = trials.filter(({ proposal }: Body) => proposal.source === 'agent')
    const trained = edited.reduce((sum: number, { trainSeconds }: Body) => sum + trainSeconds, 0)
    expect(byCategory[0].trainSeconds).toBeCloseTo(trained, 6)
    expect(byCategory[0].meanGain).toBeCloseTo(0.2, 2)
    expect(byCategory[0].dollars).toBeCloseTo(dollars, 10)
    const text = await of(`/studies/${study}`)
    expect(text).toContain(`| architecture | 4 | 4 | 0 | 0 | ${percentText(1)} |`)
    const best = (await programs(study)).at(-1)
    expect(text).toContain(`program ${best.hash.slice(0, 8)} of trial ${best.number}, from the baseline`)
    expect(text).toMatch(/^\+layers = \["first"(, "layer-\d+"){4}\]$/m)
    const { prompts } = (await service.get(`/studies/${study}/prompts`)).body
    expect(prompts.map(({ name }: Body) => name)).toContain('edit-1/system')
    for (const prompt of prompts) expect(text).toContain(prompt.text)
    for (const figure of ['programs', 'categories', 'categories-over-time'])
      expect((await service.get(`/studies/${study}/report?format=svg&figure=${figure}`)).status).toBe(200)
    const whole = String((await service.get('/experiments/compared/report?format=md')).body)
    expect(whole).toContain(`\n| agent | ${percentText(1)} (${percentText(1)} to ${percentText(1)}) |`)
    expect(whole).toContain('\n| constants-only | ')
  })

  it('are screened on one card and confirmed on another', async () => {
    const arms = plan('').arms.filter(({ name }) => name !== 'tpe')
    const endpoint = { of: 'recommended', repetitions: 2, trainer: LARGE_TASK }
    const screened = plan('screened', { arms, baseline: 'constants-only', endpoint, seeds: 1 })
    expect((await service.post('/experiments', screened)).status).toBe(201)
    const { cells } = await untilEnded(service, 'screened')
    expect(cells.map(({ state, reason }: Body) => reason ?? state)).toEqual(['finished', 'finished'])
    for (const { study, best, endpoint: confirmed, recommended } of cells) {
      const kept = (await programs(study)).filter(({ status }) => status === 'kept').at(-1)
      expect(recommended.program).toBe(kept.hash)
      expect(confirmed).toBeCloseTo(10 + best, 1)
    }
    workshop.script('other.py', 'WIDTH = 0.3\n')
    workshop.profile('other-task', {
      space: { parameters: { WIDTH: { type: 'float', low: 0, high: 1, default: 0.3 } } },
      command: ['python3', 'other.py'],
      params: { by: 'constants', file: 'other.py' },
      editable: ['other.py'],
      unconfined: true,
      range: { low: 0, high: 5 },
      prompt: 'Another task.',
    })
    await service.restart()
    const { status, body } = await service.post('/experiments', {
      ...screened,
      name: 'elsewhere',
      endpoint: { ...endpoint, trainer: 'other-task' },
    })
    expect(status).toBe(400)
    expect(body.errors).toEqual([
      {
        path: 'endpoint.trainer',
        message:
          'the task other-task has another source (other.py of its folder) than small-task, so a program that an agent kept there cannot run on it',
      },
    ])
  })

  it('count the dollars of edits before anything is paid for', async () => {
    const dry = { ...plan('dry'), dryRun: true, seeds: 3 }
    const { body } = await service.post('/experiments', dry)
    // 3 seeds of 5 trials: half of a context of 64 000 tokens, a quarter of an answer of 16 000
    expect(body.estimate.dollars).toBeCloseTo((3 * 5 * (1 * 32_000 + 10 * 4000)) / 1e6)
    expect(body.estimate.trials).toBe(3 * 3 * (5 + 2))
    expect((await service.get('/experiments/dry')).status).toBe(404)
  })

  it('are other experiments once the task has another baseline', async () => {
    const small = plan('edited', { seeds: 1 })
    expect((await service.post('/experiments', small)).status).toBe(201)
    await untilEnded(service, 'edited')
    expect((await service.post('/experiments', small)).status).toBe(200)
    const path = join(workshop.folder, 'train.py')
    const before = await readFile(path, 'utf8')
    writeFileSync(path, before.replace('2.0 - 0.2', '3.0 - 0.2'))
    try {
      const { status, body } = await service.post('/experiments', small)
      expect(status).toBe(409)
      expect(body.errors.map(({ path }: Body) => path)).toEqual(['arms.0.program', 'arms.2.program'])
    } finally {
      writeFileSync(path, before)
    }
  })
})
