/** What becomes of a study whose search is computed in a worker thread: when the thread ends, when memory is short, at the end. */
import { describe, expect, it, vi } from 'vitest'
import { Searches } from '../../src/compute/searches.js'
import { SearchLostError } from '../../src/compute/study-search.js'
import { readCommand } from '../../src/engine/read-command.js'
import { StudyQueues } from '../../src/engine/study-queue.js'
import { ask } from '../../src/trials/commands/ask.js'
import { cancel } from '../../src/trials/commands/cancel.js'
import { tell } from '../../src/trials/commands/tell.js'
import { endThreads } from '../compute/end-threads.js'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
import { useService } from './service.js'

describe.each(databases())('a search in a worker thread on $name', (engine) => {
  const service = useService(engine)
  const lossOf = (x: unknown) => (Number(x) - 1) ** 2

  it('that ends with its thread is rebuilt from the log: the run is the undisturbed one', {
    timeout: 120_000,
  }, async () => {
    const runs: unknown[] = []
    for (const isDisturbed of [false, true]) {
      const name = await service.create({ method: 'gp', seed: 3 })
      for (let n = 0; n < 24; n++) {
        const asked = service.ask(name, 'w', 1)
        if (isDisturbed && n % 6 === 5) await endThreads(service.running.searches)
        const [trial] = await asked
        await service.tell(name, trial!, { outcome: 'complete', value: lossOf(trial!.params.x) })
      }
      const { trials } = (await service.get(`/studies/${name}/trials?limit=100`)).body
      runs.push(trials.map(({ params }: { params: unknown }) => params))
      expect(await unsound(service.running.database, name, service.running.queues)).toEqual([])
    }
    expect(runs[1]).toEqual(runs[0])
  })

  it('whose thread ends each time is given up with 503, and the study goes on once it computes again', {
    timeout: 120_000,
  }, async () => {
    const name = await service.create({ method: 'gp' })
    await service.run(name, 1)
    const { searches } = service.running
    await endThreads(searches)
    const open = vi.spyOn(searches, 'open').mockRejectedValue(new SearchLostError('it is out of memory'))
    const { status, body } = await service.post(`/studies/${name}/ask`, { worker: 'w' })
    expect(open).toHaveBeenCalledTimes(3)
    open.mockRestore()
    expect({ status, code: body.code, retryable: body.retryable }).toEqual({
      status: 503,
      code: 'search_unavailable',
      retryable: true,
    })
    expect((await service.run(name, 2)).number).toBe(1)
    expect(await unsound(service.running.database, name, service.running.queues)).toEqual([])
  })

  it('keeps no tell waiting behind the asks of others', async () => {
    const name = await service.create({ method: 'gp' })
    for (let n = 0; n < 12; n++) await service.run(name, n)
    const [first, second] = await service.ask(name, 'held', 2)
    const id = await service.id(name)
    const { queues, database } = service.running
    const order: string[] = []
    const noted = (label: string, work: Promise<unknown>) => work.then(() => order.push(label))
    await Promise.all([
      ...['under way', 'b', 'c', 'd'].map((worker) => noted(worker, queues.run(id, ask(worker, 1)))),
      noted(
        'tell',
        queues.run(id, tell(first!.number, first!.lease.token, { outcome: 'complete', value: 1 })),
      ),
      noted('cancel', queues.run(id, cancel(second!.number))),
    ])
    expect(order.slice(0, 3).sort()).toEqual(['cancel', 'tell', 'under way'])
    expect(order[0]).toBe('under way')
    const log = (await service.log(name)).map(({ kind, number }) => `${kind} ${number}`)
    expect(log.indexOf(`settled ${first!.number}`)).toBeLessThan(log.indexOf(`leased ${second!.number + 2}`))
    expect(await unsound(database, name, queues)).toEqual([])
  })

  it('is refused at the end of the service, and nothing is half stored', { timeout: 120_000 }, async () => {
    const name = await service.create({ method: 'gp' })
    for (let n = 0; n < 10; n++) await service.run(name, n)
    const asked = service.running.app.inject({
      method: 'POST',
      url: `/studies/${name}/ask`,
      payload: { worker: 'many', count: 64 },
    })
    await new Promise((resolve) => setImmediate(resolve))
    await service.restart()
    const { statusCode } = await asked
    expect([200, 503]).toContain(statusCode)
    const { trials } = (await service.get(`/studies/${name}/trials?limit=200`)).body
    expect(trials).toHaveLength(statusCode === 200 ? 74 : 10)
    expect(await unsound(service.running.database, name, service.running.queues)).toEqual([])
  })

  it('and all that is held with it stays within the memory that it is given', async () => {
    const names = await Promise.all(Array.from({ length: 12 }, () => service.create({ method: 'tpe' })))
    for (const name of names) await service.run(name, 1)
    const limit = 300_000
    const queues = new StudyQueues(service.running.database, { searches: new Searches(0), heldBytes: limit })
    const ids = await Promise.all(names.map((name) => service.id(name)))
    const observed = async (id: string) =>
      queues.run(
        id,
        readCommand(({ observations }) => observations),
      )
    for (const id of [...ids, ...ids]) expect(await observed(id)).toBe(1)
    expect(queues.held.bytes).toBeLessThanOrEqual(limit)
    expect(queues.held.studies).toBeGreaterThan(1)
    expect(queues.held.studies).toBeLessThan(names.length)
  })
})
