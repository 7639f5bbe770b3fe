/** Thermal care of a trial on a GPU: it starts on a cool card, stands still on a hot one, and goes back from one that is too hot. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { databases } from '../postgres.js'
import { TestService } from '../service/service.js'
import { FakeCards } from './fake-cards.js'
import { finished, Workshop } from './workshop.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const SLOWED_BY = 'clocks_throttle_reasons.active'
const LIMIT_SECONDS = 10
const space = { parameters: { x: { type: 'float', low: 0, high: 1 } } }

let cards: FakeCards
let workshop: Workshop
let service: TestService
let dataDir: string
const finish = () => join(cards.folder, 'finish')
const begun = () => join(cards.folder, 'begun')

beforeAll(async () => {
  cards = new FakeCards(1)
  workshop = new Workshop()
  workshop.script(
    'train.py',
    `import json, os, time
def paused():
    return float(open("paused").read()) if os.path.exists("paused") else 0.0
began = time.perf_counter()
open(${JSON.stringify(begun())}, "w").close()
while not os.path.exists(${JSON.stringify(finish())}): time.sleep(0.02)
counted = time.perf_counter() - began - paused()
json.dump({"value": 0.5, "trainSeconds": time.perf_counter() - began, "metrics": {"counted": counted}}, open("result.json", "w"))`,
  )
  const cared = { devices: { kind: 'cuda' }, budgetSeconds: 1, graceSeconds: LIMIT_SECONDS - 1 }
  workshop.profile('cared-for', { ...cared, thermal: { startBelow: 60, pauseAt: 85, abortAt: 92 } })
  workshop.profile('impatient', { ...cared, thermal: { startBelow: 60, pauseAt: 85, pauseSeconds: 3 } })
  workshop.profile('once', { devices: { kind: 'cuda' } })
  workshop.profile('again', { devices: { kind: 'cuda' }, rerunThrottled: true })
  workshop.profile('watched', {
    devices: { kind: 'cuda' },
    rerunThrottled: true,
    canaryHours: 1,
    space: { parameters: { x: { type: 'float', low: 0, high: 1, default: 0.5 } } },
  })
  const place = await databases()[0]!.open()
  dataDir = place.dataDir!
  service = await new TestService(place, { trainers: workshop.folder, dataDir }).start()
})
afterAll(async () => {
  await service.close()
  workshop.remove()
  cards.remove()
})
beforeEach(() => {
  cards.healthy()
  for (const file of [finish(), begun()]) rmSync(file, { force: true })
})

const newStudy = (trainer: string) => service.create({ space, trainer, budget: { trials: 1 } })
const heat = (temperature: number) => cards.setCard(0, { 'temperature.gpu': temperature })

async function untilBegun(): Promise<void> {
  await vi.waitFor(() => expect(existsSync(begun())).toBe(true), { timeout: 60_000, interval: 50 })
}

/** The state of the trial's process by /proc: T where it is stopped. */
async function untilProcess(study: string, wanted: RegExp): Promise<void> {
  const path = join(dataDir, 'trials', await service.id(study), '0-1', 'running.json')
  await vi.waitFor(
    () => {
      const { pid } = JSON.parse(readFileSync(path, 'utf8'))
      expect(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]![0]).toMatch(wanted)
    },
    { timeout: 60_000, interval: 50 },
  )
}

it('it waits for a cool card before it starts, and keeps its study active', async () => {
  writeFileSync(finish(), '')
  heat(70)
  const study = await newStudy('cared-for')
  await new Promise((resolve) => setTimeout(resolve, 1500))
  const { body } = await service.get(`/studies/${study}`)
  expect(body).toMatchObject({ state: 'active', trials: { running: 0, complete: 0 } })
  heat(59)
  expect(await finished(service, study)).toMatchObject([{ state: 'complete' }])
})

