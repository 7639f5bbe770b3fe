/** What `chiron doctor` says of the GPUs, through the command; nvidia-smi and the kernel log are stand-ins. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { fromRoot } from '../../src/root.js'
import { makeReady } from '../service/server-process.js'
import { FakeCards } from './fake-cards.js'

vi.setConfig({ testTimeout: 120_000 })

const folder = mkdtempSync(join(tmpdir(), 'chiron-doctor-'))
let cards: FakeCards

beforeAll(() => {
  makeReady()
  cards = new FakeCards(5)
}, 300_000)
afterAll(() => {
  cards.remove()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** The findings: what, what it says, and the remedy. */
async function doctor(): Promise<string> {
  const env = { PATH: process.env.PATH, CHIRON_DATA_DIR: folder, NO_COLOR: '1' }
  const said = await promisify(execFile)(process.execPath, [fromRoot('bin/chiron.mjs'), 'doctor'], {
    env,
  }).catch((error) => error)
  return said.stdout
}

it('names each card and what is wrong with it, with the remedy', async () => {
  cards.set({
    cards: [
      ...cards
        .with(1, { 'memory.used': 70_000, 'temperature.gpu': 91, 'clocks_throttle_reasons.active': '0x60' })
        .slice(0, 2),
      ...cards.with(2, { 'ecc.errors.uncorrected.volatile.total': 3 }).slice(2, 3),
      ...cards.with(4, { 'ecc.errors.uncorrected.volatile.total': '[N/A]' }).slice(3),
    ],
    processes: [['GPU-1', 4711, 69_996, 'python']],
    kernel: [cards.xid(3, 79, 'GPU has fallen off the bus.'), cards.xid(0, 31, 'MMU fault')],
  })
  const said = await doctor()
  const finding = (what: string, says: string, todo = '') =>
    expect(said.replace(/\n +→/g, ' →')).toMatch(new RegExp(`${what} +${says}${todo && `.*→ ${todo}`}`))
  finding(
    '✓ GPU 0',
    'NVIDIA H200, driver 570.86, 140.4 of 140.4 GiB are free, 35 °C, 0 uncorrectable ECC errors, 0 Xid',
  )
  finding(
    '– GPU 1',
    'in use: GPU 1: process 4711 \\(python\\) holds 69996 MiB',
    'unless it is a trial of this service, stop it',
  )
  finding('– GPU 1', '91 °C is hot', 'check fans')
  finding('– GPU 1', 'slowed down: software thermal slowdown, hardware thermal slowdown', 'check its cooling')
  finding(
    '✗ GPU 2',
    '3 uncorrectable errors',
    'reset it when nothing runs on it: nvidia-smi --gpu-reset -i 2',
  )
  finding('✗ GPU 3', 'Xid 79, it has fallen off the bus, 0 minutes ago', 'restart the machine')
  finding('✓ GPU 4', 'NVIDIA H200.*35 °C, no ECC, 0 Xid errors')
  expect(said.match(/[–✗] GPU [04]/)).toBeNull()
})

it('says that nvidia-smi fails, and what it said', async () => {
  cards.set({ dead: 'Failed to initialize NVML: Driver/library version mismatch' })
  expect(await doctor()).toMatch(
    /✗ GPUs +nvidia-smi failed: Failed to initialize NVML.*\n.*→ restart the machine/,
  )
})
