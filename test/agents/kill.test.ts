/** Kills a server at any step of an agent's edits: the run goes on as if nothing had happened, and no stored answer is paid for twice. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/storage/open.js'
import { StandIn } from '../advisors/stand-in.js'
import type { Workshop } from '../dispatch/workshop.js'
import { databases, type TestDatabase } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { makeReady, ServerProcess } from '../service/server-process.js'
import type { Body } from '../service/service.js'
import { addsLayer, answer, promptOf, smallTask, TASK } from './small-task.js'

const KILLS = 8
const TRIALS = 7

describe.each(databases())('a server killed while an agent edits, on $name', (engine) => {
  let workshop: Workshop
  let place: TestDatabase
  let model: StandIn
  let server: ServerProcess
  let url: string
  const dataDir = mkdtempSync(join(tmpdir(), 'chiron-agents-'))

  const start = async () => {
    server = ServerProcess.run({
      PORT: '0',
      DATABASE_URL: place.url,
      CHIRON_DATA_DIR: place.dataDir ?? dataDir,
      CHIRON_TRAINERS: workshop.folder,
      ANTHROPIC_API_KEY: 'none',
      ANTHROPIC_BASE_URL: model.url,
    })
    url = await server.listening()
  }

  beforeAll(async () => {
    makeReady()
    workshop = smallTask()
    place = await engine.open()
    model = await StandIn.open({ says: edit })
    await start()
  }, 300_000)
  afterAll(async () => {
    await server.kill()
    await model.close()
    await place.close()
    workshop.remove()
    rmSync(dataDir, { recursive: true, force: true })
  })

  const get = async (path: string): Promise<Body> => (await fetch(`${url}${path}`)).json()
  const create = (name: string) =>
    fetch(`${url}/studies`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        name,
        trainer: TASK,
        objective: { metric: 'loss' },
        method: { agent: { model: 'anthropic:editor' } },
        budget: { trials: TRIALS },
      }),
    })
  const isFinished = async (name: string) => (await get(`/studies/${name}`)).state === 'finished'

  /** What a study has come to, without what depends on time. */
  const outcome = async (name: string) => {
    const { programs } = await get(`/studies/${name}/programs`)
    const { trials } = await get(`/studies/${name}/trials?limit=100`)
    const { calls } = await get(`/studies/${name}/llm-calls`)
    return {
      programs,
      trials: trials.map(({ number, state, value, proposal }: Body) => ({ number, state, value, proposal })),
      calls: calls.map((call: Body) => [call.number, call.purpose, call.outcome, call.answer]),
    }
  }

  it('ends with the same programs', { timeout: 600_000 }, async () => {
    await create('undisturbed')
    while (!(await isFinished('undisturbed'))) await sleep(200)
    const asked = model.received.length

    await create('killed')
    const kills = await killAtRandom('killed')
    while (!(await isFinished('killed'))) await sleep(200)
    const [killed, undisturbed] = [await outcome('killed'), await outcome('undisturbed')]
    expect(killed).toEqual(undisturbed)
    expect(undisturbed.programs.length).toBeGreaterThan(2)
    // Only an answer that was on its way when the server died is asked for again.
    expect(model.received.length - asked).toBeLessThanOrEqual(asked + kills)
    expect(kills).toBe(KILLS)

    await server.kill('SIGTERM')
    const database = await openDatabase({ url: place.url, dataDir: place.dataDir ?? '', pool: 2 })
    expect(await unsound(database, 'killed')).toEqual([])
    await database.close()
  })

  /** The pauses differ, so that kills fall on calls, inspections, runs of seconds and trials. */
  async function killAtRandom(name: string): Promise<number> {
    let kills = 0
    while (kills < KILLS && !(await isFinished(name))) {
      await sleep(60 + ((kills * 367) % 900))
      await server.kill('SIGKILL')
      kills++
      await start()
    }
    return kills
  }
})

/** Says the same to the same prompt; every first answer is one that does not apply. */
function edit(request: Parameters<typeof promptOf>[0]): string {
  const prompt = promptOf(request)
  const [, trial] = /# What to do in trial (\d+)/.exec(prompt)!
  return prompt.includes('You answered:')
    ? addsLayer(prompt, `layer-${trial}`)
    : answer('nothing there', [{ search: `no line ${trial}`, replace: 'x = 1' }])
}
