/** A study of constants whose trainer leaves no value of its own: the scorer of its task gives it. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { makeTrustTask, SOURCE, type TrustTask } from '../../bench/trust/trust-task.js'
import { anEngine } from '../postgres.js'
import { TestService } from '../service/service.js'
import { environment } from '../trainer/environment.js'
import { finished } from './workshop.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 })

const found = await environment('trust', `${SOURCE.slice(SOURCE.indexOf('bench/'))}/requirements.txt`)

describe.skipIf('lacks' in found)('a trainer with a scorer and no evaluation', () => {
  let task: TrustTask
  let service: TestService
  beforeAll(async () => {
    const { python } = found as { python: string }
    task = await makeTrustTask(python)
    const place = await anEngine().open()
    const trainers = join(task.folder, 'task')
    service = await new TestService(place, { dataDir: task.folder, trainers, python, cpuSlots: 2 }).start()
  })
  afterAll(async () => {
    await service.close()
    await task.remove()
  })

  it('is scored by it, with the constants that are searched', async () => {
    const spec = { name: 'pairs', trainer: 'pairs', method: 'random', budget: { trials: 4 } }
    await service.post('/studies', {
      ...spec,
      parallel: 2,
      objective: { metric: 'bits', direction: 'minimize' },
    })
    const trials = await finished(service, 'pairs')
    expect(trials.map(({ state }) => state)).toEqual(Array(4).fill('complete'))
    const bySmoothing = [...trials].sort((a, b) => a.params.SMOOTHING - b.params.SMOOTHING)
    expect(bySmoothing.at(-1).value).toBeGreaterThan(bySmoothing[0].value)
    for (const { metrics } of trials) expect(metrics['seconds.score']).toBeGreaterThan(0)
  })
})
