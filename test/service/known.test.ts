/** A configuration is known while a trial that was decided and not cancelled has it: the same before a restart and after it. */
import { describe, expect, it } from 'vitest'
import { describeStagedOnEach } from '../advisors/stage.js'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
import { LINE, TestService } from './service.js'

describeStagedOnEach('a configuration whose trial was cancelled', (stage) => {
  const enqueue = (study: string, x: number, told: object = {}) =>
    stage.service.post(`/studies/${study}/trials`, { params: { x }, ...told })
  const cancel = async (study: string, number: number) => {
    const answer = await stage.service.post(`/studies/${study}/trials/${number}/cancel`)
    expect(answer).toMatchObject({ status: 200, body: { state: 'cancelled' } })
  }
  const sound = async (study: string) => {
    const { database, queues } = stage.service.running
    expect(await unsound(database, study, queues)).toEqual([])
  }

  it.each(['at once', 'after a restart'])('is queued anew %s', async (when) => {
    const name = await stage.service.create()
    expect(await enqueue(name, 1)).toMatchObject({ status: 201, body: { number: 0 } })
    await cancel(name, 0)
    if (when === 'after a restart') await stage.service.restart()
    expect(await enqueue(name, 1)).toMatchObject({ status: 201, body: { number: 1, state: 'ready' } })
    expect(await enqueue(name, 1)).toMatchObject({ status: 200, body: { number: 1 } })
    await sound(name)
    await stage.service.restart()
    expect(await enqueue(name, 1)).toMatchObject({ status: 200, body: { number: 1 } })
    expect(await stage.service.askOne(name)).toMatchObject({ number: 1, params: { x: 1 } })
  })

  it('is queued anew where the cancelled trial ran', async () => {
    const name = await stage.service.create()
    await enqueue(name, 1)
    expect((await stage.service.askOne(name)).number).toBe(0)
    await cancel(name, 0)
    expect(await enqueue(name, 1)).toMatchObject({ status: 201, body: { number: 1 } })
    await sound(name)
  })

  it('is still known by the other trials that have it', async () => {
    const name = await stage.service.create()
    await enqueue(name, 1)
    expect((await enqueue(name, 1, { outcome: 'complete', value: 3 })).body.number).toBe(1)
    await cancel(name, 0)
    expect(await enqueue(name, 1)).toMatchObject({ status: 200, body: { number: 1, state: 'complete' } })
    await sound(name)
    await stage.service.restart()
    expect(await enqueue(name, 1)).toMatchObject({ status: 200, body: { number: 1 } })
  })

  it.each(['at once', 'after a restart'])(
    'is not known %s where its advisor was still asked',
    async (when) => {
      const advisor = { kind: 'llm', model: 'anthropic:m', ratio: 1, warmup: 1 }
      const name = await stage.service.create({
        space: LINE,
        method: { optimizer: { kind: 'random' }, advisor },
      })
      await stage.service.run(name, 5)
      await stage.service.ask(name)
      const { state, params } = await stage.service.show(name, 1)
      expect(state).toBe('proposing')
      await cancel(name, 1)
      if (when === 'after a restart') await stage.service.restart()
      expect(await enqueue(name, params.x)).toMatchObject({ status: 201, body: { number: 2 } })
      await sound(name)
    },
  )
})

const postgres = databases().filter(({ name }) => name === 'postgres')

describe.each(postgres)('a configuration cancelled by another server on $name', (engine) => {
  it('is queued anew by the server that holds the study', async () => {
    const place = await engine.open()
    const [holder, other] = [await new TestService(place).start(), await new TestService(place).start()]
    const name = await holder.create()
    const enqueue = () => holder.post(`/studies/${name}/trials`, { params: { x: 1 } })
    expect((await enqueue()).body.number).toBe(0)
    expect((await other.post(`/studies/${name}/trials/0/cancel`)).status).toBe(200)
    expect(await enqueue()).toMatchObject({ status: 201, body: { number: 1 } })
    expect(await unsound(holder.running.database, name, holder.running.queues)).toEqual([])
    for (const server of [holder, other]) await server.running.close()
    await place.close()
  })
})
