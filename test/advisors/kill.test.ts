/** Kills a server during a call of a language model, or at the moment of its answer. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/storage/open.js'
import { databases, type TestDatabase } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { makeReady, ServerProcess } from '../service/server-process.js'
import type { Body } from '../service/service.js'
import { StandIn } from './stand-in.js'

describe.each(databases())('a server killed while its advisor thinks, on $name', (engine) => {
  let place: TestDatabase
  let model: StandIn
  let server: ServerProcess
  let url: string

  const start = async () => {
    server = ServerProcess.run({
      PORT: '0',
      DATABASE_URL: place.url,
      CHIRON_DATA_DIR: place.dataDir,
      ANTHROPIC_API_KEY: 'none',
      ANTHROPIC_BASE_URL: model.url,
    })
    url = await server.listening()
  }

  beforeAll(async () => {
    makeReady()
    place = await engine.open()
    model = await StandIn.open('hangs')
    await start()
  }, 300_000)
  afterAll(async () => {
    await server.kill()
    await model.close()
    await place.close()
  })

  const post = async (path: string, body: unknown): Promise<Body> => {
    const headers = { 'content-type': 'application/json' }
    return (await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).json()
  }

  /** Its k-th request is answered by k tenths. */
  const says = () => JSON.stringify({ params: { x: model.received.length / 10 } })

  it('finishes the trial once, and pays once for an answer that was stored', {
    timeout: 300_000,
  }, async () => {
    const advisor = { kind: 'llm', model: 'anthropic:m', ratio: 1, warmup: 1 }
    const spec = {
      name: 's',
      space: { parameters: { x: { type: 'float', low: 0, high: 1, default: 0.95 } } },
      method: { optimizer: { kind: 'random' }, advisor },
    }
    await post('/studies', spec)
    const tell = ({ number, lease: { token } }: Body) =>
      post(`/studies/s/trials/${number}/tell`, { token, outcome: 'complete', value: 1 })
    await tell((await post('/studies/s/ask', { worker: 'w' })).trials[0])

    let answers = 0
    for (const [trial, afterMs] of [null, 0, 15].entries()) {
      const before = model.received.length
      if (afterMs === null) model.behaves('hangs')
      else model.behaves({ says })
      expect(await post('/studies/s/ask', { worker: 'w' })).toMatchObject({ reason: { code: 'advising' } })
      while (model.received.length === before) await sleep(1)
      await sleep(afterMs ?? 50)
      await server.kill('SIGKILL')
      model.behaves({ says })
      await start()
      const [given] = (await asked()).trials
      expect(given).toMatchObject({ number: trial + 1, attempt: 1, proposal: { source: 'llm' } })
      // The answer that is used is the last that was asked for: where the first was stored, there was no second.
      expect(given.params.x).toBe(model.received.length / 10)
      expect(model.received.length - before).toBeLessThanOrEqual(2)
      if (afterMs === null) expect(model.received.length - before).toBe(2)
      await tell(given)
      answers++
    }
    const { calls } = (await (await fetch(`${url}/studies/s/llm-calls`)).json()) as Body
    expect(calls.map((c: Body) => [c.number, c.call, c.outcome])).toEqual(
      Array.from({ length: answers }, (_, i) => [i + 1, 1, 'answered']),
    )
    await leavesSound('s')
    await start()
  })

  it('asks again only for beliefs that were not stored', { timeout: 300_000 }, async () => {
    const believes = () => {
      const centre = model.received.length / 100
      return JSON.stringify({ beliefs: { x: { centre, spread: 0.1, confidence: 0.5 } } })
    }
    const advisor = { kind: 'llm', model: 'anthropic:m', as: 'prior', every: 1 }
    const space = { parameters: { x: { type: 'float', low: 0, high: 1 } } }
    await post('/studies', { name: 'b', space, method: { optimizer: { kind: 'gp' }, advisor } })
    const read = async (path: string): Promise<Body> => (await fetch(`${url}/studies/b/${path}`)).json()

    for (const [number, afterMs] of [null, 0].entries()) {
      const before = model.received.length
      if (afterMs === null) model.behaves('hangs')
      else model.behaves({ says: believes })
      const [trial] = (await post('/studies/b/ask', { worker: 'w' })).trials
      while (model.received.length === before) await sleep(1)
      await sleep(afterMs ?? 50)
      await server.kill('SIGKILL')
      model.behaves({ says: believes })
      await start()
      for (let last: Body; last?.state !== 'believed'; await sleep(50))
        last = (await read('beliefs')).beliefs.at(-1)
      const { beliefs } = (await read('beliefs')).beliefs.at(-1)
      // What is believed is what was said last: where the first answer was stored, there was no second question.
      expect(beliefs.parameters.x.centre).toBeCloseTo(model.received.length / 100)
      const { calls } = await read('llm-calls')
      expect(calls.filter((c: Body) => c.number === number)).toMatchObject([{ call: 1, outcome: 'answered' }])
      const { token } = trial.lease
      await post(`/studies/b/trials/${number}/tell`, { token, outcome: 'complete', value: 1 })
    }
    await leavesSound('b')
  })

  async function leavesSound(study: string): Promise<void> {
    await server.kill('SIGTERM')
    const database = await openDatabase({ url: place.url, dataDir: place.dataDir ?? '', pool: 2 })
    expect(await unsound(database, study)).toEqual([])
    await database.close()
  }

  async function asked(): Promise<Body> {
    for (;;) {
      const given = await post('/studies/s/ask', { worker: 'w', wait: 30 })
      if (given.trials.length > 0) return given
    }
  }
})
