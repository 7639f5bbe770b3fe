import { get, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { Searches } from '../../src/compute/searches.js'
import { StudyQueues } from '../../src/engine/study-queue.js'
import { readAllEvents } from '../../src/studies/read-events.js'
import { ask } from '../../src/trials/commands/ask.js'
import { databases } from '../postgres.js'
import { follow, type SeenEvent } from './event-stream.js'
import { loseLeases } from './leases.js'
import { TestService, useService } from './service.js'

const kinds = (seen: readonly SeenEvent[]) => seen.map((e) => e.event)
const seqs = (seen: readonly SeenEvent[]) => seen.map((e) => e.data.seq)
const finished = (study: string) => (seen: readonly SeenEvent[]) =>
  seen.at(-1)?.event === 'finished' && seen.at(-1)?.data.study === study
const upTo = (n: number) => (seen: readonly SeenEvent[]) => seen.length >= n
const from1 = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

describe.each(databases())('events on $name', (engine) => {
  const service = useService(engine)
  beforeAll(async () => {
    await service.listen()
  })
  const of = (study: string) => `${service.url}/studies/${study}/events`

  it('tell the life of a study, from its first event on', async () => {
    const name = await service.create({ lease: { maxAttempts: 1 } })
    await service.run(name, 2)
    await service.run(name, 3)
    await service.askOne(name, 'dies')
    await loseLeases(service, name)
    await service.post(`/studies/${name}/trials`, { params: { x: 7 } })
    await service.post(`/studies/${name}/trials/3/cancel`)
    await service.patch(`/studies/${name}`, { state: 'paused', reason: 'why not' })
    await service.patch(`/studies/${name}`, { state: 'active' })
    await service.patch(`/studies/${name}`, { budget: { trials: 50 } })
    await service.patch(`/studies/${name}`, { state: 'finished' })
    const seen = await follow(of(name), upTo(14))
    expect(kinds(seen)).toEqual([
      'created',
      ...['leased', 'settled', 'incumbent'],
      ...['leased', 'settled'],
      ...['leased', 'lost'],
      ...['queued', 'cancelled'],
      ...['paused', 'resumed', 'changed', 'finished'],
    ])
    expect(seqs(seen)).toEqual(from1(14))
    expect(seen.map((e) => e.id)).toEqual(from1(14).map(String))
    expect(seen[2]!.data).toMatchObject({
      study: name,
      kind: 'settled',
      number: 0,
      state: 'complete',
      value: 2,
    })
    expect(seen[3]!.data).toMatchObject({ number: 0, value: 2, source: 'default' })
    expect(seen[7]!.data).toMatchObject({ number: 2, attempt: 1, worker: 'dies' })
    expect(seen[10]!.data).toMatchObject({ reason: 'why not' })
    for (const { data } of seen) expect(Date.parse(data.at as string)).toBeGreaterThan(0)
  })

  it('end when the study is deleted, by this server or another one', async () => {
    for (const remove of [
      (name: string) => service.delete(`/studies/${name}`),
      (name: string) => service.running.database.query('delete from studies where name = $1', [name]),
    ]) {
      const name = await service.create()
      let opened = () => {}
      const open = new Promise<void>((resolve) => (opened = resolve))
      const following = follow(of(name), (seen) => {
        if (seen.length > 0) opened()
        return false
      })
      await open
      await remove(name)
      expect(kinds(await following)).toEqual(['created'])
      expect((await service.get(`/studies/${name}/events`)).status).toBe(404)
    }
  })

  it('arrive while they happen', async () => {
    const name = await service.create()
    const seen: number[] = []
    const following = follow(of(name), (events) => {
      seen.push(events.length)
      return events.length >= 5
    })
    while (seen.length === 0) await sleep(10)
    expect(seen.at(-1), 'the stream is open, the study untouched').toBe(1)
    await service.ask(name, 'w', 4)
    expect(kinds(await following)).toEqual(['created', ...Array(4).fill('leased')])
  })

  it('go on after Last-Event-ID, or after the query of those who cannot send it', async () => {
    const name = await service.create()
    await service.ask(name, 'w', 5)
    expect(seqs(await follow(of(name), upTo(2), '4'))).toEqual([5, 6])
    expect(seqs(await follow(`${of(name)}?after=4`, upTo(2)))).toEqual([5, 6])
  })

  /** Follows until the server ends it; resolves once the stream is open. */
  const untilTheEnd = (study: string, lastEventId?: string) =>
    new Promise<{ ended: Promise<SeenEvent[]> }>((resolve, reject) => {
      const ended = follow(
        of(study),
        () => {
          resolve({ ended })
          return false
        },
        lastEventId,
      )
      ended.catch(reject)
    })

  it('miss nothing and repeat nothing when a client comes back, nor over restarts of the server', async () => {
    const name = await service.create()
    const seen: SeenEvent[] = []
    for (let round = 0; round < 4; round++) {
      const writing = write(service, name, `w${round}`, -10 * round)
      seen.push(...(await follow(of(name), upTo(7), seen.at(-1)?.id)))
      await writing
      const { ended } = await untilTheEnd(name, seen.at(-1)?.id)
      await service.restart()
      seen.push(...(await ended))
    }
    const log = await service.log(name)
    const left = log.length - seen.length
    if (left > 0) seen.push(...(await follow(of(name), upTo(left), seen.at(-1)?.id)))
    expect(seqs(seen)).toEqual(log.map((e) => e.seq))
    expect(kinds(seen)).toEqual(log.map((e) => e.kind))
  })

  it('hold no more listeners for a slow reader the more pages it is sent', async () => {
    const pages = 12
    const name = await service.create()
    await service.running.database.query(
      `insert into events (study_id, seq, kind, data)
       select s.id, n, 'changed', json_build_object('note', repeat('x', 200))
         from studies s, generate_series(2, ${pages * 500}) n where s.name = $1`,
      [name],
    )
    const responses: ServerResponse[] = []
    service.running.app.server.once('request', (_request, response) => responses.push(response))
    const reader = await new Promise<IncomingMessage>((resolve) => get(of(name), resolve))
    const [response] = responses
    let text = ''
    // A page is larger than what the server buffers: it waits for the reader after each.
    const most = { close: 0, error: 0, drain: 0 }
    reader.setEncoding('utf8')
    for await (const chunk of reader) {
      for (const event of ['close', 'error', 'drain'] as const)
        most[event] = Math.max(most[event], response!.listenerCount(event))
      text += chunk
      await sleep(1)
      if (text.includes(`id: ${pages * 500}\n`)) break
    }
    expect(most.drain).toBeLessThanOrEqual(2)
    expect(most.close).toBeLessThanOrEqual(4)
    expect(most.error).toBeLessThanOrEqual(4)
    await service.delete(`/studies/${name}`) // the tests of all studies' events need not read these
  })

  it('end when the server does', async () => {
    const name = await service.create()
    const { ended } = await untilTheEnd(name)
    await service.restart()
    expect(kinds(await ended)).toEqual(['created'])
  })

  it('of all studies come whole, each study’s in order, while many write and a client comes and goes', async () => {
    const all = `${service.url}/events`
    const names = await Promise.all(from1(6).map(() => service.create()))
    const writers = names.flatMap((name) => [1, 2, 3].map((w) => write(service, name, `w${w}`)))
    const written = Promise.all(writers).then(() =>
      service.patch(`/studies/${names[0]}`, { state: 'finished' }),
    )
    const atTheEnd = finished(names[0]!)
    const seen: SeenEvent[] = []
    while (!atTheEnd(seen))
      seen.push(...(await follow(all, (more) => more.length >= 17 || atTheEnd(more), seen.at(-1)?.id)))
    await written
    const [count] = await service.running.database.query<{ n: number }>(
      'select count(*)::int as n from events',
    )
    expect(seen).toHaveLength(count!.n)
    expect(new Set(seen.map((e) => e.id)).size).toBe(seen.length)
    for (const name of names) {
      const log = await service.log(name)
      expect(seqs(seen.filter((e) => e.data.study === name))).toEqual(log.map((e) => e.seq))
    }
  })

  it.each(['x', '-1', '1-2', '99999999999999', '1 2', 'é'.repeat(3)])(
    'are not resumed after %j',
    async (after) => {
      const name = await service.create()
      const answer = await service.get(`/studies/${name}/events?after=${encodeURIComponent(after)}`)
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } })
    },
  )

  it.each(['5', 'x-y', '-'])('of all are not resumed after %j', async (after) => {
    const answer = await service.get('/events', { 'last-event-id': after })
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'invalid_cursor', errors: [{ path: 'last-event-id' }] },
    })
  })

  it('of a study that is not there are a plain 404', async () => {
    expect(await service.get('/studies/nobody/events')).toMatchObject({
      status: 404,
      body: { code: 'study_not_found' },
    })
  })
})

