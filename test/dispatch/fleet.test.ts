/** Several GPUs of one machine: one trial each, or several for each trial, and none twice; a lost card leaves and comes back. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { DevicePool } from '../../src/dispatch/devices/device-pool.js'
import { databases } from '../postgres.js'
import { TestService } from '../service/service.js'
import { FakeCards } from './fake-cards.js'
import { finished, Workshop } from './workshop.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const space = { parameters: { x: { type: 'float', low: 0, high: 1 } } }
const never = new AbortController().signal

let cards: FakeCards
let workshop: Workshop
let service: TestService
const busy = () => join(cards.folder, 'busy')

/** Each trial claims its cards, waits until so many are claimed at once, and tells which it had; a claimed card is a fault. */
const TRAINER = (folder: string, together: number) => `import json, os, time
mine = os.environ["CUDA_VISIBLE_DEVICES"].split(",")
for card in mine: os.close(os.open(f"${folder}/{card}", os.O_CREAT | os.O_EXCL))
began = time.monotonic()
while not os.path.exists("${folder}/met") and time.monotonic() - began < 60:
    if len(os.listdir("${folder}")) >= ${together}: open("${folder}/met", "w").close()
    time.sleep(0.02)
met = os.path.exists("${folder}/met")
time.sleep(0.2)
for card in mine: os.remove(f"${folder}/{card}")
json.dump({"value": 0.5, "metrics": {"cards": ",".join(mine), "met": met}}, open("result.json", "w"))`

beforeAll(async () => {
  cards = new FakeCards(4)
  workshop = new Workshop()
  for (const together of [3, 4]) workshop.script(`train-${together}.py`, TRAINER(busy(), together))
  const one = { devices: { kind: 'cuda' } }
  workshop.profile('three', { ...one, files: ['train-3.py'], command: ['python3', 'train-3.py'] })
  workshop.profile('four', { ...one, files: ['train-4.py'], command: ['python3', 'train-4.py'] })
  workshop.profile('pairs', {
    files: ['train-4.py'],
    command: ['python3', 'train-4.py'],
    devices: { kind: 'cuda', perTrial: 2 },
  })
  workshop.script('train.py', '')
  workshop.script(
    'python',
    '#!/bin/sh\necho "{\\"value\\": 1, \\"metrics\\": {\\"words\\": \\"$*\\"}}" > result.json',
    0o755,
  )
  workshop.profile('by-torchrun', {
    command: ['./python', 'train.py', '--cards', '{devices}'],
    devices: { kind: 'cuda', perTrial: 2, torchrun: true },
  })
  const place = await databases()[0]!.open()
  service = await new TestService(place, { trainers: workshop.folder, dataDir: place.dataDir! }).start()
})
afterAll(async () => {
  await service.close()
  workshop.remove()
  cards.remove()
})
beforeEach(() => {
  cards.healthy()
  rmSync(busy(), { recursive: true, force: true })
  mkdirSync(busy())
})

const run = async (trainer: string, parallel: number, trials: number) =>
  finished(service, await service.create({ space, trainer, parallel, budget: { trials } }))
const cardsOf = (trials: readonly { metrics: { cards: string } }[]) =>
  trials.map(({ metrics }) => metrics.cards)

describe('of four cards', () => {
  it('each has one trial at a time; a lost one has none until it comes back, and the study goes on', async () => {
    cards.set({ cards: cards.without(2) })
    const study = await service.create({ space, trainer: 'three', parallel: 4, budget: { trials: 3 } })
    const without = await finished(service, study)
    expect(without.map(({ state, metrics }) => [state, metrics.met])).toEqual(
      Array(3).fill(['complete', true]),
    )
    expect(cardsOf(without as never).sort()).toEqual(['0', '1', '3'])
    const kinds = (await service.log(study)).map(({ kind }) => kind)
    expect(kinds).not.toContain('paused')

    cards.healthy()
    rmSync(join(busy(), 'met'))
    const all = await run('four', 4, 4)
    expect(all.map(({ state, metrics }) => [state, metrics.met])).toEqual(Array(4).fill(['complete', true]))
    expect(cardsOf(all as never).sort()).toEqual(['0', '1', '2', '3'])
  })

  it('a trial has two, where its profile says so, and nobody else has them', async () => {
    const trials = await run('pairs', 3, 4)
    expect(trials.map(({ state }) => state)).toEqual(Array(4).fill('complete'))
    for (const pair of cardsOf(trials as never)) expect(new Set(pair.split(',')).size).toBe(2)
    expect(trials.filter(({ metrics }) => metrics.met).length).toBe(4)
  })

  it('torchrun starts a process for each that a trial has', async () => {
    const [trial] = await run('by-torchrun', 1, 1)
    expect(trial!.metrics.words).toBe(
      '-m torch.distributed.run --standalone --nproc-per-node 2 train.py --cards 2',
    )
  })
})

describe('a pool', () => {
  it('serves a request for all of its devices in its turn, whatever comes after it', async () => {
    const pool = new DevicePool(['0', '1', '2', '3'])
    const singles = await Promise.all(Array.from({ length: 4 }, () => pool.take(1, 'one', never)))
    const all = pool.take(4, 'all', never)
    const later = pool.take(1, 'later', never)
    for (const single of singles.slice(0, 3)) single!.release()
    expect(await Promise.race([later, all, 'both wait'])).toBe('both wait')
    singles[3]!.release()
    const grant = await all
    expect(grant!.devices).toEqual(['0', '1', '2', '3'])
    expect(await Promise.race([later, 'waits'])).toBe('waits')
    grant!.release()
    expect((await later)!.devices).toEqual(['0'])
  })

  it('has no deadlock between requests that overlap, since each gets all or none', async () => {
    const pool = new DevicePool(['0', '1', '2', '3'])
    const [first, second] = [pool.take(3, 'first', never), pool.take(3, 'second', never)]
    ;(await first)!.release()
    expect((await second)!.devices).toHaveLength(3)
  })

  it('answers a request that too few usable devices are left for, and serves those behind it', async () => {
    const pool = new DevicePool(['0', '1'])
    const held = (await pool.take(1, 'held', never))!
    const [both, one] = [pool.take(2, 'both', never), pool.take(1, 'one', never)]
    pool.withhold('1', 'GPU 1 is gone')
    expect(await both).toMatchObject({ devices: [], unfit: 'GPU 1 is gone' })
    expect(await Promise.race([one, 'waits'])).toBe('waits')
    held.release()
    expect((await one)!.devices).toEqual(['0'])
    pool.restore('1')
    expect((await pool.take(1, 'again', never))!.devices).toEqual(['1'])
  })
})

it('a profile whose command is no interpreter cannot be started by torchrun', async () => {
  const other = new Workshop()
  writeFileSync(join(other.folder, 'run.sh'), '#!/bin/sh')
  chmodSync(join(other.folder, 'run.sh'), 0o755)
  other.profile('wrong', {
    files: ['run.sh'],
    command: ['./run.sh'],
    devices: { kind: 'cpu', torchrun: true },
  })
  const place = await databases()[0]!.open()
  const refused = new TestService(place, { trainers: other.folder, dataDir: place.dataDir! })
  await expect(refused.start()).rejects.toThrow(
    'devices.torchrun: the command must begin with an interpreter',
  )
  await place.close()
  other.remove()
})
