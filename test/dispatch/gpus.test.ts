/**
 * How GPUs are granted to trials. A script named nvidia-smi stands for the driver, since most machines that run these tests
 * have no card; everything else is real.
 */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { DevicePool } from '../../src/dispatch/devices/device-pool.js'
import { findGpus, waitUntilFree } from '../../src/dispatch/devices/gpus.js'
import { readTrainers } from '../../src/dispatch/profiles/profiles.js'
import { databases } from '../postgres.js'
import { TestService } from '../service/service.js'
import { FakeCards } from './fake-cards.js'
import { finished, Workshop } from './workshop.js'

vi.setConfig({ testTimeout: 120_000 })

let cards: FakeCards
const use = (...mib: number[]) =>
  cards.set({ cards: mib.map((used, i) => cards.with(i, { 'memory.used': used })[i]!) })

beforeAll(() => {
  cards = new FakeCards(2)
})
afterAll(() => cards.remove())

it('they are found, with their memory in GiB', async () => {
  const gpus = await findGpus()
  expect(gpus).toMatchObject([
    { index: '0', uuid: 'GPU-0', name: 'NVIDIA H200', driver: '570.86' },
    { index: '1' },
  ])
  expect(gpus[0]!.memoryGib).toBe(143771 / 1024)
})

it('a limit of 76 is 76 GiB: a card of 75.2 GiB, which are 80.7 · 10⁹ bytes, is too small for it', async () => {
  const workshop = new Workshop()
  workshop.script('train.py', '')
  workshop.profile('large', { devices: { kind: 'cuda' }, memoryLimitGb: 76 })
  const read = async () =>
    readTrainers({ trainers: workshop.folder, dataDir: workshop.folder, gpus: await findGpus() })
  cards.setCard(0, { 'memory.total': 77_000 })
  await expect(read()).rejects.toThrow('memoryLimitGb: 76 is more than the 75.20 GiB of the card')
  workshop.profile('large', { devices: { kind: 'cuda' }, memoryLimitGb: 22.5 })
  cards.setCard(0, { 'memory.total': 23_034 }) // an L4
  await expect(read()).rejects.toThrow('memoryLimitGb: 22.5 is more than the 22.49 GiB of the card')
  workshop.profile('large', { devices: { kind: 'cuda' }, memoryLimitGb: 76 })
  cards.setCard(0, { 'memory.total': 76 * 1024 })
  expect((await read()).get('large')).toMatchObject({ profile: { memoryLimitGb: 76 } })
  cards.healthy()
  workshop.remove()
})

it('the limit of a trial on the processor is in GiB as well', async () => {
  const workshop = new Workshop()
  workshop.script('train.py', 'import resource; print("bytes:", resource.getrlimit(resource.RLIMIT_AS)[0])')
  workshop.profile('small', { memoryLimitGb: 3, result: { by: 'line', label: 'bytes:' } })
  const place = await databases()[0]!.open()
  const service = await new TestService(place, { trainers: workshop.folder, dataDir: place.dataDir! }).start()
  const space = { parameters: { x: { type: 'float', low: 0, high: 1 } } }
  const study = await service.create({ space, trainer: 'small', budget: { trials: 1 } })
  expect(await finished(service, study)).toMatchObject([{ state: 'complete', value: 3 * 2 ** 30 }])
  await service.close()
  workshop.remove()
})

it('one whose memory is taken is waited for', async () => {
  use(4, 70_000)
  expect(await waitUntilFree(['0'])).toBe(true)
  const free = waitUntilFree(['1'])
  expect(await Promise.race([free, new Promise((resolve) => setTimeout(resolve, 700, 'waits'))])).toBe(
    'waits',
  )
  use(4, 4)
  expect(await free).toBe(true)
})

it('they are one trial’s at a time, first come first served, and nobody waits on who has left', async () => {
  const pool = new DevicePool(['0', '1'])
  const never = new AbortController()
  const leaving = new AbortController()
  expect(await pool.take(1, 'first', never.signal)).toMatchObject({ devices: ['0'], owner: 'first' })
  const both = pool.take(2, 'second', leaving.signal)
  const one = pool.take(1, 'third', never.signal)
  leaving.abort()
  expect(await both).toBeUndefined()
  expect(await one).toMatchObject({ devices: ['1'], owner: 'third' })
})

it('they are given back once, by whoever has them', async () => {
  const pool = new DevicePool(['0'])
  const never = new AbortController().signal
  const found = pool.reserve(['0'], 'before the restart')
  const first = pool.take(1, 'first', never)
  found.release()
  const second = pool.take(1, 'second', never)
  found.release()
  expect(await Promise.race([second, 'waits'])).toBe('waits')
  const grant = (await first)!
  grant.release()
  grant.release()
  expect(await second).toMatchObject({ devices: ['0'], owner: 'second' })
  expect(await Promise.race([pool.take(1, 'third', never), 'waits'])).toBe('waits')
})

it('each trial sees its own, and its name and driver are on record', async () => {
  const workshop = new Workshop()
  workshop.script(
    'train.py',
    'import os, time; time.sleep(1); print("loss:", os.environ["CUDA_VISIBLE_DEVICES"])',
  )
  workshop.profile('on-cards', {
    devices: { kind: 'cuda' },
    memoryLimitGb: 140,
    result: { by: 'line', label: 'loss:' },
  })
  const place = await databases()[0]!.open()
  const service = await new TestService(place, { trainers: workshop.folder, dataDir: place.dataDir! }).start()
  const space = { parameters: { x: { type: 'float', low: 0, high: 1 } } }
  const study = await service.create({ space, trainer: 'on-cards', parallel: 3, budget: { trials: 4 } })
  const trials = await finished(service, study)
  expect(trials.map(({ state }) => state)).toEqual(Array(4).fill('complete'))
  expect(new Set(trials.map(({ value }) => value))).toEqual(new Set([0, 1]))
  for (const { value, metrics } of trials)
    expect(metrics).toMatchObject({ gpu: 'NVIDIA H200', gpuUuid: `GPU-${value}`, driver: '570.86' })
  await service.close()
  workshop.remove()
})
