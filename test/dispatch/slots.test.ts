/** How many trials of a study run at a time, on which devices, and under which server. */
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readConfig } from '../../src/config.js'
import { startService } from '../../src/service.js'
import { openDatabase } from '../../src/storage/open.js'
import { databases } from '../postgres.js'
import { makeReady, ServerProcess } from '../service/server-process.js'
import { type Body, TestService } from '../service/service.js'
import { finished, processesWith, Workshop } from './workshop.js'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const LINE = { parameters: { x: { type: 'float', low: 0, high: 1 } } }
const workshops: Workshop[] = []
const path = process.env.PATH
let workshop: Workshop
beforeEach(() => {
  workshop = new Workshop()
  workshops.push(workshop)
})
afterEach(() => {
  process.env.PATH = path
  for (const made of workshops.splice(0)) made.remove()
})

const running = (service: TestService, study: string, count: number) =>
  vi.waitFor(async () => expect((await service.get(`/studies/${study}`)).body.trials.running).toBe(count), {
    timeout: 60_000,
  })

/** A service whose warnings are kept, and the numbers of all trials that it hands out. */
async function observed(
  more: Record<string, string> = {},
): Promise<{ service: TestService; warnings: Body[]; handedOut: number[] }> {
  const place = await databases()[0]!.open()
  const service = new TestService(place)
  const warnings: Body[] = []
  const handedOut: number[] = []
  const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(JSON.parse(line)) })
  const environment = {
    CHIRON_DATA_DIR: place.dataDir,
    CHIRON_TRAINERS: workshop.folder,
    CHIRON_CPU_SLOTS: '1',
    ...more,
  }
  service.running = await startService(readConfig(environment), logger)
  const { queues } = service.running
  const run = queues.run.bind(queues)
  queues.run = async (study, command) => {
    const answer = await run(study, command)
    const { trials = [] } = (answer ?? {}) as { trials?: { number: number }[] }
    handedOut.push(...trials.map(({ number }) => number))
    return answer
  }
  return { service, warnings, handedOut }
}

describe('a simulated study', () => {
  beforeEach(() => workshop.simulated('watched', 150))
  const spec = { space: 'autoresearch-14', trainer: 'watched', parallel: 4 }

  it('goes on with the slots that it has when one of its running trials is cancelled', async () => {
    const { service, warnings, handedOut } = await observed()
    const study = await service.create({ ...spec, budget: { trials: 12 } })
    await running(service, study, 4)
    await service.post(`/studies/${study}/trials/0/cancel`)
    const trials = await finished(service, study)
    expect(trials.filter(({ state }) => state === 'cancelled')).toHaveLength(1)
    expect(handedOut.toSorted((a, b) => a - b)).toEqual(trials.map(({ number }) => number))
    expect(warnings).toEqual([])
    await service.close()
  })

  it('ends what runs while it is paused', async () => {
    const { service } = await observed()
    const study = await service.create({ ...spec, budget: { trials: 8 } })
    await running(service, study, 4)
    await service.patch(`/studies/${study}`, { state: 'paused' })
    await running(service, study, 0)
    expect(await service.summary(study)).toMatchObject({
      state: 'paused',
      trials: { complete: 4, ready: 0 },
      lostAttempts: 0,
    })
    await service.patch(`/studies/${study}`, { state: 'active' })
    await finished(service, study)
    await service.close()
  })

  it('is left alone once another server has claimed it', async () => {
    // A claim that ends later than any could is taken for one made before the clock was set back.
    const { service } = await observed({ CHIRON_CLAIM_SECONDS: '1800' })
    const { database } = service.running
    const study = await service.create(spec)
    await running(service, study, 4)
    const move = (to: string | null) =>
      database.query(
        `update studies set dispatcher = $2::uuid, dispatcher_until = now() + interval '1 hour' where name = $1`,
        [study, to],
      )
    await move('00000000-0000-4000-8000-000000000000')
    const oneMore = async () =>
      finished(service, await service.create({ ...spec, trainer: 'simulated-h200', budget: { trials: 8 } }))
    await oneMore() // it was claimed after the other one had been lost
    const events = (await service.log(study)).length
    const pass = await service.create({ ...spec, budget: { trials: 8 } })
    await finished(service, pass)
    expect(await service.log(study)).toHaveLength(events)
    await move(null)
    await vi.waitFor(async () => expect((await service.log(study)).length).toBeGreaterThan(events), {
      timeout: 60_000,
    })
    await service.close()
  })
})

/** Stands for `python3` on the path: while there is a file `broken`, it waits for a file `go`, and fails. */
function breakPython(): void {
  const { folder } = workshop
  const program = `#!/bin/sh
if [ -e ${folder}/broken ]; then touch ${folder}/waits; while [ ! -e ${folder}/go ]; do sleep 0.05; done; exit 1; fi
PATH=${path} exec python3 "$@"
`
  writeFileSync(join(folder, 'python3'), program)
  chmodSync(join(folder, 'python3'), 0o755)
  process.env.PATH = `${folder}:${path}`
}

