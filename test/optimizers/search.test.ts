import { describe, expect, it } from 'vitest'
import { OptionsError, SnapshotError } from '../../optimizers/contract.js'
import { optimizerKinds, optimizerNamed } from '../../optimizers/index.js'
import {
  openSearch,
  type Proposed,
  type Search,
  type SearchMethod,
  type SearchObservation,
} from '../../optimizers/search.js'
import { expectedMemory, readSpace, spaceNamed, violated } from '../../search-spaces/index.js'
import { outcome } from './scripted-study.js'
import { conditional, constrained, everyKind, numbers } from './spaces.js'

const autoresearch = spaceNamed('autoresearch-14')!
const random: SearchMethod = { optimizer: { kind: 'random' } }

const one = (search: Search, number: number): Proposed =>
  search.propose({ number, count: 1, pending: [] })[0]!

function ran(search: Search, { number, params, memo }: Proposed): SearchObservation {
  const gb = expectedMemory(autoresearch, params)?.gb ?? 1
  const result = gb > 76 ? ({ outcome: 'oom' } as const) : outcome(search.space, number, params)
  return {
    number,
    params,
    ...(memo !== undefined && { memo }),
    result,
    ...(gb <= 76 && { peakMemoryMb: gb * 1024 }),
  }
}

describe('a search proposes', () => {
  it.each(['gp', 'smac'])('by %s kinds of trials in turn, of which none is always an advisor’s', (kind) => {
    const told = () => {
      const search = openSearch(numbers, { optimizer: { kind } }, 1)
      for (let number = 0; number < 24; number++) search.observe([ran(search, one(search, number))])
      return search
    }
    const paramsAt = (turn: number) => {
      const [proposed] = told().propose({ number: 29, count: 1, turn, pending: [] })
      return JSON.stringify(proposed!.params)
    }
    // Every second trial was an advisor's: the turns of the optimizer go on one by one all the same.
    const kinds = kind === 'gp' ? [24, 25, 26, 27] : [24, 29]
    expect(new Set(kinds.map(paramsAt)).size).toBe(kinds.length)
    expect(paramsAt(29)).toBe(JSON.stringify(one(told(), 29).params))
  })

  it('by tpe the shared start that gp has, no point twice', () => {
    const space = readSpace({
      parameters: { a: { type: 'float', low: 0, high: 1 }, b: { type: 'float', low: 0, high: 1 } },
    })
    for (let seed = 0; seed < 10; seed++) {
      const points = (kind: string) => {
        const search = openSearch(space, { optimizer: { kind }, start: 'shared' }, seed)
        return [0, 1, 2, 3, 4].map((number) => {
          const proposed = one(search, number)
          search.observe([ran(search, proposed)])
          return JSON.stringify(proposed.params)
        })
      }
      expect(new Set(points('tpe')).size).toBe(5)
      expect(points('tpe')).toEqual(points('gp'))
    }
  })

  it.each(['tpe', 'cma-es', 'gp', 'smac'])(
    'by %s no configuration again, also where only another branch has a continuous parameter',
    (kind) => {
      const space = readSpace({
        parameters: {
          ALGO: { type: 'categorical', choices: ['a', 'b', 'c'] },
          LR: { type: 'float', low: 1e-4, high: 1, log: true, when: { ALGO: 'b' } },
        },
      })
      const search = openSearch(space, { optimizer: { kind } }, 1)
      const counts = { a: 0, b: 0, c: 0 }
      for (let number = 0; number < 30; number++) {
        const proposed = one(search, number)
        const name = proposed.params.ALGO as 'a' | 'b' | 'c'
        counts[name]++
        const value = { a: 0, b: 1 + Math.abs(Math.log10(Number(proposed.params.LR ?? 1)) + 2), c: 2 }[name]
        const memo = proposed.memo === undefined ? {} : { memo: proposed.memo }
        search.observe([{ number, params: proposed.params, ...memo, result: { outcome: 'complete', value } }])
      }
      expect(counts).toEqual({ a: 1, b: 28, c: 1 })
    },
  )

  it('the default configuration first, unless the optimizer is to start', () => {
    const byDefault = one(openSearch(autoresearch, random, 1), 0)
    expect(byDefault).toEqual({
      number: 0,
      params: autoresearch.defaults,
      source: 'default',
      repairs: [],
      feasibility: { expectedGb: expect.closeTo(43.94, 2), limitGb: 75, failureChance: 0 },
      refused: 0,
    })
    const byOptimizer = one(openSearch(autoresearch, { ...random, start: 'optimizer' }, 1), 0)
    expect(byOptimizer.source).toBe('random')
    expect(byOptimizer.params).not.toEqual(autoresearch.defaults)
  })

  it('the same trials together or one by one, and again', () => {
    const search = openSearch(everyKind, random, 3)
    const before = JSON.stringify(search.snapshot())
    const together = search.propose({ number: 0, count: 6, pending: [] })
    const apart: Proposed[] = []
    for (let number = 0; number < 6; number++) {
      apart.push(...search.propose({ number, count: 1, pending: apart.map(({ params }) => params) }))
    }
    expect(apart).toEqual(together)
    expect(search.propose({ number: 0, count: 6, pending: [] })).toEqual(together)
    expect(JSON.stringify(search.snapshot())).toBe(before)
  })

  it("the optimizer's memo with its own points only", () => {
    const [byDefault, own] = openSearch(numbers, { optimizer: { kind: 'cma-es' } }, 1).propose({
      number: 0,
      count: 2,
      pending: [],
    })
    expect(byDefault).toMatchObject({ source: 'default' })
    expect(byDefault!.memo).toBeUndefined()
    expect(own).toMatchObject({ source: 'cma-es', repairs: [], memo: expect.anything() })
  })

  it('only what satisfies the constraints', () => {
    const search = openSearch(constrained, random, 3)
    for (const { params } of search.propose({ number: 0, count: 40, pending: [] })) {
      expect(violated(constrained, params)).toBeNull()
    }
  })

  it('what it had to mend, saying what and why, where chance hardly meets a constraint', () => {
    const narrow = readSpace({
      parameters: {
        SHARE: { type: 'float', low: 0, high: 1, default: 0.5 },
        REST: { type: 'float', low: 0, high: 1, default: 0.5 },
      },
      constraints: [{ expression: 'abs(SHARE + REST - 1) < 5e-4', adjust: 'REST' }],
    })
    const proposed = openSearch(narrow, random, 3).propose({ number: 1, count: 20, pending: [] })
    for (const { source, params } of proposed) {
      expect(violated(narrow, params)).toBeNull()
      expect(source).toBe('random')
    }
    const mended = proposed.filter(({ repairs }) => repairs.length > 0)
    expect(mended.length).toBeGreaterThan(5)
    for (const { repairs } of mended) {
      expect(repairs).toEqual([expect.objectContaining({ parameter: 'REST', rule: 'constraint' })])
    }
  })
})

