/** The example for whoever has a script of his own: from its constants to a search, end to end. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { extractSpace } from '../../src/cli/space.js'
import { fromRoot } from '../../src/root.js'
import { finished } from '../dispatch/workshop.js'
import { databases } from '../postgres.js'
import { type Body, TestService } from '../service/service.js'
import { environment } from './environment.js'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 })

const script = fromRoot('examples/scikit-learn/train.py')

it('a space is guessed from its constants, and says that it is a guess', async () => {
  const { parameters } = await extractSpace(script)
  expect(parameters).toEqual({
    PENALTY_C: {
      type: 'float',
      low: 0.333,
      high: 3,
      log: true,
      default: 1,
      description: 'GUESSED from 1: edit.',
    },
    KERNEL_GAMMA: {
      type: 'float',
      low: 0.002,
      high: 0.2,
      log: true,
      default: 0.02,
      description: 'GUESSED from 0.02: edit.',
    },
    KERNEL: {
      type: 'fixed',
      value: 'rbf',
      description: expect.stringMatching(/^GUESSED from "rbf": edit\. .*categorical/),
    },
    SCALED: { type: 'bool', default: true, description: 'GUESSED from true: edit.' },
  })
})

it('the constants of the GPT trainer are all found, as the numbers that they are', async () => {
  const { parameters } = await extractSpace(fromRoot('trainer/gpt/train.py'))
  expect(Object.keys(parameters).slice(0, 15)).toEqual(
    'DEPTH ASPECT_RATIO HEAD_DIM DEVICE_BATCH_SIZE TOTAL_BATCH_SIZE EMBEDDING_LR UNEMBEDDING_LR MATRIX_LR SCALAR_LR WEIGHT_DECAY WARMUP_RATIO WARMDOWN_RATIO FINAL_LR_FRAC WINDOW_PATTERN SEQUENCE_LENGTH'.split(
      ' ',
    ),
  )
  expect(parameters.TOTAL_BATCH_SIZE).toMatchObject({ type: 'int', powerOfTwo: true, default: 524288 })
  expect(parameters.WARMUP_RATIO).toMatchObject({ type: 'float', low: 0, high: 0.5 })
})

const found = await environment('scikit-learn', 'examples/scikit-learn/requirements.txt')

describe.skipIf('lacks' in found)('a plain scikit-learn script', () => {
  let service: TestService
  beforeAll(async () => {
    const place = await databases()[0]!.open()
    const trainers = fromRoot('examples/scikit-learn')
    service = await new TestService(place, { dataDir: place.dataDir!, trainers, cpuSlots: 2 }).start()
  })
  afterAll(() => service.close())

  it('is searched without a change to it', async () => {
    const { body } = await service.get('/trainers')
    const { spec } = body.trainers.find((trainer: Body) => trainer.name === 'scikit-learn')
    const study = await service.create({
      space: spec,
      objective: { metric: 'accuracy', direction: 'maximize' },
      trainer: 'scikit-learn',
      method: 'tpe',
      parallel: 2,
      budget: { trials: 4 },
    })
    const trials = await finished(service, study)
    expect(trials.map(({ state }) => state)).toEqual(Array(4).fill('complete'))
    expect(trials[0].value).toBeGreaterThan(0.8)
    const values = trials.map(({ value }) => value)
    expect((await service.summary(study)).incumbent.value).toBe(Math.max(...values))
  })
})
