/**
 * A real language model in the loop: SmolLM2-135M-Instruct leads no search well, but it answers as models do, in its own words,
 * late, out of bounds and with what has run before. It honours the JSON schema.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ModelServer,
  SMOLLM,
  smollmEnvironment,
  startModelServer,
} from '../../bench/smollm/model-server.js'
import { databases } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { type Body, TestService } from '../service/service.js'

const found = await smollmEnvironment((line) => console.log(line)).then(
  (python) => ({ python }),
  (error: Error) => {
    if (process.env.CI) throw error
    return { lacks: error.message }
  },
)
if ('lacks' in found) console.warn(`without its wheels the real model is not asked: ${found.lacks}`)

const TRIALS = 30
const TURNS = 10
const advisor = {
  kind: 'llm',
  model: `openai-compatible:${SMOLLM}`,
  prompt: 'short',
  ratio: 0.5,
  warmup: TRIALS - 2 * TURNS,
  contextTokens: 3000,
  maxTokens: 400,
  deadlineSeconds: 120,
}

describe.skipIf('lacks' in found)('a Centaur study that a real model advises', { timeout: 600_000 }, () => {
  let model: ModelServer
  let service: TestService
  let calls: Body[]

  beforeAll(async () => {
    model = await startModelServer((found as { python: string }).python)
    const llm = { openaiUrl: model.url }
    service = await new TestService(await databases()[0]!.open(), { llm, reapMs: 50 }).start()
    const study = {
      name: 'real',
      space: 'autoresearch-14',
      objective: { metric: 'val_bpb', direction: 'minimize' },
      trainer: 'simulated-h200',
      budget: { trials: TRIALS },
      method: { optimizer: { kind: 'cma-es' }, advisor },
    }
    expect((await service.post('/studies', study)).status).toBe(201)
    while ((await service.get('/studies/real')).body.state !== 'finished')
      await new Promise((resolve) => setTimeout(resolve, 200))
    calls = (await service.get('/studies/real/llm-calls')).body.calls
  }, 600_000)
  afterAll(async () => {
    await service?.close()
    await model?.close()
  })

  it('runs to its end with every turn of the advisor accounted for', async () => {
    const { trials, advisor } = await service.summary('real')
    expect(trials.complete + trials.failed).toBe(TRIALS)
    expect(advisor.turns).toBe(TURNS)
    const fallbacks = Object.values(advisor.fallbacks as Record<string, number>)
    expect(advisor.taken + fallbacks.reduce((sum, n) => sum + n, 0)).toBe(TURNS)
    expect(await unsound(service.running.database, 'real', service.running.queues)).toEqual([])
  })

  it('has answers that hold to the schema, and prompts that fit a small context', () => {
    expect(calls.length).toBeGreaterThanOrEqual(TURNS)
    for (const { request, outcome, answer, tokens, prompt } of calls) {
      expect(prompt).toBe('short-1')
      expect(request.messages.map(({ content }: Body) => content).join('\n')).not.toContain('reasoning')
      expect(tokens.input + tokens.cacheRead).toBeLessThan(2000)
      expect(tokens.output).toBeGreaterThan(0)
      if (outcome === 'truncated') continue
      expect(Object.keys(JSON.parse(answer).params)).toEqual(
        Object.keys(request.response_format.json_schema.schema.properties.params.properties),
      )
    }
    expect(calls.some(({ outcome }) => outcome === 'answered')).toBe(true)
  })
})