it('while its card is hot its processes and its clock stand still, and its lease is kept', async () => {
  const study = await newStudy('cared-for')
  await untilBegun()
  heat(88)
  await untilProcess(study, /T/)
  await new Promise((resolve) => setTimeout(resolve, LIMIT_SECONDS * 1000))
  heat(60) // not below startBelow
  await new Promise((resolve) => setTimeout(resolve, 2500))
  await untilProcess(study, /T/)
  heat(50)
  await untilProcess(study, /[RS]/)
  writeFileSync(finish(), '')
  const [trial] = await finished(service, study)
  expect(trial).toMatchObject({ state: 'complete', attempt: 1, metrics: { gpuTemperatureMax: 88 } })
  const { pausedSeconds, counted, 'wallSeconds.train': wall } = trial!.metrics
  expect(pausedSeconds).toBeGreaterThan(LIMIT_SECONDS)
  expect(wall).toBeLessThan(LIMIT_SECONDS)
  expect(counted).toBeLessThan(wall)
  expect(trial!.trainSeconds).toBe(wall) // the trainer told the pause as well
})

it('from a card that is too hot it goes back, and runs again when the card is cool', async () => {
  const study = await newStudy('cared-for')
  await untilBegun()
  heat(95)
  await vi.waitFor(
    async () => {
      const { body } = await service.get(`/studies/${study}`)
      expect(body).toMatchObject({
        state: 'paused',
        reason: 'GPU 0 reached 95 °C, and trials end at 92',
        trials: { failed: 0 },
      })
    },
    { timeout: 60_000, interval: 100 },
  )
  writeFileSync(finish(), '')
  heat(40)
  expect(await finished(service, study)).toMatchObject([{ state: 'complete' }])
  expect((await service.summary(study)).lostAttempts).toBe(0)
})

it('a pause that is too long ends also where nvidia-smi has stopped answering', async () => {
  const study = await newStudy('impatient')
  await untilBegun()
  heat(88)
  await untilProcess(study, /T/)
  cards.set({ hangs: true })
  await vi.waitFor(
    async () => {
      const { body } = await service.get(`/studies/${study}`)
      expect(body.reason).toBe('GPU 0 was not seen below 60 °C within 3 s')
    },
    { timeout: 60_000, interval: 100 },
  )
  writeFileSync(finish(), '')
  cards.healthy()
  expect(await finished(service, study)).toMatchObject([{ state: 'complete' }])
})

it('that was throttled is marked, with its temperature, clocks and the reasons', async () => {
  writeFileSync(finish(), '')
  cards.setCard(0, { [SLOWED_BY]: '0x0000000000000044', 'temperature.gpu': 89, 'clocks.sm': 1200 })
  const [trial] = await finished(service, await newStudy('once'))
  expect(trial).toMatchObject({
    state: 'complete',
    metrics: {
      throttled: true,
      gpuThrottledShare: 1,
      gpuSlowedBy: 'power cap 100 %, hardware thermal slowdown 100 %',
      gpuTemperatureMax: 89,
      gpuTemperatureMean: 89,
      gpuClockMean: 1200,
      gpuClockMin: 1200,
    },
  })
  cards.setCard(0, { [SLOWED_BY]: '0x0000000000000004' })
  const [capped] = await finished(service, await newStudy('once'))
  expect(capped!.metrics).toMatchObject({ gpuSlowedBy: 'power cap 100 %', gpuThrottledShare: 0 })
  expect(capped!.metrics.throttled).toBeUndefined()
})

it('that was throttled runs again once, where its profile says so', async () => {
  writeFileSync(finish(), '')
  cards.setCard(0, { [SLOWED_BY]: '0x0000000000000080' })
  const study = await newStudy('again')
  const [trial] = await finished(service, study)
  expect(trial).toMatchObject({ state: 'complete', metrics: { throttled: true } })
  const returned = (await service.log(study)).filter(({ kind }) => kind === 'returned')
  expect(returned).toHaveLength(1)
  expect(returned[0]).toMatchObject({ data: { reason: expect.stringContaining('power brake 100 %') } })
})

it('a canary that was throttled does not run again: that its card is slower is what it shows', async () => {
  writeFileSync(finish(), '')
  cards.setCard(0, { [SLOWED_BY]: '0x0000000000000080' })
  const study = await service.create({ trainer: 'watched', budget: { trials: 1 } })
  expect(await finished(service, study)).toMatchObject([{ state: 'complete' }])
  const { body } = await service.get('/trainers/watched/canaries')
  expect(body.runs).toMatchObject([{ devices: '0', speed: expect.any(Number) }])
})
