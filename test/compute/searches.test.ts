/** A search in a worker thread is the search that it would be in this one. */
import { afterAll, describe, expect, it } from 'vitest'
import { SnapshotError } from '../../optimizers/contract.js'
import { Searches } from '../../src/compute/searches.js'
import { SearchLostError, type StudySearch } from '../../src/compute/study-search.js'
import { studySpec } from '../../src/domain/spec.js'
import { outcome } from '../optimizers/scripted-study.js'
import { everyKind } from '../optimizers/spaces.js'
import { endThreads } from './end-threads.js'

const specOf = (kind: string, seed = 5) =>
  studySpec.parse({ name: 'one', space: everyKind.spec, method: { optimizer: { kind } }, seed })

/** Twenty trials, two at a time; answers everything that the search said. */
async function life(search: StudySearch): Promise<unknown[]> {
  const said: unknown[] = []
  for (let number = 0; number < 20; number += 2) {
    const first = await search.propose({ number, pending: [] })
    const second = await search.propose({ number: number + 1, pending: [first.params] })
    said.push(first, second, await search.inspect({ ...first.params, WHOLE: 3 }))
    for (const { number, params, memo } of [second, first])
      search.observe({
        number,
        params,
        ...(memo === undefined ? {} : { memo }),
        result: outcome(everyKind, number, params),
      })
  }
  return [
    ...said,
    await search.describe(),
    await search.recommend(),
    await search.toConfirm(2),
    await search.snapshot(),
  ]
}

describe('a search in a worker thread', () => {
  const inline = new Searches(0)
  const threaded = new Searches(2)
  afterAll(() => threaded.close())

  it('proposes, observes and describes as in this thread', { timeout: 60_000 }, async () => {
    const here = await life(await inline.open(specOf('gp')))
    const there = await threaded.open(specOf('gp'))
    expect(threaded.threads).toBe(1)
    expect(await life(there)).toEqual(
      JSON.parse(JSON.stringify(here)).map((one: unknown) => one ?? undefined),
    )
    expect(there.bytes()).toBeGreaterThan(1000)
  })

  it('goes on from a snapshot, and refuses one of another search', { timeout: 60_000 }, async () => {
    const first = await threaded.open(specOf('gp'))
    await life(first)
    const snapshot = await first.snapshot()
    const second = await threaded.open(specOf('gp'), snapshot)
    expect(await second.propose({ number: 20, pending: [] })).toEqual(
      await first.propose({ number: 20, pending: [] }),
    )
    await expect(threaded.open(specOf('gp', 6), snapshot)).rejects.toThrow(SnapshotError)
  })

  it('stays in this thread where its asks are cheap', async () => {
    const before = threaded.threads
    await threaded.open(specOf('tpe'))
    expect(threaded.threads).toBe(before)
  })

  it('fails the next call with what was wrong with an observation', { timeout: 60_000 }, async () => {
    const search = await threaded.open(specOf('gp'))
    search.believe({ parameters: { NOTHING: { centre: 1, confidence: 1 } } })
    await expect(search.describe()).rejects.toThrow('no such parameter')
  })

  it('is lost with its thread, and every call on it says so; the next search gets a new thread', {
    timeout: 60_000,
  }, async () => {
    const search = await threaded.open(specOf('gp'))
    const asks = Array.from({ length: 1000 }, (_, number) => search.propose({ number, pending: [] }))
    const answers = Promise.allSettled(asks)
    await endThreads(threaded)
    expect((await answers).at(-1)).toMatchObject({ reason: expect.any(SearchLostError) })
    await expect(search.describe()).rejects.toThrow(SearchLostError)
    search.close()
    const next = await threaded.open(specOf('gp'))
    expect(await next.propose({ number: 0, pending: [] })).toMatchObject({ number: 0 })
  })
})