describe('the preflight of a search', () => {
  it('refuses by the formula where the space has one, and counts what it refused', () => {
    const search = openSearch(autoresearch, random, 1)
    const proposed = search.propose({ number: 0, count: 200, pending: [] })
    expect(proposed.every(({ params }) => expectedMemory(autoresearch, params)!.gb <= 75)).toBe(true)
    const refused = proposed.reduce((sum, trial) => sum + trial.refused, 0)
    // More than half of this space does not fit.
    expect(refused).toBeGreaterThan(200)
    expect(proposed.every(({ feasibility }) => feasibility!.failureChance === 0)).toBe(true)
  })

  it('lets everything pass where it is off', () => {
    const search = openSearch(autoresearch, { ...random, preflight: 'off' }, 1)
    const proposed = search.propose({ number: 0, count: 50, pending: [] })
    expect(proposed.some(({ params }) => expectedMemory(autoresearch, params)!.gb > 76)).toBe(true)
    expect(proposed.every(({ refused, feasibility }) => refused === 0 && feasibility === undefined)).toBe(
      true,
    )
  })

  it('learns from what it is told', () => {
    const search = openSearch(autoresearch, { ...random, preflight: 'learned' }, 1)
    let failed = 0
    for (let number = 0; number < 150; number++) {
      const observation = ran(search, one(search, number))
      if (observation.result.outcome === 'oom') failed++
      search.observe([observation])
    }
    expect(failed).toBeGreaterThan(0)
    expect(failed).toBeLessThan(20)
    expect(search.describe().preflight).toMatchObject({ mode: 'learned', limitGb: 75 })
  })

  it('searches at random where the optimizer finds nothing feasible, and says so', () => {
    const tight = readSpace({
      parameters: { BATCH: { type: 'float', low: 0, high: 1, default: 0.9 } },
      memory: { gb: '100 * BATCH', limitGb: 0.2 },
    })
    const trials = Array.from({ length: 20 }, (_, number) => one(openSearch(tight, random, 6), number))
    const found = trials.filter(({ reason }) => reason === 'the optimizer drew nothing feasible')
    expect(found.length).toBeGreaterThan(0)
    for (const { source, feasibility, refused } of found) {
      expect(source).toBe('random')
      expect(feasibility!.failureChance).toBe(0)
      expect(refused).toBeGreaterThanOrEqual(256)
    }
  })

  it('proposes the least bad where nothing is feasible, and says so', () => {
    const hopeless = readSpace({
      parameters: { BATCH: { type: 'int', low: 1, high: 100 } },
      memory: { gb: '10 + BATCH', limitGb: 10 },
    })
    for (const number of [0, 5]) {
      const { params, reason, feasibility } = one(openSearch(hopeless, random, 1), number)
      expect(params).toEqual({ BATCH: 1 })
      expect(reason).toBe('nothing feasible was found, this is the least bad')
      expect(feasibility).toEqual({ expectedGb: 11, limitGb: 10, failureChance: 1 })
    }
  })

  it('keeps even the default from running where it would fail', () => {
    const small = readSpace({ ...autoresearch.spec, memory: { ...autoresearch.spec.memory!, limitGb: 24 } })
    expect(one(openSearch(small, random, 1), 0)).toMatchObject({
      source: 'random',
      reason: 'the default configuration is expected to fail',
    })
  })

  it('sees what others propose with the same eyes', () => {
    const search = openSearch(autoresearch, random, 1)
    const giant = { ...autoresearch.defaults, DEPTH: 99, ASPECT_RATIO: 128 }
    expect(search.inspect(giant)).toMatchObject({
      ok: true,
      params: { DEPTH: 24 },
      repairs: [{ parameter: 'DEPTH', from: 99, to: 24, rule: 'clamp' }],
      feasibility: { limitGb: 75, failureChance: 1 },
      refused: true,
    })
    expect(search.inspect(autoresearch.defaults)).toMatchObject({ ok: true, repairs: [], refused: false })
  })
})

