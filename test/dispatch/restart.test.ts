/** A server that is killed takes no trial with it: the next one finds them running, and each is told exactly once. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { openDatabase } from '../../src/storage/open.js'
import { anEngine, type TestDatabase } from '../postgres.js'
import { follow } from '../service/event-stream.js'
import { makeReady, ServerProcess } from '../service/server-process.js'
import type { Body } from '../service/service.js'
import { processesWith, Workshop } from './workshop.js'

/** Longer than all that a test waits for: what does not come is then named, and no test ends by its limit alone. */
vi.setConfig({ testTimeout: 900_000, hookTimeout: 300_000 })

/** Writes down that it began, and goes on when the test says so. */
const SCRIPT = `
import json, os, time
with open("{folder}/begun", "a") as file: file.write(json.dumps(json.load(open("params.json"))["x"]) + "\\n")
while not os.path.exists("{folder}/go"): time.sleep(0.05)
json.dump({"value": 1, "trainSeconds": 1}, open("result.part", "w"))
os.rename("result.part", "result.json")
`

let workshop: Workshop
let place: TestDatabase
let dataDir: string
let server: ServerProcess
let url: string

beforeAll(makeReady)
beforeEach(async () => {
  workshop = new Workshop()
  workshop.script('train.py', SCRIPT.replaceAll('{folder}', workshop.folder))
  workshop.profile('slow')
  place = await anEngine().open()
  dataDir = place.dataDir ?? (await mkdtemp(join(tmpdir(), 'chiron-data-')))
  await serve()
})
afterEach(async () => {
  writeFileSync(join(workshop.folder, 'go'), '')
  await server.kill()
  for (const pid of await processesWith(join(dataDir, 'trials'))) process.kill(pid, 'SIGKILL')
  await place.close()
  workshop.remove()
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
})

async function serve(): Promise<void> {
  server = ServerProcess.run({
    PORT: '0',
    DATABASE_URL: place.url,
    CHIRON_DATA_DIR: dataDir,
    CHIRON_TRAINERS: workshop.folder,
    CHIRON_CPU_SLOTS: '4',
    CHIRON_REAP_MS: '50',
    LOG_LEVEL: 'info',
  })
  url = await server.listening()
}

async function call(path: string, body?: unknown): Promise<Body> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  return (await fetch(`${url}${path}`, body === undefined ? {} : init)).json()
}

async function create(more: Record<string, unknown> = {}): Promise<void> {
  const space = { parameters: { x: { type: 'float', low: 0, high: 1 } } }
  await call('/studies', {
    name: 'outlived',
    space,
    trainer: 'slow',
    method: 'random',
    parallel: 4,
    budget: { trials: 6 },
    ...more,
  })
}

const begun = () => {
  try {
    return readFileSync(join(workshop.folder, 'begun'), 'utf8').trimEnd().split('\n')
  } catch {
    return []
  }
}
const until = (check: () => unknown) => vi.waitFor(check, { timeout: 120_000, interval: 100 })

async function goAndFinish(): Promise<Body[]> {
  writeFileSync(join(workshop.folder, 'go'), '')
  await until(async () => {
    const { state, trials } = await call('/studies/outlived')
    expect({ state, running: trials.running }, `of all trials: ${JSON.stringify(trials)}`).toEqual({
      state: 'finished',
      running: 0,
    })
  })
  return (await call('/studies/outlived/trials')).trials
}

async function settledOnce(): Promise<void> {
  const all = await follow(`${url}/studies/outlived/events`, (seen) => seen.at(-1)?.event === 'finished')
  const settled = all.filter(({ event }) => event === 'settled').map(({ data }) => data.number as number)
  expect(settled.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5])
}

it('that is killed while four trials run: they run on, are found, and run only once', async () => {
  await create()
  await until(() => expect(begun()).toHaveLength(4))
  await server.kill('SIGKILL')
  expect(await processesWith(join(dataDir, 'trials'))).toHaveLength(4 * 2) // supervisors and trainers
  await serve()
  const trials = await goAndFinish()
  expect(trials.map(({ state, attempt }) => [state, attempt])).toEqual(Array(6).fill(['complete', 1]))
  expect(begun()).toHaveLength(6)
  await settledOnce()
})

it('that is away for two days, so that the leases are lost: the trials are not begun anew beside themselves', async () => {
  await create({ lease: { maxAttempts: 5 } })
  await until(() => expect(begun()).toHaveLength(4))
  await server.kill('SIGKILL')
  const database = await openDatabase({ url: place.url, dataDir, pool: 1 })
  await database.query(
    `update trials set lease_expires_at = now() - interval '2 days' where state = 'running'`,
  )
  await database.close()
  await serve()
  await until(async () => expect((await call('/studies/outlived/summary')).lostAttempts).toBeGreaterThan(0))
  const trials = await goAndFinish()
  expect(trials.map(({ state }) => state)).toEqual(Array(6).fill('complete'))
  expect(begun()).toHaveLength(6)
  await settledOnce()
})

it.each(['SIGKILL', 'SIGTERM'] as const)(
  'that ends with the machine (%s): the trials run again, and are no failures',
  async (signal) => {
    await create({ parallel: 1 })
    await until(() => expect(begun()).toHaveLength(1))
    const ended = server.kill('SIGKILL')
    const [study] = await readdir(join(dataDir, 'trials'))
    const folder = join(dataDir, 'trials', study!, '0-1')
    process.kill(JSON.parse(await readFile(join(folder, 'claimed.json'), 'utf8')).pid, signal)
    await ended
    await serve()
    await until(() => expect(begun()).toHaveLength(2))
    expect(new Set(begun()).size).toBe(1)
    const trials = await goAndFinish()
    expect(trials.map(({ state, attempt }) => [state, attempt])).toEqual(Array(6).fill(['complete', 1]))
    await settledOnce()
  },
)

it('that is told to stop leaves its trials running for the next', async () => {
  await create({ budget: { trials: 4 } })
  await until(() => expect(begun()).toHaveLength(4))
  expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 })
  writeFileSync(join(workshop.folder, 'go'), '')
  await until(async () => expect(await processesWith(join(dataDir, 'trials'))).toEqual([]))
  rmSync(join(workshop.folder, 'go'))
  await serve()
  await until(async () => expect((await call('/studies/outlived')).trials.complete).toBe(4))
  expect(begun()).toHaveLength(4)
})
