import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anEngine, type TestDatabase } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { type Body, LINE, TestService } from '../service/service.js'
import { StandIn } from './stand-in.js'

describe('the preset chiron', () => {
  const engine = anEngine()
  let place: TestDatabase
  let model: StandIn

  beforeAll(async () => {
    place = await engine.open()
    model = await StandIn.open({ says: '{"beliefs": {"x": {"centre": 2, "spread": 1, "confidence": 0.5}}}' })
  })
  afterAll(async () => {
    await model.close()
    await place.close()
  })

  /** A service on the same database, with this at hand. */
  async function within(llm: object, work: (service: TestService) => Promise<void>) {
    const service = await new TestService(place, { llm }).start()
    await work(service).finally(() => service.running.close())
  }

  const memory = { gb: '1 + x', limitGb: 8 }

  it('asks a language model for beliefs if there is a key, and keeps its method without one', async () => {
    const spec = { name: 'with-key', space: { ...LINE, memory }, method: 'chiron' }
    const method = {
      optimizer: { kind: 'gp' },
      preflight: 'formula',
      advisor: { kind: 'llm', as: 'prior', model: 'anthropic:claude-opus-4-6' },
    }
    await within(model.llm, async (service) => {
      const { status, body } = await service.post('/studies', spec)
      expect({ status, method: body.method }).toMatchObject({ status: 201, method })
      expect(body.method.chosen).toBe('chiron: gp, formula preflight, beliefs of anthropic:claude-opus-4-6')
      const { methods } = (await service.get('/methods')).body
      expect(methods.find(({ name }: Body) => name === 'chiron').method.advisor).toEqual(body.method.advisor)
      await service.run('with-key', 1)
      while ((await service.get('/studies/with-key/beliefs')).body.beliefs[0].state === 'asking')
        await sleep(50)
    })
    await within({}, async (service) => {
      const { status, body } = await service.post('/studies', spec)
      expect({ status, method: body.method }).toMatchObject({ status: 200, method })
      await service.run('with-key', 2)
      const { advisor } = await service.summary('with-key')
      expect(advisor.beliefs).toMatchObject({ given: 1, held: { parameters: { x: { centre: 2 } } } })
      expect(await unsound(service.running.database, 'with-key', service.running.queues)).toEqual([])
    })
  })

  it('uses no language model without a key, and says so', async () => {
    await within({ openaiUrl: `${model.url}/v1` }, async (service) => {
      const { body } = await service.post('/studies', { name: 'no-key', space: LINE, method: 'chiron' })
      expect(body.method).toEqual({
        optimizer: { kind: 'gp' },
        preflight: 'learned',
        chosen: 'chiron: gp, learned preflight, no language model, because the service has no key for one',
      })
    })
  })

  it('asks the model that the operator names', async () => {
    const llm = { ...model.llm, model: 'openai-compatible:qwen' }
    await within(llm, async (service) => {
      const { body } = await service.post('/studies', { name: 'named', space: LINE, method: 'chiron' })
      expect(body.method.advisor).toMatchObject({ model: 'openai-compatible:qwen', as: 'prior' })
    })
    await expect(within({ model: 'anthropic:m' }, async () => {})).rejects.toThrow(
      'CHIRON_LLM_MODEL is anthropic:m: set ANTHROPIC_API_KEY',
    )
  })
})