describe('a search in another thread', () => {
  it.each(optimizerKinds())('takes and gives what can be cloned: $kind', ({ kind }) => {
    const method: SearchMethod = { optimizer: { kind }, preflight: 'learned' }
    const search = openSearch(readSpace(structuredClone(autoresearch.spec)), method, 9)
    const same = <T>(given: T) => expect(structuredClone(given)).toEqual(given)
    same(search.optimizer)
    if (search.optimizer.abilities.believe)
      search.believe({ parameters: { DEPTH: { centre: 8, confidence: 0.5 } } })
    for (let number = 0; number < 12; number++) {
      const proposed = one(search, number)
      same(proposed)
      search.observe(structuredClone([ran(search, proposed)]))
    }
    same(search.inspect({ ...autoresearch.defaults, DEPTH: 99 }))
    same(search.describe())
    same(search.recommend())
    const own = one(search, 12).params
    const before = search.snapshot()
    const scores = search.score([own, autoresearch.defaults], [own])
    same(scores)
    if (search.optimizer.abilities.score) expect(scores).toEqual([expect.any(Number), expect.any(Number)])
    else expect(scores).toBeUndefined()
    expect(search.snapshot()).toEqual(before)
    expect(one(search, 12).params).toEqual(own)
    same(search.toConfirm(2))
    same(search.snapshot())
  })

  it('says beforehand what its optimizer can do', () => {
    for (const { kind } of optimizerKinds()) {
      const { optimizer } = openSearch(numbers, { optimizer: { kind } }, 1)
      const named = optimizerNamed(kind)!
      const run = named.open(numbers, named.options({}), 1)
      expect(optimizer).toEqual({
        kind,
        version: named.version,
        askIsSlow: ['gp', 'smac'].includes(kind),
        abilities: {
          recommend: run.recommend !== undefined,
          confirm: run.whichToConfirm !== undefined,
          believe: run.believe !== undefined,
          ...(run.score && { score: true }),
          ...(kind === 'gp' && { carry: true }),
        },
      })
    }
  })
})