it('a device goes to the next trial once where the set-up of a cancelled trial fails', async () => {
  workshop.script(
    'train.py',
    `import os, time
X = 1
try: os.close(os.open("${workshop.folder}/in-use", os.O_CREAT | os.O_EXCL))
except FileExistsError: open("${workshop.folder}/shared", "w")
time.sleep(1)
os.path.exists("${workshop.folder}/in-use") and os.remove("${workshop.folder}/in-use")
print("loss:", X)`,
  )
  const space = { parameters: { X: { type: 'float', low: 0, high: 1 } } }
  workshop.profile('alone', {
    space,
    params: { by: 'constants', file: 'train.py' },
    result: { by: 'line', label: 'loss:' },
  })
  breakPython()
  writeFileSync(join(workshop.folder, 'broken'), '')
  const { service } = await observed()
  const study = await service.create({ space, trainer: 'alone', parallel: 2, budget: { trials: 4 } })
  await running(service, study, 1)
  const { folder } = workshop
  await vi.waitFor(() => expect(existsSync(join(folder, 'waits'))).toBe(true), { timeout: 60_000 })
  await service.post(`/studies/${study}/trials/0/cancel`)
  rmSync(join(folder, 'broken'))
  writeFileSync(join(folder, 'go'), '')
  const trials = await finished(service, study)
  expect(trials.map(({ state }) => state)).toEqual(['cancelled', ...Array(4).fill('complete')])
  expect(existsSync(join(folder, 'shared'))).toBe(false)
  await service.close()
})

const postgres = databases().find(({ name }) => name === 'postgres')

describe.skipIf(postgres === undefined)('of two servers', () => {
  const folders: string[] = []
  const servers: ServerProcess[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.kill()
    for (const folder of folders.splice(0)) {
      for (const pid of await processesWith(join(folder, 'trials'))) process.kill(pid, 'SIGKILL')
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    }
  })

  it.each([
    'that has its own folder leaves the study to the other one',
    'keeps the study where both have one folder, and leaves it when it is killed',
  ])('the one that stands still for longer than its claim %s', async (where) => {
    makeReady()
    const { folder } = workshop
    workshop.script(
      'train.py',
      `import os, time
open("${folder}/begun", "a").write(os.getcwd() + "\\n")
while not os.path.exists("${folder}/go"): time.sleep(0.05)
time.sleep(0.5)
print("loss: 1")`,
    )
    workshop.profile('slow', { result: { by: 'line', label: 'loss:' } })
    const place = await postgres!.open()
    const own = await mkdtemp(join(tmpdir(), 'chiron-a-'))
    const others = where.startsWith('keeps') ? own : await mkdtemp(join(tmpdir(), 'chiron-b-'))
    folders.push(...new Set([own, others]))
    const serve = (dataDir: string) => {
      const server = ServerProcess.run({
        PORT: '0',
        DATABASE_URL: place.url,
        CHIRON_DATA_DIR: dataDir,
        CHIRON_TRAINERS: folder,
        CHIRON_CPU_SLOTS: '4',
      })
      servers.push(server)
      return server
    }
    const begun = () =>
      existsSync(join(folder, 'begun')) ? readFileSync(join(folder, 'begun'), 'utf8').trim().split('\n') : []
    const stalled = serve(own)
    const spec = { name: 'moved', space: LINE, trainer: 'slow', parallel: 2, budget: { trials: 12 } }
    const post = { method: 'POST', headers: { 'content-type': 'application/json' } }
    const init = { ...post, body: JSON.stringify(spec) }
    await fetch(`${await stalled.listening()}/studies`, init)
    await vi.waitFor(() => expect(begun()).toHaveLength(2), { timeout: 60_000 })
    stalled.signal('SIGSTOP')
    const url = await serve(others).listening()
    const database = await openDatabase({ url: place.url, dataDir: '', pool: 1 })
    const claim = async () =>
      (await database.query<{ dispatcher: string }>('select dispatcher from studies'))[0]
    const before = await claim()
    if (own === others) {
      const isOver = 'select id from studies where dispatcher_until < now()'
      await vi.waitFor(async () => expect(await database.query(isOver)).toHaveLength(1), { timeout: 60_000 })
      await setTimeout(3000) // three rounds of the other
      expect(await claim()).toEqual(before)
      await stalled.kill()
    }
    await vi.waitFor(async () => expect(await claim()).not.toEqual(before), { timeout: 60_000 })
    await database.close()
    if (own !== others) stalled.signal('SIGCONT')
    writeFileSync(join(folder, 'go'), '')
    await vi.waitFor(
      async () => {
        const study = (await (await fetch(`${url}/studies/moved`)).json()) as Body
        expect({ state: study.state, running: study.trials.running }).toEqual({
          state: 'finished',
          running: 0,
        })
      },
      { timeout: 120_000, interval: 200 },
    )
    if (own === others) expect(new Set(begun()).size).toBe(begun().length)
    else expect(begun().filter((path) => path.startsWith(own))).toHaveLength(2)
    await place.close()
  })
})
