/** A call whose storing was answered by nobody is delivered again: it is recorded once, and paid for once. */
import { afterEach, expect, it, vi } from 'vitest'
import { Fault } from '../../src/faults.js'
import type { Sql } from '../../src/storage/database.js'
import { unsound } from '../service/invariants.js'
import type { Body } from '../service/service.js'
import { describeStagedOnEach } from './stage.js'
import { type Behaviour, USAGE } from './stand-in.js'

describeStagedOnEach('a model’s call whose storing was answered by nobody', (stage) => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  /** Whatever stores a call is committed, and the connection lost before anybody hears of it. Answers how often so far. */
  const loseAnswers = () => {
    const { database } = stage.service.running
    const { query, transaction } = database
    let lost = 0
    const storesCall = (statement: string) => statement.includes('insert into llm_calls')
    const lose = () => {
      lost++
      throw new Fault('database_unavailable', 'the connection was lost')
    }
    vi.spyOn(database, 'query').mockImplementation(async (statement, parameters) => {
      const rows = await query(statement, parameters)
      if (storesCall(statement)) lose()
      return rows as never
    })
    vi.spyOn(database, 'transaction').mockImplementation(async (work) => {
      let stores = false
      const watched = (tx: Sql): Sql => ({
        query: (statement, parameters) => {
          stores ||= storesCall(statement)
          return tx.query(statement, parameters)
        },
      })
      const result = await transaction((tx) => work(watched(tx)))
      if (stores) lose()
      return result as never
    })
    return () => lost
  }

  const create = (advisor: object) =>
    stage.service.create({
      method: {
        optimizer: { kind: 'gp' },
        advisor: { kind: 'llm', model: 'anthropic:claude-opus-4-6', ratio: 1, warmup: 1, ...advisor },
      },
    })
  const calls = async (study: string): Promise<Body[]> =>
    (await stage.service.get(`/studies/${study}/llm-calls`)).body.calls

  const isPaidOnce = async (study: string, made: number) => {
    await stage.service.restart() // what is still being delivered is delivered first
    const { advisor } = await stage.service.summary(study)
    expect(await calls(study)).toHaveLength(made)
    expect(advisor.calls).toBe(made)
    const { database, queues } = stage.service.running
    expect(await unsound(database, study, queues)).toEqual([])
    return advisor
  }

  const unusable = { says: 'I would not know' }
  const useful = { says: '{"x": 1.25}' }

  it.each<[string, object, Behaviour[], number]>([
    ['gave a configuration', {}, [useful], 1],
    ['gave none, and the optimizer’s point runs', { onFailure: 'optimizer' }, [unusable], 1],
    ['gave none, and the trial is skipped', { onFailure: 'skip' }, [unusable, useful], 2],
    ['failed and was made again', { maxCalls: 3 }, [{ status: 429, retryAfter: 0 }, useful], 2],
  ])('is paid for once where it %s', async (_, advisor, script, made) => {
    const study = await create(advisor)
    await stage.service.run(study, 4)
    stage.model.behaves(...script)
    const before = stage.model.received.length
    const lost = loseAnswers()
    const asked = await stage.service.post(`/studies/${study}/ask`, { worker: 'w', wait: 20 })
    expect(asked.body.trials).toHaveLength(1)
    const { tokens } = await isPaidOnce(study, made)
    expect(lost()).toBe(made)
    expect(stage.model.received.length - before).toBe(made)
    expect(tokens.output).toBe(script.filter((one) => 'says' in (one as object)).length * USAGE.output)
  })

  it('is paid for once where it pauses the study', async () => {
    const study = await create({ onFailure: 'pause' })
    await stage.service.run(study, 4)
    stage.model.behaves(unusable)
    const lost = loseAnswers()
    expect(await stage.service.ask(study)).toEqual([])
    await vi.waitUntil(() => lost() > 0, { timeout: 20_000 })
    await isPaidOnce(study, 1)
    expect(lost()).toBe(1)
  })

  it('is paid for once where it gave beliefs', async () => {
    const study = await create({ as: 'prior', every: 100 })
    stage.model.behaves({ says: '{"beliefs": {"x": {"centre": 1, "spread": 1, "confidence": 0.5}}}' })
    const before = stage.model.received.length
    const lost = loseAnswers()
    await stage.service.run(study, 4)
    await vi.waitUntil(() => lost() > 0, { timeout: 20_000 })
    await isPaidOnce(study, 1)
    expect(lost()).toBe(1)
    expect(stage.model.received.length - before).toBe(1)
  })
})
