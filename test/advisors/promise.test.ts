/** An advisor whose configurations run only where the optimizer's own model expects enough of them. */
import { expect, it } from 'vitest'
import { unsound } from '../service/invariants.js'
import type { Body } from '../service/service.js'
import { describeStaged } from './stage.js'

const study = (advisor: object, more: object = {}) => ({
  space: { parameters: { x: { type: 'float', low: 0, high: 10, default: 5 } } },
  objective: { metric: 'loss', noise: 0 },
  method: { optimizer: { kind: 'gp' }, preflight: 'off', advisor },
  budget: { trials: 12 },
  ...more,
})

describeStaged('an advisor that must promise something', (stage) => {
  const run = async (advisor: object): Promise<Body[]> => {
    const name = await stage.service.create(study(advisor))
    const trials: Body[] = []
    for (let i = 0; i < 12; i++) {
      const { body } = await stage.service.post(`/studies/${name}/ask`, { worker: 'w', wait: 20 })
      const [trial] = body.trials
      trials.push(trial)
      await stage.service.tell(name, trial, { outcome: 'complete', value: (trial.params.x - 3) ** 2 })
    }
    const { database, queues } = stage.service.running
    expect(await unsound(database, name, queues)).toEqual([])
    return trials.filter(({ proposal }) => proposal.requested !== undefined)
  }

  it('runs where nothing is asked of it, and where too much is the optimizer goes on and says why', async () => {
    const random = { kind: 'random', ratio: 1, warmup: 8 }
    const sourcesAt = async (promise: number) =>
      (await run({ ...random, promise })).map(({ proposal }) => proposal.source)
    expect(await sourcesAt(0)).toEqual(Array(4).fill('random-control'))
    const refused = await run({ ...random, promise: 10 })
    expect(refused).toHaveLength(4)
    for (const { proposal } of refused) {
      expect(proposal).toMatchObject({ source: 'gp', requested: 'random', reason: 'unpromising' })
      expect(proposal.note).toMatch(
        /^the optimizer expects of it .* of the improvement .*; 10 are asked for$/,
      )
    }
  })

  it('is a model that answered: the call is stored as such, and the best known place is promising', async () => {
    const says = (x: number) => JSON.stringify({ reasoning: '', params: { x } })
    const llm = { kind: 'llm', model: 'openai-compatible:m', ratio: 1, warmup: 8, promise: 1e-6 }
    stage.model.behaves({ says: says(9.5) })
    const name = await stage.service.create(study(llm, { budget: { trials: 20 } }))
    for (let i = 0; i < 8; i++) {
      const { body } = await stage.service.post(`/studies/${name}/ask`, { worker: 'w', wait: 20 })
      const [trial] = body.trials
      await stage.service.tell(name, trial, { outcome: 'complete', value: (trial.params.x - 3) ** 2 })
    }
    const { body } = await stage.service.post(`/studies/${name}/ask`, { worker: 'w', wait: 20 })
    expect(body.trials[0].proposal).toMatchObject({ source: 'gp', requested: 'llm', reason: 'unpromising' })
    const { calls } = (await stage.service.get(`/studies/${name}/llm-calls`)).body
    expect(calls).toMatchObject([{ outcome: 'answered' }])
    const { advisor } = await stage.service.summary(name)
    expect(advisor).toMatchObject({ turns: 1, taken: 0, fallbacks: { unpromising: 1 } })
  })

  it('is refused where no model could judge it, or it would never have a turn', async () => {
    const refused = async (method: object) =>
      (await stage.service.post('/studies', { ...study({}), name: 'no', method })).body.errors
    expect(
      await refused({ optimizer: { kind: 'tpe' }, advisor: { kind: 'expert', promise: 1 } }),
    ).toMatchObject([
      { path: 'method.advisor.promise', message: expect.stringContaining('choose gp or smac') },
    ])
    expect(
      await refused({ optimizer: { kind: 'gp' }, advisor: { kind: 'expert', warmup: 10, until: 10 } }),
    ).toMatchObject([{ path: 'method.advisor.until', message: expect.stringContaining('above warmup, 10') }])
  })
})