const postgres = databases().filter(({ name }) => name === 'postgres')

describe.each(postgres)('events of two servers on $name', (engine) => {
  it('reach the clients of either, whole and in order', async () => {
    const place = await engine.open()
    const servers = [await new TestService(place).start(), await new TestService(place).start()]
    for (const server of servers) await server.listen()
    const names = [await servers[0]!.create(), await servers[1]!.create()]
    const following = servers.map(({ url }) => follow(`${url}/events`, finished(names[0]!)))
    const writers = servers.flatMap((server, s) =>
      names.flatMap((name) => [write(server, name, `a${s}`), write(server, name, `b${s}`)]),
    )
    await Promise.all(writers)
    await servers[0]!.patch(`/studies/${names[0]}`, { state: 'finished' })
    for (const seen of await Promise.all(following)) {
      for (const name of names) {
        const log = await servers[0]!.log(name)
        expect(seqs(seen.filter((e) => e.data.study === name))).toEqual(log.map((e) => e.seq))
      }
    }
    for (const server of servers) await server.running.close()
    await place.close()
  })
})

describe.each(postgres)('the order of events on $name', (engine) => {
  const service = useService(engine)

  it('is that of their numbers, also where the transaction that began first gets the lock last', async () => {
    const name = await service.create()
    const id = await service.id(name)
    const { database } = service.running
    let locked = 0
    const late = new StudyQueues(
      {
        ...database,
        transaction: (work) =>
          database.transaction(async (tx) => {
            locked++
            await tx.query('select pg_current_xact_id()') // its id is older than that of the turn that overtakes it
            await service.run(name, 1)
            return work(tx)
          }),
      },
      { searches: new Searches(0) },
    )
    await late.run(id, ask('first', 1))
    await service.run(name, 1) // what the late server holds is stale: it takes the lock
    await late.run(id, ask('late', 1))
    expect(locked).toBe(1)
    await vi.waitFor(async () => {
      const events = await readAllEvents(database, '0-0', 1000) // those older than every open transaction of the machine
      const own = events.filter(({ study }) => study === name).map(({ seq }) => seq)
      expect(own).toEqual(own.toSorted((a, b) => a - b))
      expect(own.length).toBe(
        (await database.query<{ seq: number }>('select seq from studies where id = $1', [id]))[0]!.seq,
      )
    }, 20_000)
  })
})

/** Runs eight trials, each better than the one before. */
async function write(service: TestService, study: string, worker: string, best = 0): Promise<void> {
  for (let i = 0; i < 8; i++) {
    const [trial] = await service.ask(study, worker)
    await service.tell(study, trial!, { outcome: 'complete', value: best - i })
  }
}
