/** Trainers end in many ways; each is told as what it is, leaves nothing behind, and the others go on. */
import { readFileSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fromRoot } from '../../src/root.js'
import { databases } from '../postgres.js'
import { type Body, TestService } from '../service/service.js'
import { finished, processesWith, Workshop } from './workshop.js'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const ends: [fault: string, as: Record<string, unknown>][] = [
  ['none', { state: 'complete', value: 0.5, trainSeconds: 3, peakMemoryMb: 7, tokensPerSecond: 11 }],
  ['allocates', { failure: 'oom', message: expect.stringContaining('MemoryError') }],
  ['torch', { failure: 'oom', message: expect.stringContaining('Tried to allocate 2.00 GiB') }],
  ['cublas', { failure: 'oom', message: expect.stringContaining('CUBLAS_STATUS_ALLOC_FAILED') }],
  ['nan', { failure: 'diverged' }],
  ['nan in words', { failure: 'diverged' }],
  [
    'asserts',
    { failure: 'crashed', message: expect.stringContaining('AssertionError: arithmetic has changed') },
  ],
  [
    'kills itself',
    { failure: 'crashed', message: expect.stringContaining('killed by SIGKILL, neither by us') },
  ],
  ['segfaults', { failure: 'crashed', message: expect.stringContaining('ended by SIGSEGV') }],
  ['refuses', { failure: 'invalid', message: 'nine heads do not go into ten' }],
  ['own words', { failure: 'timeout', message: 'widget 7 is on fire' }],
  ['no result', { failure: 'crashed', message: expect.stringContaining('left no result in result.json') }],
  ['half a result', { failure: 'crashed', message: expect.stringContaining('result.json is not JSON') }],
  ['another schema', { failure: 'crashed', message: expect.stringContaining('not by the schema: value: ') }],
  ['no value', { failure: 'crashed', message: 'Its result in result.json has no value' }],
  ['leaves children', { state: 'complete', value: 0.5 }],
  ['talks', { failure: 'crashed', message: expect.stringContaining('the very last words') }],
]

const workshop = new Workshop()
const FAULT = { type: 'categorical', choices: [...ends.map(([fault]) => fault), 'hangs'] }
let service: TestService
let dataDir: string

beforeAll(async () => {
  workshop.script('train.py', readFileSync(fromRoot('test/dispatch/faulty.py'), 'utf8'))
  const more = {
    space: { parameters: { FAULT } },
    memoryLimitGb: 2,
    logMegabytes: 2,
    failures: [{ pattern: 'widget \\d+ is on fire', outcome: 'timeout' }],
  }
  workshop.profile('faulty', more)
  workshop.profile('hasty', { ...more, graceSeconds: 3 })
  const place = await databases()[0]!.open()
  dataDir = place.dataDir!
  service = await new TestService(place, { trainers: workshop.folder, dataDir }).start()
})
afterAll(async () => {
  await service.close()
  workshop.remove()
})

async function study(trainer: string, faults: readonly string[]): Promise<{ id: string; trials: Body[] }> {
  const spec = {
    space: { parameters: { FAULT } },
    trainer,
    method: 'random',
    parallel: 3,
    budget: { trials: faults.length },
  }
  const name = `${trainer}-study`
  const { body } = await service.post('/studies', {
    name,
    ...spec,
    description: 'paused until all are queued',
  })
  for (const fault of faults) await service.post(`/studies/${name}/trials`, { params: { FAULT: fault } })
  return { id: body.id, trials: await finished(service, name) }
}

describe('a trainer', () => {
  let trials: Body[]
  let id: string
  beforeAll(async () => {
    ;({ trials, id } = await study(
      'faulty',
      ends.map(([fault]) => fault),
    ))
  })
  const trialOf = (fault: string) => trials.find((trial) => trial.params.FAULT === fault)

  it.each(ends)('that ends by "%s" is told as what it is', (fault, as) => {
    expect(trialOf(fault)).toMatchObject(as)
  })

  it('has its phases, its engine and the hash of what was executed on record', () => {
    const { metrics } = trialOf('none')
    expect(metrics).toMatchObject({ steps: 4, engine: 'local', device: 'none', 'seconds.startup': 1 })
    expect(metrics['wallSeconds.train']).toBeGreaterThan(0)
    expect(metrics.configHash).toMatch(/^[0-9a-f]{16}$/)
    expect(new Set(trials.map((trial) => trial.metrics?.configHash)).size).toBe(trials.length)
  })

  it('is charged the time of its process where it fails', () => {
    expect(trialOf('asserts').trainSeconds).toBe(trialOf('asserts').metrics['wallSeconds.train'])
  })

  it('leaves no process behind', async () => {
    expect(await processesWith(join(dataDir, 'trials'))).toEqual([])
  })

  it('that writes 300 MB has a log of the size of its cap, with its head and its end', async () => {
    const folder = join(dataDir, 'trials', id, `${trialOf('talks').number}-1`)
    const logs = (await readdir(folder)).filter((name) => name.startsWith('log.'))
    const sizes = await Promise.all(logs.map(async (name) => (await stat(join(folder, name))).size))
    expect(sizes.reduce((a, b) => a + b)).toBeLessThan(2.2e6)
    expect(await readFile(join(folder, 'log.tail'), 'utf8')).toMatch(/the very last words\n$/)
  })

  it('leaves a folder that is not written any more, and holds its token for nobody else', async () => {
    const folder = join(dataDir, 'trials', id, `${trialOf('none').number}-1`)
    expect((await stat(join(folder, 'trial.json'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'work/result.json'))).mode & 0o222).toBe(0)
    expect(JSON.parse(await readFile(join(folder, 'settled.json'), 'utf8'))).toMatchObject({
      outcome: 'complete',
    })
  })
})

it('a trainer that hangs, and whose children do not hear SIGTERM, is ended when its time is over', async () => {
  const { trials } = await study('hasty', ['hangs'])
  expect(trials).toMatchObject([{ failure: 'timeout', message: expect.stringContaining('now I hang') }])
  expect(trials[0].message).toContain('1 s of budget and 3 s of grace')
  expect(await processesWith(join(dataDir, 'trials'))).toEqual([])
})
