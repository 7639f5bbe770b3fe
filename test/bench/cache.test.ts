import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { fingerprint, openCache } from '../../bench/cache.js'
import { beginning } from '../../bench/quality/beginning.js'
import { cacheKey } from '../../bench/quality/key.js'
import { methods } from '../../bench/quality/methods.js'
import type { SearchMethod } from '../../optimizers/search.js'

const folders: string[] = []
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chiron-bench-'))
  folders.push(folder)
})
afterAll(() => {
  for (const each of folders) rmSync(each, { recursive: true })
})

const key = { subject: 'quality', id: 'tpe', seed: 3 }

describe('the cache of a bench', () => {
  it('gives a resumed bench what an earlier one measured, in another process too', () => {
    openCache(false, folder).put(key, { best: 0.975 })
    expect(openCache(true, folder).get(key)).toEqual({ best: 0.975 })
  })

  it('gives a bench that starts afresh nothing, and keeps what it measures', () => {
    openCache(false, folder).put(key, { best: 0.975 })
    const afresh = openCache(false, folder)
    expect(afresh.get(key)).toBeUndefined()
    afresh.put(key, { best: 0.974 })
    expect(openCache(true, folder).get(key)).toEqual({ best: 0.974 })
  })

  it('knows nothing by a key that differs anywhere', () => {
    const cache = openCache(true, folder)
    cache.put(key, 1)
    for (const other of [
      { ...key, seed: 4 },
      { ...key, id: 'cma-es' },
      { ...key, code: 'changed' },
    ]) {
      expect(cache.get(other)).toBeUndefined()
    }
  })

  it('is whole though a writer dies: a half-written file is not an entry', () => {
    const cache = openCache(true, folder)
    cache.put(key, 1)
    const [entry] = readdirSync(folder)
    rmSync(join(folder, entry!))
    writeFileSync(join(folder, `${entry}.4242`), '{"key":')
    expect(cache.get(key)).toBeUndefined()
  })
})

describe('what a run depends on', () => {
  const keyOf = (id: string, { seed = 0, workers = 1 } = {}) =>
    JSON.stringify(cacheKey({ method: methods.find((method) => method.id === id)!, seed, workers }))

  it('tells method, options, seed and workers apart', () => {
    const keys = [
      ...methods.map(({ id }) => keyOf(id)),
      keyOf('tpe', { seed: 1 }),
      keyOf('tpe', { workers: 4 }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('sees how a search begins: its method, its options, what it learned from failures', () => {
    const begins = (search: SearchMethod) => JSON.stringify(beginning(search))
    const tpe = { optimizer: { kind: 'tpe' }, preflight: 'off' } as const
    expect(begins(tpe)).toBe(begins(tpe))
    const others = [
      tpe,
      { ...tpe, preflight: 'learned' },
      { ...tpe, optimizer: { kind: 'tpe', startup: 12 } },
      { ...tpe, optimizer: { kind: 'random' } },
    ] as const
    expect(new Set(others.map(begins)).size).toBe(others.length)
  })
})

describe('the fingerprint of sources', () => {
  it('moves with what is in them, and with nothing else', () => {
    const at = mkdtempSync(join(process.cwd(), 'node_modules', '.bench-test-'))
    folders.push(at)
    const path = at.slice(process.cwd().length + 1)
    mkdirSync(join(at, 'inside'))
    mkdirSync(join(at, 'other'))
    writeFileSync(join(at, 'inside', 'a.ts'), 'one')
    const before = fingerprint([path], [`${path}/other`])
    writeFileSync(join(at, 'other', 'b.ts'), 'left out')
    writeFileSync(join(at, 'inside', 'notes.md'), 'no code')
    expect(fingerprint([path], [`${path}/other`])).toBe(before)
    writeFileSync(join(at, 'inside', 'a.ts'), 'two')
    expect(fingerprint([path], [`${path}/other`])).not.toBe(before)
  })
})
