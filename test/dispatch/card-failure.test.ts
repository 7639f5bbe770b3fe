/** Whose fault a failure on GPUs is, from what torch, nvidia-smi and the kernel log say. */
import { describe, expect, it } from 'vitest'
import { type FailedTrial, judgeFailure } from '../../src/dispatch/devices/card-failure.js'
import type { Card, CardReading } from '../../src/dispatch/devices/card-reading.js'
import type { Xid } from '../../src/dispatch/devices/xid.js'

const card: Card = {
  index: '0',
  uuid: 'GPU-0',
  bus: '00000000:3B:00.0',
  name: 'NVIDIA H200',
  driver: '570.86',
  memoryGib: 140.4,
  usedGib: 0.1,
  uncorrectedErrors: 0,
}
const trial: FailedTrial = {
  outcome: 'crashed',
  text: '',
  devices: ['0'],
  before: { lastXid: 100, errors: { 0: 0 } },
}
const healthy: CardReading = { is: 'read', cards: [card], processes: [] }
const shared: CardReading = {
  is: 'read',
  cards: [{ ...card, usedGib: 70 }],
  processes: [{ uuid: 'GPU-0', pid: 4711, name: 'python', gib: 69.5 }],
}

/** As torch 2.11 writes it. */
const outOfMemory = (wanted: number, free: number, held: number, more = '') =>
  `torch.OutOfMemoryError: CUDA out of memory. Tried to allocate ${wanted.toFixed(2)} GiB. GPU 0 has a total capacity of 140.40 GiB of which ${free.toFixed(2)} GiB is free. ${more}Of the allocated memory ${held.toFixed(2)} GiB is allocated by PyTorch, and 512.00 MiB is reserved by PyTorch but unallocated.`

const xid = (code: number, stamp = 200, bus = '0000:3b:00'): Xid => ({ code, stamp, bus, ago: 1, text: '' })

function judge(changes: Partial<FailedTrial>, reading: CardReading = healthy, xids: readonly Xid[] = []) {
  return judgeFailure({ ...trial, ...changes }, { reading, xids })
}

describe('out of memory', () => {
  it('by the cap is the configuration’s fault, whoever else is on the card', () => {
    const text = outOfMemory(8, 64, 72, '76.00 GiB allowed; ')
    const verdict = { fault: 'configuration', note: expect.stringContaining('by the cap of 76.0 GiB') }
    expect(judge({ outcome: 'oom', text })).toEqual(verdict)
    expect(judge({ outcome: 'oom', text }, shared)).toEqual(verdict)
  })

  it('of a card that is too small is the configuration’s fault', () => {
    const note = 'out of memory on a card of 140.4 GiB'
    expect(judge({ outcome: 'oom', text: outOfMemory(8, 1, 138) })).toEqual({ fault: 'configuration', note })
    expect(judge({ outcome: 'oom', text: outOfMemory(8, 1, 138) }, shared)).toMatchObject({ note })
  })

  it('because a second process has the memory is not, and it is named', () => {
    const named = outOfMemory(8, 2, 40, '76.00 GiB allowed; Process 4711 has 97.00 GiB memory in use. ')
    expect(judge({ outcome: 'oom', text: named })).toMatchObject({
      fault: 'card',
      why: expect.stringContaining('process 4711 holds 99328 MiB'),
    })
    const unnamed = judge({ outcome: 'oom', text: outOfMemory(8, 2, 40) }, shared)
    expect(unnamed).toMatchObject({ why: expect.stringContaining('process 4711 (python) holds 71168 MiB') })
  })

  it('without figures is judged by who is on the card', () => {
    const text = 'RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate(handle)'
    expect(judge({ outcome: 'oom', text })).toEqual({ fault: 'configuration' })
    expect(judge({ outcome: 'oom', text }, shared)).toMatchObject({ fault: 'card' })
    expect(judge({ outcome: 'oom', text: 'MemoryError' }, shared)).toEqual({ fault: 'configuration' })
  })
})

describe('a card', () => {
  it('that nvidia-smi does not find is to blame for every failure but a refusal', () => {
    const gone: CardReading = { is: 'read', cards: [], processes: [] }
    for (const outcome of ['crashed', 'oom', 'timeout', 'diverged'] as const)
      expect(judge({ outcome }, gone)).toMatchObject({
        fault: 'card',
        why: 'devices: nvidia-smi no longer finds GPU 0',
      })
    expect(judge({ outcome: 'invalid' }, gone)).toEqual({ fault: 'configuration' })
    expect(judge({}, { is: 'failed', why: 'nvidia-smi failed: no' }, [xid(79)])).toMatchObject({
      why: expect.stringContaining('Xid 79, it has fallen off the bus: restart the machine'),
    })
  })

  it('whose memory had uncorrectable errors while the trial ran is withheld until it has been reset', () => {
    const reading: CardReading = { ...healthy, cards: [{ ...card, uncorrectedErrors: 3 }] }
    expect(judge({ outcome: 'diverged', before: { lastXid: 100, errors: { 0: 1 } } }, reading)).toMatchObject(
      {
        fault: 'card',
        why: expect.stringContaining('2 uncorrectable errors of its memory'),
        cards: [{ device: '0', untilErrorsBelow: 3 }],
      },
    )
    expect(judge({ before: { lastXid: 100, errors: { 0: 3 } } }, reading)).toEqual({ fault: 'configuration' })
    expect(judge({ before: { lastXid: 100, errors: {} } }, reading)).toEqual({ fault: 'configuration' })
  })

  it('whose errors were contained can be used on', () => {
    const reading: CardReading = { ...healthy, cards: [{ ...card, uncorrectedErrors: 1 }] }
    const verdict = judge({}, reading, [xid(94)])
    expect(verdict).toMatchObject({ fault: 'card', cards: [{ device: '0' }] })
    expect(verdict).not.toMatchObject({ cards: [{ untilErrorsBelow: 1 }] })
  })

  it.each([48, 62, 64, 74, 79, 94, 95, 110, 119, 120, 121, 140, 143])('with Xid %i is to blame', (code) => {
    expect(judge({}, healthy, [xid(code)])).toMatchObject({
      fault: 'card',
      why: expect.stringContaining(`Xid ${code}, `),
    })
  })

  it('is not to blame for the Xid of a program, of another card, or of before', () => {
    for (const other of [xid(13), xid(31), xid(43), xid(79, 200, '0000:5e:00'), xid(79, 100)])
      expect(judge({}, healthy, [other])).toEqual({ fault: 'configuration' })
  })
})

describe('a message of CUDA', () => {
  it.each([
    'CUDA error: uncorrectable ECC error encountered',
    'CUDA error: CUDA-capable device(s) is/are busy or unavailable',
    'no CUDA-capable device is detected',
    'Unable to determine the device handle for GPU0000:3B:00.0: GPU is lost.',
  ])('such as “%s” is the card’s', (text) => {
    expect(judge({ text: `RuntimeError: ${text}` })).toMatchObject({
      fault: 'card',
      cards: [{ device: '0' }],
    })
  })

  it.each([
    'CUDA error: device-side assert triggered',
    'CUDA error: an illegal memory access was encountered',
    'CUDA error: unspecified launch failure',
  ])('such as “%s” is the program’s, unless the driver reports an error of the card', (text) => {
    const verdict = judge({ text }, healthy, [xid(31)])
    expect(verdict).toMatchObject({
      fault: 'configuration',
      note: expect.stringContaining('the driver reports no'),
    })
    expect(judge({ text }, healthy, [xid(31), xid(48)])).toMatchObject({ fault: 'card' })
  })
})
