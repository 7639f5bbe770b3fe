/** What becomes of a trial that waits for advice when its study is finished. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { unsound } from '../service/invariants.js'
import { describeStaged } from './stage.js'

describeStaged('a study that is finished while a model thinks', (stage) => {
  const method = {
    optimizer: { kind: 'random' },
    advisor: { kind: 'llm', model: 'openai-compatible:stand-in', warmup: 1, ratio: 1 },
  }

  it('cancels the trial, and records the call that comes too late without using it', async () => {
    const { model, service } = stage
    model.behaves({ says: '{"x": 3}', afterMs: 500 })
    const study = await service.create({ method })
    await service.run(study, 1)
    const { body } = await service.post(`/studies/${study}/ask`, { worker: 'w' })
    expect(body).toMatchObject({ trials: [], reason: { code: 'advising' } })
    await service.patch(`/studies/${study}`, { state: 'finished' })
    expect(await service.show(study, 1)).toMatchObject({ state: 'cancelled' })
    let calls: unknown[] = []
    while (calls.length === 0) {
      await sleep(20)
      calls = (await service.get(`/studies/${study}/llm-calls`)).body.calls
    }
    expect(calls).toMatchObject([{ number: 1, message: 'it came too late' }])
    const { trials, budget } = await service.summary(study)
    expect(trials).toMatchObject({ proposing: 0, cancelled: 1, complete: 1 })
    expect(budget).toMatchObject({ trialsUsed: 1, trainSecondsReserved: 0 })
    expect(await unsound(service.running.database, study, service.running.queues)).toEqual([])
  })
})
