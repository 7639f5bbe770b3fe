/** The JSON schemas of requests, with the options of every optimizer, and the check that creates nothing. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { beforeAll, describe, expect, it } from 'vitest'
import { fromRoot } from '../../src/root.js'
import { databases } from '../postgres.js'
import { type Body, LINE, useService } from './service.js'

const [engine] = databases()

describe('the schema of a request', () => {
  const service = useService(engine!)
  const isValid: Record<string, (body: unknown) => boolean> = {}
  beforeAll(async () => {
    for (const request of ['study', 'experiment', 'experiment-change']) {
      const { status, body } = await service.get(`/schemas/${request}`)
      expect(status).toBe(200)
      const ajv = new Ajv2020({ strict: false })
      formats.default(ajv)
      isValid[request] = ajv.compile(body)
    }
  })
  const study = (method: unknown) => ({ name: 'a', space: LINE, method })

  it('takes every preset in full, and every optimizer with its defaults', async () => {
    const { methods } = (await service.get('/methods')).body
    for (const { name, when, method } of methods) {
      expect(isValid.study!(study(method)), name).toBe(true)
      expect(when).toMatch(/\.$/)
    }
  })

  it.each([
    [{ kind: 'tpe', candidates: 0 }],
    [{ kind: 'tpe', bandwidth: { rule: 'silverman' } }],
    [{ kind: 'gp', trustRegion: 0 }],
    [{ kind: 'cma-es', restarts: 3 }],
    [{ kind: 'smac', candidates: 24 }],
    [{ kind: 'random', startup: 3 }],
    [{ kind: 'magic' }],
  ])('refuses the optimizer %j, as the service does', async (optimizer) => {
    expect(isValid.study!(study({ optimizer }))).toBe(false)
    const { status, body } = await service.post('/studies/check', study({ optimizer }))
    expect(status).toBe(400)
    expect(body.errors[0].path).toMatch(/^method\.optimizer\./)
  })

  it('takes arms that are added, with the options of their method', () => {
    const added = (candidates: number) => ({
      seeds: 12,
      arms: [{ name: 'more', method: { optimizer: { kind: 'tpe', candidates } } }],
    })
    expect([added(48), added(0)].map(isValid['experiment-change']!)).toEqual([true, false])
  })

  it('takes the example of a study', () => {
    expect(isValid.study!(JSON.parse(readFileSync(fromRoot('examples/script-study.json'), 'utf8')))).toBe(
      true,
    )
  })

  it('takes the examples of experiments', () => {
    for (const file of ['agent-comparison.json', 'autoresearch-study.json'])
      expect(isValid.experiment!(JSON.parse(readFileSync(fromRoot(`examples/${file}`), 'utf8'))), file).toBe(
        true,
      )
  })
})

describe('the check of a study', () => {
  const service = useService(engine!)

  it('answers the study as it is stored, and creates nothing', async () => {
    const spec = { name: 'checked', space: LINE, method: 'chiron', budget: { trials: 3 } }
    const { status, body } = await service.post('/studies/check', spec)
    expect([status, body.exists]).toEqual([200, false])
    expect((await service.get('/studies/checked')).status).toBe(404)
    const { body: made } = await service.post('/studies', spec)
    for (const [name, value] of Object.entries<Body>(body.study)) expect(made[name], name).toEqual(value)
    expect((await service.post('/studies/check', spec)).body.exists).toBe(true)
    const other = await service.post('/studies/check', { ...spec, budget: { trials: 4 } })
    expect([other.status, other.body.code]).toEqual([409, 'study_exists'])
  })
})
