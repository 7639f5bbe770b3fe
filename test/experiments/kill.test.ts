/** Kills servers again and again while an experiment runs: at the end every cell has run once, as in an undisturbed run. */
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { databases, type Engine } from '../postgres.js'
import { makeReady, ServerProcess } from '../service/server-process.js'
import { type Body, TestService } from '../service/service.js'
import { comparison, untilEnded } from './plans.js'

const KILLS = 20
const plan = comparison('survivor', {
  study: { ...comparison('').study, budget: { trials: 150 } },
  arms: ['random', 'tpe', 'cma-es'].map((method) => ({ name: method, method })),
  seeds: 4,
  parallel: 3,
})

describe.each(databases())('an experiment whose servers are killed, on $name', (engine) => {
  let undisturbed: Body

  beforeAll(async () => {
    makeReady()
    undisturbed = await withService(engine, async (service) => {
      await service.post('/experiments', plan)
      await untilEnded(service, 'survivor')
      return resultOf(service)
    })
  }, 300_000)

  // The embedded database has one server.
  const servers = engine.name === 'postgres' ? 2 : 1

  it(`runs every cell once over ${KILLS} kills of ${servers}`, { timeout: 600_000 }, async () => {
    const place = await engine.open()
    const env = {
      PORT: '0',
      DATABASE_URL: place.url,
      CHIRON_DATA_DIR: place.dataDir ?? `${process.cwd()}/.chiron-test-${process.pid}`,
      CHIRON_CLAIM_SECONDS: '1',
    }
    const running = Array.from({ length: servers }, () => ServerProcess.run(env))
    await post(await running[0]!.listening(), plan)
    let kills = 0
    while (kills < KILLS) {
      const one = kills % servers
      await running[one]!.listening()
      await sleep(50 + 37 * (kills % 8))
      await running[one]!.kill('SIGKILL')
      kills++
      running[one] = ServerProcess.run(env)
    }
    await Promise.all(running.map((server) => server.listening()))
    await Promise.all(running.map((server) => server.kill('SIGTERM')))
    const service = await new TestService(place).start()
    const before = await service.get('/experiments/survivor')
    expect(before.body.state, 'it had ended before the last kill: give it more to do').toBe('running')
    await untilEnded(service, 'survivor')
    expect(await resultOf(service)).toEqual(undisturbed)
    await service.close()
  })
})

async function withService<T>(engine: Engine, work: (service: TestService) => Promise<T>): Promise<T> {
  const service = await new TestService(await engine.open()).start()
  try {
    return await work(service)
  } finally {
    await service.close()
  }
}

async function post(url: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/experiments`, { method: 'POST', headers, body: JSON.stringify(body) })
  expect(answer.status).toBe(201)
}

/** All that must not depend on kills: the cells, and every trial of every study, each study there once. */
async function resultOf(service: TestService): Promise<Body> {
  const { cells, progress } = (await service.get('/experiments/survivor')).body
  const { studies } = (await service.get('/studies?limit=1000')).body
  const trials = []
  for (const { name } of [...studies].sort((a: Body, b: Body) => (a.name < b.name ? -1 : 1))) {
    const rows = (await service.get(`/studies/${name}/trials?limit=1000`)).body.trials
    trials.push([
      name,
      rows.map(({ number, params, state, value }: Body) => ({ number, params, state, value })),
    ])
  }
  return {
    progress,
    trials,
    cells: cells.map(({ startedAt: _, endedAt: __, ...cell }: Body) => cell),
  }
}
