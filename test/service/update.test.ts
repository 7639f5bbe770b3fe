/** PATCH of a study: every change has its event, and what changes nothing has none. */
import { describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
import { type Body, useService } from './service.js'

describe.each(databases())('a change of a study on $name', (engine) => {
  const service = useService(engine)

  /** Sends the change and answers the events that it wrote. */
  const change = async (study: string, body: Body) => {
    const before = (await service.log(study)).length
    const answer = await service.patch(`/studies/${study}`, body)
    expect(answer.status).toBe(200)
    const written = (await service.log(study)).slice(before).map(({ kind, data }) => ({ kind, data }))
    const { database, queues } = service.running
    expect(await unsound(database, study, queues)).toEqual([])
    return { body: answer.body, written }
  }

  it('is logged where it empties the description', async () => {
    const name = await service.create({ description: 'the first try' })
    const { body, written } = await change(name, { description: '' })
    expect(body.description).toBe('')
    expect(written).toEqual([{ kind: 'changed', data: { budget: {}, description: '' } }])
  })

  it('is logged with what it changed', async () => {
    const name = await service.create({ budget: { trials: 5 } })
    const budget = { trials: 7, trainSeconds: 100 }
    expect((await change(name, { budget })).written).toEqual([{ kind: 'changed', data: { budget } }])
    expect((await change(name, { state: 'paused', reason: 'a' })).written).toEqual([
      { kind: 'paused', data: { reason: 'a' } },
    ])
    expect((await change(name, { state: 'paused', reason: 'b' })).written).toEqual([
      { kind: 'paused', data: { reason: 'b' } },
    ])
  })

  it('empties the budget', async () => {
    const name = await service.create({ budget: { trials: 5 } })
    expect((await change(name, { budget: {} })).written).toEqual([{ kind: 'changed', data: { budget: {} } }])
  })

  it.each([
    [{}],
    [{ description: 'as it was' }],
    [{ budget: { trialSeconds: 3, trials: 5 } }],
    [{ state: 'active' }],
    [{ state: 'active', reason: 'it is active already' }],
    [{ reason: 'why not' }],
  ])('is no event where it changes nothing: %j', async (body) => {
    const name = await service.create({ description: 'as it was', budget: { trials: 5, trialSeconds: 3 } })
    const { updatedAt } = (await service.get(`/studies/${name}`)).body
    expect(await change(name, body)).toMatchObject({ body: { updatedAt }, written: [] })
  })

  it.each([
    ['paused', 'the GPUs are needed'],
    ['finished', 'enough'],
  ])('is no event where the study is %s for the same reason', async (state, reason) => {
    const name = await service.create({ budget: { trials: 5 } })
    await change(name, { state, reason })
    expect((await change(name, { state, reason })).written).toEqual([])
    expect((await change(name, { state })).written).toEqual([])
    expect(await change(name, { budget: { trials: 5 } })).toMatchObject({
      body: { state, reason },
      written: [],
    })
  })
})
