/**
 * Trials whose cards fail: they go back to their study, which pauses with the reason where no other card is left, and goes on when the
 * cause is gone. nvidia-smi and the kernel log are stand-ins; everything else is real.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { databases } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { TestService } from '../service/service.js'
import { FakeCards } from './fake-cards.js'
import { finished, Workshop } from './workshop.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const space = { parameters: { x: { type: 'float', low: 0, high: 1 } } }
const ECC = 'ecc.errors.uncorrected.volatile.total'
const OUT_OF_MEMORY =
  'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 8.00 GiB. GPU 0 has a total capacity of 140.40 GiB'

let cards: FakeCards
let workshop: Workshop
let service: TestService

beforeAll(async () => {
  cards = new FakeCards(1)
  workshop = new Workshop()
  workshop.script(
    'train.py',
    `import json, os
trouble = ${JSON.stringify(join(cards.folder, 'trouble.py'))}
if os.path.exists(trouble): exec(open(trouble).read())
json.dump({"value": json.load(open("params.json"))["x"]}, open("result.json", "w"))`,
  )
  workshop.profile('on-cards', { devices: { kind: 'cuda' }, memoryLimitGb: 76 })
  const place = await databases()[0]!.open()
  service = await new TestService(place, { trainers: workshop.folder, dataDir: place.dataDir! }).start()
})
afterAll(async () => {
  await service.close()
  workshop.remove()
  cards.remove()
})
beforeEach(() => cards.healthy())

/** What the next trials do before they fail with this text. */
function trouble(code: string, text: string): void {
  writeFileSync(join(cards.folder, 'trouble.py'), `${code}\nraise SystemExit(${JSON.stringify(text)})`)
}

function noTrouble(): void {
  rmSync(join(cards.folder, 'trouble.py'))
}

/** Until the study is paused: why. */
async function paused(study: string): Promise<string> {
  return vi.waitFor(
    async () => {
      const { body } = await service.get(`/studies/${study}`)
      expect(body).toMatchObject({ state: 'paused', trials: { failed: 0 } })
      return body.reason
    },
    { timeout: 60_000, interval: 100 },
  )
}

async function allComplete(study: string): Promise<void> {
  const trials = await finished(service, study)
  expect(trials.map(({ state }) => state)).toEqual(Array(trials.length).fill('complete'))
  expect((await service.summary(study)).lostAttempts).toBe(0)
  expect(await unsound(service.running.database, study, service.running.queues)).toEqual([])
}

const newStudy = () => service.create({ space, trainer: 'on-cards', budget: { trials: 2 } })

describe('a trial is given back, and its study goes on later, where', () => {
  it('nvidia-smi fails, as after a card has fallen off the bus', async () => {
    const dead = 'Unable to determine the device handle for GPU0000:3B:00.0: GPU is lost.'
    const kernel = [...cards.kernel, cards.xid(0, 79, 'GPU has fallen off the bus.')]
    trouble(cards.later({ dead, kernel }), 'RuntimeError: CUDA error: unknown error')
    const study = await newStudy()
    expect(await paused(study)).toMatch(/^devices: nvidia-smi no longer finds GPU 0 .*GPU is lost.*Xid 79/)
    noTrouble()
    cards.set({ kernel })
    cards.healthy()
    await allComplete(study)
  })

  it('the memory of the card has an error that cannot be corrected, once it has been reset', async () => {
    trouble(
      cards.later({ cards: cards.with(0, { [ECC]: 2 }) }),
      'RuntimeError: CUDA error: uncorrectable ECC error encountered',
    )
    const study = await newStudy()
    expect(await paused(study)).toContain(
      '2 uncorrectable errors of its memory (nvidia-smi --gpu-reset -i 0)',
    )
    noTrouble()
    await new Promise((resolve) => setTimeout(resolve, 2500))
    expect((await service.get(`/studies/${study}`)).body.state).toBe('paused')
    cards.healthy()
    await allComplete(study)
  })

  it('a second process takes the memory of the card, which teaches nothing of memory', async () => {
    const text = `${OUT_OF_MEMORY} of which 2.00 GiB is free. 76.00 GiB allowed; Of the allocated memory 40.00 GiB is allocated by PyTorch, and 1.00 GiB is reserved by PyTorch but unallocated.`
    const other = {
      cards: cards.with(0, { 'memory.used': 97_000 }),
      processes: [['GPU-0', 4711, 96_996, 'python']],
    }
    trouble(cards.later(other), text)
    const study = await newStudy()
    expect(await paused(study)).toMatch(
      /^a second process on GPU 0: process 4711 \(python\) holds 96996 MiB; /,
    )
    noTrouble()
    cards.healthy()
    await allComplete(study)
    const { failures, feasibility } = await service.summary(study)
    expect(failures?.oom ?? 0).toBe(0)
    expect(JSON.stringify(feasibility ?? {})).not.toContain('oom')
  })

  it('a second process has the memory before it starts', async () => {
    cards.set({
      cards: cards.with(0, { 'memory.used': 70_000 }),
      processes: [['GPU-0', 4712, 69_996, 'jupyter']],
    })
    const study = await newStudy()
    expect(await paused(study)).toContain('process 4712 (jupyter) holds 69996 MiB')
    cards.setCard(0, { 'memory.used': 60_000 }) // now 76 GiB are free
    await allComplete(study)
  })
})

it('a trial that needs more than its cap is out of memory, and says by what', async () => {
  const text = `${OUT_OF_MEMORY} of which 64.00 GiB is free. 76.00 GiB allowed; Of the allocated memory 72.00 GiB is allocated by PyTorch, and 1.00 GiB is reserved by PyTorch but unallocated.`
  trouble('', text)
  const study = await newStudy()
  for (const trial of await finished(service, study))
    expect(trial).toMatchObject({
      failure: 'oom',
      message: expect.stringContaining('(out of memory by the cap of 76.0 GiB: it held 73.0 GiB'),
    })
  noTrouble()
})
