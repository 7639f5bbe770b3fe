/** The whole of it: a GPT that really learns, searched through the front door, under the dispatcher. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { resultSchema } from '../../src/dispatch/jobs/result-file.js'
import { prepareTrainer } from '../../src/dispatch/profiles/prepare.js'
import type { ProcessProfile } from '../../src/dispatch/profiles/process-profile.js'
import { readTrainers } from '../../src/dispatch/profiles/profiles.js'
import { fromRoot } from '../../src/root.js'
import { finished } from '../dispatch/workshop.js'
import { databases, type TestDatabase } from '../postgres.js'
import { type Body, TestService } from '../service/service.js'
import { gptEnvironment } from './environment.js'

vi.setConfig({ testTimeout: 400_000, hookTimeout: 600_000 })

const found = await gptEnvironment()

describe.skipIf('lacks' in found)('gpt-cpu under the dispatcher', () => {
  let place: TestDatabase
  let service: TestService
  let dataDir: string
  let trials: Body[]
  beforeAll(async () => {
    place = await databases()[0]!.open()
    dataDir = place.dataDir!
    const trainers = await readTrainers({ dataDir, gpus: [] })
    await prepareTrainer(trainers.get('gpt-cpu')!.profile as ProcessProfile, () => {})
    service = await new TestService(place, { dataDir, cpuSlots: 2 }).start()
    const study = await service.create({
      space: 'autoresearch-cpu',
      objective: { metric: 'val_bpb', direction: 'minimize' },
      trainer: 'gpt-cpu',
      parallel: 2,
      budget: { trials: 3 },
      lease: { seconds: 30 },
    })
    trials = await finished(service, study)
  })
  afterAll(() => service.close())

  it('learns: its bits per byte are well below those of a model that knows nothing', async () => {
    expect(trials.map(({ state }) => state)).toEqual(Array(3).fill('complete'))
    const ignorance = await untrained(join(dataDir, 'trainers/gpt-cpu'))
    expect(trials[0].value).toBeLessThan(0.9 * ignorance)
  })

  it('is charged what it was counted, and has its phases, speed and hardware on record', () => {
    const trial = trials.find(({ state }) => state === 'complete')
    expect(trial.trainSeconds).toBeGreaterThanOrEqual(5)
    expect(trial.tokensPerSecond).toBeGreaterThan(100)
    expect(trial.peakMemoryMb).toBeGreaterThan(100)
    expect(trial.metrics).toMatchObject({ device: 'cpu', engine: 'local', paramsM: expect.any(Number) })
    for (const phase of ['startup', 'warmup', 'train', 'evaluate'])
      expect(trial.metrics[`seconds.${phase}`], phase).toBeGreaterThan(0)
  })

  it('reports on the way', async () => {
    const trial = trials.find(({ state }) => state === 'complete')
    const study = (await service.get('/studies')).body.studies[0].name
    const { reports } = await service.show(study, trial.number)
    expect(reports.length).toBeGreaterThan(3)
    expect(reports.at(-1).value).toBeLessThan(reports[0].value)
  })

  it('writes a result by the schema, and keeps no checkpoint', async () => {
    const study = (await service.get('/studies')).body.studies[0].id
    const work = join(
      dataDir,
      'trials',
      study,
      `${trials.find((t) => t.state === 'complete').number}-1`,
      'work',
    )
    const result = JSON.parse(await readFile(join(work, 'result.json'), 'utf8'))
    expect(resultSchema.parse(result)).toMatchObject({ outcome: 'complete' })
    await expect(readFile(join(work, 'weights.safetensors'))).rejects.toThrow('ENOENT')
  })
})

it('the schema of results in trainer/gpt/ is that of the code', async () => {
  const { z } = await import('zod')
  const schema = `${JSON.stringify(z.toJSONSchema(resultSchema, { io: 'input' }), null, 2)}\n`
  await expect(schema).toMatchFileSnapshot(fromRoot('trainer/gpt/result.schema.json'))
})

/** Bits per byte of a model to which every token is as likely, as it is before the first step. */
async function untrained(data: string): Promise<number> {
  const { vocabulary } = JSON.parse(await readFile(join(data, 'meta.json'), 'utf8'))
  const numbers = await readFile(join(data, 'token_bytes.npy'))
  const lengths = Array.from({ length: vocabulary }, (_, i) =>
    numbers.readInt32LE(numbers.length - 4 * (vocabulary - i)),
  )
  const bytes = await readFile(join(data, 'val.bin'))
  const sizes = Array.from({ length: bytes.length / 2 }, (_, i) => lengths[bytes.readUInt16LE(2 * i)]!)
  const counted = sizes.filter((size) => size > 0)
  return (counted.length * Math.log2(vocabulary)) / counted.reduce((a, b) => a + b)
}
