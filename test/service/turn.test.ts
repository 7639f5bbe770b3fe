import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/engine/study-queue.js'
import type { Sql } from '../../src/storage/database.js'
import { ask } from '../../src/trials/commands/ask.js'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
import { type Leased, useService } from './service.js'

/** A command that throws an unexpected error after it has changed the study in memory. */
const broken = (ready: boolean): Command<void> => {
  const fail = (): never => {
    throw new TypeError('nobody foresaw this')
  }
  return {
    ready: () => ready,
    play: (study) => {
      study.nextNumber += 7
      return fail()
    },
    playLocked: async (study) => {
      study.nextNumber += 7
      return fail()
    },
  }
}

/** What the database refuses: an event that is there already. */
const refused: Command<void> = {
  ready: () => true,
  play: (study, writes) => {
    writes.events.push({ seq: 1, kind: 'changed', number: null, data: {} })
    study.seq++
    return () => {}
  },
  playLocked: () => Promise.reject(new Error('it is always ready')),
}

/** As another server would. */
async function changeElsewhere(sql: Sql, study: string): Promise<void> {
  await sql.query('update studies set seq = seq + 1 where id = $1', [study])
  await sql.query(
    `insert into events (study_id, seq, kind, data) select id, seq, 'changed', '{}'::json from studies where id = $1`,
    [study],
  )
}

describe.each(databases())('a turn on $name', (engine) => {
  const service = useService(engine)

  it.each([true, false])(
    'that fails stores nothing, answers everybody, and the next one is as ever',
    async (ready) => {
      const name = await service.create()
      await service.run(name, 1)
      const { queues, database } = service.running
      const id = await service.id(name)
      await expect(queues.run(id, broken(ready))).rejects.toThrow('nobody foresaw this')
      expect((await service.askOne(name)).number).toBe(1)
      const answers = await Promise.allSettled([
        queues.run(id, broken(ready)),
        queues.run(id, broken(ready)),
        queues.run(id, broken(ready)),
      ])
      expect(answers.map(({ status }) => status)).toEqual(Array(3).fill('rejected'))
      expect((await service.run(name, 2)).number).toBe(1)
      expect(await unsound(database, name, queues)).toEqual([])
    },
  )

  it('that waited for the study’s lock is dated when it had it, and leases from then on', async () => {
    const name = await service.create({ lease: { seconds: 60 } })
    const id = await service.id(name)
    const { database } = service.running
    const clock = async (sql: Sql) =>
      (await sql.query<{ at: Date }>('select clock_timestamp() as at'))[0]!.at.getTime()
    let asked: Promise<Leased> | undefined
    const released = await database.transaction(async (tx) => {
      await changeElsewhere(tx, id) // so the guard of the turn, which waits for this, fails
      asked = service.askOne(name)
      await setTimeout(300)
      return clock(tx)
    })
    const { number, lease } = await asked!
    const [attempt] = await database.query<{ leased_at: Date }>(
      'select leased_at from attempts where study_id = $1 and number = $2',
      [id, number],
    )
    expect(attempt!.leased_at.getTime()).toBeGreaterThanOrEqual(released)
    expect(new Date(lease.expiresAt).getTime()).toBeGreaterThanOrEqual(released + 60_000)
    const events = await database.query<{ kind: string; at: Date }>(
      'select kind, at from events where study_id = $1 and seq > 2 order by seq',
      [id],
    )
    expect(events.map(({ kind }) => kind)).toEqual(['leased'])
    for (const { at } of events) expect(at.getTime()).toBeGreaterThanOrEqual(released)
  })

  it('that is stored together with other studies’ shares neither their faults nor their refusals', async () => {
    const { queues, database } = service.running
    const names = await Promise.all(Array.from({ length: 4 }, () => service.create()))
    const ids = await Promise.all(names.map((name) => service.id(name)))
    await Promise.all(names.map((name) => service.run(name, 2)))
    const [faulty, overtaken, ...sound] = ids
    await changeElsewhere(database, overtaken!)
    const asks = [overtaken, ...sound].map((id) => queues.run(id!, ask('w', 1)))
    const answers = await Promise.allSettled([queues.run(faulty!, refused), ...asks])
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
    expect((await service.askOne(names[0]!)).number).toBe(1)
    for (const name of names) expect(await unsound(database, name, queues)).toEqual([])
  })
})
