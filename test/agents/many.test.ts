/** Several edits of one study at once: each knows of the others, no two are the same program, and slots need not wait for the model. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { StandIn } from '../advisors/stand-in.js'
import { finished, type Workshop } from '../dispatch/workshop.js'
import { anEngine } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { type Body, TestService } from '../service/service.js'
import { addsLayer, promptOf, smallTask, TASK } from './small-task.js'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })

const SLOTS = 3

describe('an agent with several slots', () => {
  const engine = anEngine()
  let workshop: Workshop
  let model: StandIn
  let service: TestService

  beforeAll(async () => {
    workshop = smallTask(2)
    model = await StandIn.open('hangs')
    service = await new TestService(await engine.open(), {
      llm: model.llm,
      trainers: workshop.folder,
      dataDir: workshop.folder,
      cpuSlots: SLOTS,
    }).start()
  })
  afterAll(async () => {
    await service.close()
    await model.close()
    workshop.remove()
  })

  const study = async (name: string, agent: object): Promise<Body[]> => {
    const { body } = await service.post('/studies', {
      name,
      trainer: TASK,
      objective: { metric: 'loss' },
      method: { agent: { model: 'openai-compatible:editor', keep: 'lower', ...agent } },
      budget: { trials: 13 },
      parallel: SLOTS,
    })
    expect(body, JSON.stringify(body)).toMatchObject({ name })
    const trials = await finished(service, name)
    const { database, queues } = service.running
    expect(await unsound(database, name, queues)).toEqual([])
    return trials
  }

  /** How many trials ran and how many edits waited when each edit was begun, by the log. */
  const whenBegun = async (name: string) => {
    const { database } = service.running
    const events = await database.query<{ kind: string; number: number }>(
      `select e.kind, e.number from events e join studies s on s.id = e.study_id
        where s.name = $1 and e.number is not null order by e.seq`,
      [name],
    )
    const states = new Map<number, string>()
    const count = (...kinds: string[]) => [...states.values()].filter((kind) => kinds.includes(kind)).length
    return events.flatMap(({ kind, number }) => {
      states.set(number, kind)
      return kind === 'proposing'
        ? [{ running: count('leased'), waiting: count('proposing', 'advised') }]
        : []
    })
  }

  it('names in each prompt what runs now, and runs no program twice', async () => {
    let n = 0
    model.behaves({
      says: (request) => {
        const prompt = promptOf(request)
        return addsLayer(prompt, prompt.includes('cannot be used (duplicate)') ? `another-${++n}` : 'twin')
      },
      afterMs: 200,
    })
    const trials = await study('twins', {})
    expect(trials.map(({ proposal }) => proposal.source)).toEqual(['default', ...Array(12).fill('agent')])
    const { body } = await service.get('/studies/twins/programs')
    const normals = body.programs.map(({ normal }: Body) => normal)
    expect(new Set(normals).size).toBe(13)
    expect(n).toBeGreaterThan(0)
    const running = model.received.map((request) => promptOf(request).split('# What runs now')[1] ?? '')
    expect(running.filter((text) => /trial \d+/.test(text)).length).toBeGreaterThan(6)
    for (const { running } of await whenBegun('twins')) expect(running).toBeLessThan(SLOTS)
  })

  it('asks for edits while all slots are busy, one for each slot at most', async () => {
    let n = 0
    model.behaves({ says: (request) => addsLayer(promptOf(request), `ahead-${++n}`), afterMs: 200 })
    const trials = await study('ahead', { ahead: true })
    expect(trials.every(({ state }) => state === 'complete')).toBe(true)
    const begun = await whenBegun('ahead')
    expect(begun).toHaveLength(12)
    expect(Math.max(...begun.map(({ running }: Body) => running))).toBe(SLOTS)
    expect(Math.max(...begun.map(({ waiting }: Body) => waiting))).toBeLessThanOrEqual(SLOTS)
  })
})
