/** Parameters with the names that frameworks write, from the space of a study to its export and back. */
import { describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { type Body, useService } from './service.js'

const SPACE = {
  parameters: {
    'optim.lr': { type: 'float', low: 0.001, high: 1, log: true },
    'model/depth': { type: 'int', low: 1, high: 8 },
    'svm:kernel': { type: 'categorical', choices: ['rbf', 'poly'] },
    'svm:degree': { type: 'int', low: 2, high: 5, when: { 'svm:kernel': 'poly' } },
    'batch-size': { type: 'int', low: 8, high: 64, powerOfTwo: true },
  },
  derived: { 'run.cost': '`model/depth` * `batch-size` * optim.lr' },
} as const
const FIXED = { 'batch-size': 16 }

describe.each(databases())('on $name names with dots, hyphens, slashes and colons', (engine) => {
  const service = useService(engine)

  it('are asked for, told, exported and brought in', async () => {
    const study = await service.create({ space: SPACE, method: 'gp', fixed: FIXED })
    const params = { 'optim.lr': 0.5, 'svm:kernel': 'poly', 'svm:degree': 3, 'model/depth': 2 }
    expect((await service.post(`/studies/${study}/trials`, { params })).status).toBe(201)
    for (let i = 0; i < 4; i++) {
      const trial = await service.askOne(study)
      if (i === 0) expect(trial.params).toEqual({ ...params, ...FIXED })
      const told = { outcome: 'complete', value: trial.params['optim.lr'] }
      expect((await service.tell(study, trial, told)).status).toBe(200)
    }
    const csv: string = (await service.get(`/studies/${study}/export?format=csv`)).body
    expect(csv.split('\r\n')[0]).toContain('params.optim.lr')
    const other = await service.create({ space: SPACE, method: 'gp', fixed: FIXED })
    const sent = await service.post(`/studies/${other}/import`, csv, { 'content-type': 'text/csv' })
    expect(sent.status).toBe(201)
    const paramsOf = async (name: string) =>
      (await service.get(`/studies/${name}/trials?limit=10`)).body.trials.map((trial: Body) => trial.params)
    expect(await paramsOf(other)).toEqual(await paramsOf(study))
  })

  it('are refused with what is allowed', async () => {
    const space = { parameters: { 'my rate': { type: 'float', low: 0, high: 1 } } }
    const { status, body } = await service.post('/studies', { name: 'refused', space, budget: { trials: 1 } })
    expect(status).toBe(400)
    expect(JSON.stringify(body.errors)).toMatch(/expected a name: a letter or _.*as in optim\.lr/)
  })
})
