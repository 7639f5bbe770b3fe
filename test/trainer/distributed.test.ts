/** The GPT trainer by torchrun, in two processes on the processor: it trains as one process does with the same total batch. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fromRoot } from '../../src/root.js'
import { gptEnvironment } from './environment.js'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const found = await gptEnvironment()
const STEPS = 20
const PARAMS = {
  DEPTH: 2,
  ASPECT_RATIO: 16,
  HEAD_DIM: 16,
  SEQUENCE_LENGTH: 64,
  DEVICE_BATCH_SIZE: 2,
  TOTAL_BATCH_SIZE: 512,
}
const TORCHRUN = ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2']

describe.skipIf('lacks' in found)('two processes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chiron-distributed-'))
  const data = join(folder, 'data')
  const params = join(folder, 'params.json')
  const python = 'python' in found ? found.python : ''
  const run = async (...words: string[]) => {
    const env = {
      ...process.env,
      OMP_NUM_THREADS: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONWARNINGS: 'ignore',
    }
    return (await promisify(execFile)(python, words, { cwd: folder, env })).stdout
  }

  beforeAll(async () => {
    writeFileSync(params, JSON.stringify(PARAMS))
    const source = ['--source', 'python', '--vocabulary', '512', '--megabytes', '1']
    await run(fromRoot('trainer/gpt/prepare.py'), '--out', data, ...source)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('have the losses of one, to rounding', async () => {
    const curve = async (how: string[]) => {
      const said = await run(...how, fromRoot('test/trainer/curve.py'), data, params, String(STEPS))
      return [...said.matchAll(/^loss (\S+)$/gm)].map(([, loss]) => Number(loss))
    }
    const one = await curve([])
    const two = await curve(TORCHRUN)
    expect(one).toHaveLength(STEPS)
    expect(two).toHaveLength(STEPS)
    expect(one.at(-1)!).toBeLessThan(one[0]! - 0.3)
    for (const [step, loss] of one.entries()) expect(Math.abs(two[step]! / loss - 1)).toBeLessThan(1e-5)
  })

  it('leave one result, one set of weights, and reports of the first', async () => {
    const words = ['--data', data, '--params', params, '--seconds', '2']
    await run(...TORCHRUN, fromRoot('trainer/gpt/train.py'), ...words)
    const result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'))
    expect(result).toMatchObject({ outcome: 'complete' })
    const steps = readFileSync(join(folder, 'reports.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).step)
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b))
    const evaluation = ['--data', data, '--checkpoint', 'weights.safetensors', '--out', 'evaluation.json']
    await run(fromRoot('trainer/gpt/evaluate.py'), ...evaluation, '--tokens', '4096')
    expect(JSON.parse(readFileSync(join(folder, 'evaluation.json'), 'utf8')).value).toBeGreaterThan(0)
  })
})

/** A clock whose device is read at 0, 1, 2, 6, 6.5 and 8.5 s; it stood still for 3 s before the fourth time and 2 s before the fifth. */
const CLOCK = `
import sys
sys.path.insert(0, ${JSON.stringify(fromRoot('trainer/gpt'))})
import torch, train
from device import Moment

class Stub:
    torch, cuda, at, stood = torch.device("cpu"), False, 0, 0
    def mark(self): return Moment(self.at)
    def paused(self): return self.stood
    def fetch(self, *values): return values
    def maybe(self, *report): pass

stub = Stub()
clock = train.Clock(10, stub, stub)
clock.begin()
for stub.at, stub.stood in [(1, 0), (2, 0), (6, 3), (6.5, 5), (8.5, 5)]:
    clock.queued(torch.tensor(1.0), torch.tensor(1), 1)
print(clock.warmup, clock.counted)`

it.skipIf('lacks' in found)('the time for which it was paused is not counted as training', async () => {
  const { stdout } = await promisify(execFile)('python' in found ? found.python : '', ['-c', CLOCK])
  expect(stdout).toBe('1.0 2.5\n')
})