describe('a search remembers', () => {
  it.each(optimizerKinds())('the same by snapshot and by replay: $kind', ({ kind }) => {
    const method: SearchMethod = { optimizer: { kind }, preflight: 'learned' }
    let live = openSearch(autoresearch, method, 9)
    const log: SearchObservation[] = []
    for (let number = 0; number < 25; number++) {
      const stored = JSON.stringify(live.snapshot())
      const restored = openSearch(autoresearch, method, 9, JSON.parse(stored))
      const replayed = openSearch(autoresearch, method, 9)
      replayed.observe(log)
      expect(JSON.stringify(restored.snapshot())).toBe(stored)
      expect(JSON.stringify(replayed.snapshot())).toBe(stored)
      expect(one(restored, number)).toEqual(one(live, number))
      expect(restored.describe()).toEqual(live.describe())
      const observation = ran(live, one(live, number))
      log.push(observation)
      live = restored
      live.observe([observation])
    }
  })

  it('only its own snapshots', () => {
    const method: SearchMethod = { ...random, preflight: 'learned' }
    const snapshot = openSearch(conditional, method, 1).snapshot()
    const refused = (attempt: () => unknown) => expect(attempt).toThrow(SnapshotError)
    refused(() => openSearch(numbers, method, 1, snapshot))
    refused(() => openSearch(conditional, method, 2, snapshot))
    refused(() => openSearch(conditional, { ...method, preflight: 'off' }, 1, snapshot))
    refused(() => openSearch(conditional, { ...method, optimizer: { kind: 'sobol' } }, 1, snapshot))
    for (const broken of [null, {}, [], 'snapshot']) refused(() => openSearch(conditional, method, 1, broken))
  })
})

describe('a method', () => {
  it.each<[string, SearchMethod, RegExp]>([
    ['method.optimizer.kind', { optimizer: { kind: 'magic' } }, /'magic'.* random, sobol/],
    ['method.optimizer.popsize', { optimizer: { kind: 'random', popsize: 3 } }, /unknown option/],
    ['method.preflight', { ...random, preflight: 'sometimes' as never }, /off, formula, learned/],
    ['method.preflight', { ...random, preflight: 'formula' }, /memory\.gb/],
    ['method.start', { ...random, start: 'middle' as never }, /default, optimizer/],
  ])('that is wrong is refused at %s', (path, method, message) => {
    try {
      openSearch(numbers, method, 1)
    } catch (error) {
      expect(error).toBeInstanceOf(OptionsError)
      expect((error as OptionsError).path).toBe(path)
      expect((error as OptionsError).message).toMatch(message)
      return
    }
    throw new Error('it was taken')
  })

  it('needs no preflight to be named: the formula where there is one, else it is learned', () => {
    expect(openSearch(autoresearch, random, 1).describe().preflight.mode).toBe('formula')
    expect(openSearch(numbers, random, 1).describe().preflight.mode).toBe('learned')
  })
})

describe('a search that tells failures as a penalty', () => {
  it.each(['tpe', 'cma-es'])('goes on as if %s had seen the value 100', (kind) => {
    const method: SearchMethod = { optimizer: { kind }, preflight: 'off' }
    const penalized = openSearch(autoresearch, { ...method, failures: 'penalty' }, 5)
    const [told, plain] = [openSearch(autoresearch, method, 5), openSearch(autoresearch, method, 5)]
    let failures = 0
    for (let number = 0; number < 30; number++) {
      const trial = one(penalized, number)
      expect(one(told, number)).toEqual(trial)
      const observed = ran(penalized, trial)
      const failed = observed.result.outcome === 'oom'
      failures += failed ? 1 : 0
      penalized.observe([observed])
      told.observe([failed ? { ...observed, result: { outcome: 'complete', value: 100 } } : observed])
      plain.observe([observed])
    }
    expect(failures).toBeGreaterThan(0)
    expect(one(plain, 30).params).not.toEqual(one(penalized, 30).params)
  })
})
