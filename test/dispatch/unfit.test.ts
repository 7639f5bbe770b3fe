/** What is not the configuration's fault spends no trial: the trial is returned, and the study pauses until the cause is gone. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { databases } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { TestService } from '../service/service.js'
import { FakeCards } from './fake-cards.js'
import { finished, Workshop } from './workshop.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const space = { parameters: { x: { type: 'float', low: 0, high: 1 } } }

let cards: FakeCards
let workshop: Workshop
let service: TestService
let dataDir: string

beforeAll(() => {
  cards = new FakeCards(1)
})
afterAll(() => cards.remove())

beforeEach(async () => {
  workshop = new Workshop()
  symlinkSync(execFileSync('which', ['python3']).toString().trim(), join(workshop.folder, 'python'))
  workshop.script(
    'train.py',
    `import json, os
if "dead" in json.load(open("${cards.folder}/state.json")): raise SystemExit("no CUDA-capable device is detected")
if "DATA" in os.environ: open(os.environ["DATA"] + "/tokens").read()
json.dump({"value": json.load(open("params.json"))["x"]}, open("result.json", "w"))`,
  )
  workshop.profile('mine', { command: ['./python', 'train.py'] })
  workshop.profile('on-cards', { devices: { kind: 'cuda' } })
  workshop.profile('on-data', { environment: { DATA: '{data}' } })
  const place = await databases()[0]!.open()
  dataDir = place.dataDir!
  mkdirSync(join(dataDir, 'trainers', 'on-data'), { recursive: true })
  service = new TestService(place, { trainers: workshop.folder, dataDir })
})
afterEach(async () => {
  await service.close()
  workshop.remove()
})

/** Runs a study while the machine is broken, and after it is mended; answers why it was paused meanwhile. */
async function survive(trainer: string, mend: (study: string) => unknown, broken?: (study: string) => void) {
  const study = await service.create({ space, trainer, parallel: 2, budget: { trials: 5 } })
  broken?.(await service.id(study))
  const paused = await vi.waitFor(
    async () => {
      const { body } = await service.get(`/studies/${study}`)
      expect(body).toMatchObject({ state: 'paused', trials: { failed: 0 } })
      return body
    },
    { timeout: 60_000, interval: 100 },
  )
  await mend(await service.id(study))
  const trials = await finished(service, study)
  expect(trials.map(({ state }) => state)).toEqual(Array(5).fill('complete'))
  const { lostAttempts } = await service.summary(study)
  expect(lostAttempts).toBe(0)
  const kinds = (await service.log(study)).map(({ kind }) => kind)
  for (const kind of ['returned', 'paused', 'resumed']) expect(kinds).toContain(kind)
  expect(await unsound(service.running.database, study, service.running.queues)).toEqual([])
  return paused.reason as string
}

describe('a study goes on once', () => {
  it.skipIf(!canMount())('its full disk has room again', async () => {
    const root = join(dataDir, 'trials')
    mkdirSync(root)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', root])
    try {
      await service.start()
      const filler = join(root, 'filler')
      expect(() => writeFileSync(filler, Buffer.alloc(2 ** 23))).toThrow('ENOSPC')
      expect(await survive('mine', () => rmSync(filler))).toContain('ENOSPC')
    } finally {
      await service.running?.close()
      execFileSync('umount', ['-l', root])
    }
  })

  it('the folder of its trials can be written again', async () => {
    await service.start()
    mkdirSync(join(dataDir, 'trials'), { recursive: true })
    const folder = (id: string) => join(dataDir, 'trials', id)
    const why = await survive(
      'mine',
      (id) => rmSync(folder(id)),
      (id) => {
        rmSync(folder(id), { recursive: true, force: true })
        writeFileSync(folder(id), 'a file stands where the folder should be')
      },
    )
    expect(why).toMatch(/^It could not be set up: (ENOTDIR|EEXIST)/)
  })

  it('its interpreter is back', async () => {
    await service.start()
    const [here, away] = ['python', 'gone'].map((name) => join(workshop.folder, name)) as [string, string]
    renameSync(here, away)
    expect(await survive('mine', () => renameSync(away, here))).toContain('python is not there')
  })

  it('its machine is mended after a restart, and not where somebody has paused it since', async () => {
    await service.start()
    mkdirSync(join(dataDir, 'trials'), { recursive: true })
    const folder = (id: string) => join(dataDir, 'trials', id)
    const block = (id: string) => {
      rmSync(folder(id), { recursive: true, force: true })
      writeFileSync(folder(id), 'a file stands where the folder should be')
    }
    const held = await service.create({ space, trainer: 'mine', parallel: 1, budget: { trials: 5 } })
    block(await service.id(held))
    const isPaused = async () =>
      expect((await service.get(`/studies/${held}`)).body).toMatchObject({ state: 'paused' })
    await vi.waitFor(isPaused, { timeout: 60_000, interval: 100 })
    await service.patch(`/studies/${held}`, { state: 'paused', reason: 'I look into it' })
    await survive(
      'mine',
      async (id) => {
        await service.restart()
        for (const each of [id, await service.id(held)]) rmSync(folder(each))
      },
      block,
    )
    await isPaused()
  })

  it('its data folder is back', async () => {
    const data = join(dataDir, 'trainers', 'on-data')
    writeFileSync(join(data, 'tokens'), '')
    await service.start()
    renameSync(data, `${data}.gone`)
    expect(await survive('on-data', () => renameSync(`${data}.gone`, data))).toContain('data: ')
  })

  it('its GPU answers again', async () => {
    await service.start()
    cards.set({ dead: 'No devices were found' })
    const why = await survive('on-cards', () => cards.healthy())
    expect(why).toBe('devices: nvidia-smi no longer finds GPU 0 (nvidia-smi failed: No devices were found)')
  })
})

function canMount(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'chiron-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe], { stdio: 'ignore' })
    execFileSync('umount', [probe])
    return true
  } catch {
    return false
  } finally {
    rmSync(probe, { recursive: true, force: true })
  }
}
