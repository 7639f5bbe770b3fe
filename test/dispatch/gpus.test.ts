/**
 * How GPUs are granted to trials. A script named nvidia-smi stands for the driver, since most machines that run these tests
 * have no card; everything else is real.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { DevicePool } from '../../src/dispatch/devices/device-pool.js'
import { findGpus, waitUntilFree } from '../../src/dispatch/devices/gpus.js'
import { databases } from '../postgres.js'
import { TestService } from '../service/service.js'
import { finished, Workshop } from './workshop.js'

vi.setConfig({ testTimeout: 120_000 })

const folder = mkdtempSync(join(tmpdir(), 'chiron-cards-'))
const path = process.env.PATH
const use = (...mib: number[]) =>
  writeFileSync(join(folder, 'used'), mib.map((used, i) => `${i}, ${used}`).join('\n'))

beforeAll(() => {
  use(4, 4)
  const cards = [0, 1].map((i) => `${i}, GPU-${i}, NVIDIA H200, 570.86, 143771`).join('\n')
  const program = `#!/bin/sh\ncase "$1" in *memory.used) cat ${folder}/used;; *) printf '%s\\n' '${cards}';; esac\n`
  writeFileSync(join(folder, 'nvidia-smi'), program)
  chmodSync(join(folder, 'nvidia-smi'), 0o755)
  process.env.PATH = `${folder}:${path}`
})
afterAll(() => {
  process.env.PATH = path
  rmSync(folder, { recursive: true })
})

it('they are found, with their memory in GB of ten to the ninth', async () => {
  const gpus = await findGpus()
  expect(gpus).toMatchObject([
    { index: '0', uuid: 'GPU-0', name: 'NVIDIA H200', driver: '570.86' },
    { index: '1' },
  ])
  expect(gpus[0]!.memoryGb).toBeCloseTo(150.8, 1)
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
