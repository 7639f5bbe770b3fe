import { describe, expect, it } from 'vitest'
import { type Method, methods } from '../../bench/quality/methods.js'
import { planRuns } from '../../bench/quality/plan.js'
import { runOnce, type Score, targetBpb } from '../../bench/quality/run.js'
import { ourSearcher } from '../../bench/quality/searchers.js'
import { compare, levelsOf, summarise } from '../../bench/quality/summary.js'
import { comparisonTable, methodsTable } from '../../bench/quality/tables.js'
import type { Bench } from '../../bench/subject.js'
import { markdown } from '../../bench/table.js'
import { bowl } from '../optimizers/scripted-study.js'
import { numbers } from '../optimizers/spaces.js'
import { asked } from './asked.js'

const method = (id: string): Method => methods.find((each) => each.id === id)!

const bench = (wishes: Partial<Bench>): Bench =>
  asked({
    peers: async () => ({ python: 'python3', versions: { optuna: '4.8.0' }, lacks: () => undefined }),
    ...wishes,
  })

describe('a run on the simulated H200', () => {
  it('spends the day, starts from the defaults, and knows the worth of what it found', async () => {
    const { best, truth, trials, oom, failed, incumbents } = await runOnce({
      method: method('random'),
      seed: 0,
      workers: 1,
    })
    expect(trials - oom - failed).toBeLessThanOrEqual(288)
    expect(trials).toBeGreaterThan(400)
    expect(oom / trials).toBeGreaterThan(0.4)
    expect(failed).toBe(0)
    const [firstHours, firstObserved] = incumbents[0]!
    expect(firstHours).toBeCloseTo(300 / 3600, 6)
    expect(Math.abs(firstObserved - 0.9914)).toBeLessThan(0.003)
    expect(incumbents.at(-1)!.slice(1)).toEqual([best, truth])
    expect(Math.abs(best - truth)).toBeLessThan(0.003)
  })

  it('takes home what a method recommends, and the best observed where it recommends nothing', async () => {
    const taken = async (kind: string) => {
      const searcher = ourSearcher(numbers, { optimizer: { kind } }, 0)
      for (let number = 0; number < 20; number++) {
        const params = await searcher.ask(number)
        const result = { outcome: 'complete', value: bowl(numbers, params) } as const
        await searcher.tell(number, { params, result, wallSeconds: 1, chargedSeconds: 1 })
      }
      return searcher.recommended()
    }
    expect(bowl(numbers, (await taken('gp'))!)).toBeLessThan(0.05)
    expect(await taken('random')).toBeUndefined()
    const { recommended, truth } = await runOnce({ method: method('random'), seed: 0, workers: 1 })
    expect(recommended).toBe(truth)
  })

  it('is the same run for the same seed, and another for another', async () => {
    const run = (seed: number) => runOnce({ method: method('sobol'), seed, workers: 4 })
    expect(await run(1)).toEqual(await run(1))
    expect((await run(2)).incumbents).not.toEqual((await run(1)).incumbents)
  })

  it('loses nothing to memory where the preflight refuses what would fail', async () => {
    const { oom, trials } = await runOnce({ method: method('random+formula'), seed: 0, workers: 1 })
    expect(oom / trials).toBeLessThan(0.01)
    expect(trials).toBeGreaterThanOrEqual(286)
  })
})

describe('the plan of a bench', () => {
  it('measures every row alike before it goes on to the next seed', async () => {
    const { runs } = await planRuns(bench({ methods: ['random', 'sobol'], seeds: 2, workers: [1, 4] }))
    expect(runs.map(({ method, seed, workers }) => `${seed} ${workers} ${method.id}`)).toEqual([
      ...['0 1 random', '0 1 sobol', '0 4 random', '0 4 sobol'],
      ...['1 1 random', '1 1 sobol', '1 4 random', '1 4 sobol'],
    ])
  })

  it('gives slow peers fewer seeds, and one worker', async () => {
    const { runs } = await planRuns(bench({ methods: ['random', 'smac'], seeds: 32, slowSeeds: 3 }))
    const slow = runs.filter(({ method }) => method.id === 'smac')
    expect(slow.map(({ seed, workers }) => [seed, workers])).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ])
    expect(runs.filter(({ method }) => method.id === 'random')).toHaveLength(3 * 32)
  })

  it('says which rows are missing and why, and measures the others', async () => {
    const peers = async () => ({ versions: {}, lacks: (name: string) => `pip could not install ${name}` })
    const { runs, missing } = await planRuns(
      bench({ methods: ['random', 'optuna-tpe'], seeds: 1, workers: [1], peers }),
    )
    expect(runs.map(({ method }) => method.id)).toEqual(['random'])
    expect(missing).toEqual([{ row: 'Optuna TPE', because: 'pip could not install optuna' }])
  })

  it('makes no Python environment where only rows of ours are asked for', async () => {
    const peers = () => Promise.reject(new Error('was asked for'))
    await expect(planRuns(bench({ methods: ['random'], peers }))).resolves.toBeDefined()
  })

  it('refuses a row that is not there, and names those that are', async () => {
    await expect(planRuns(bench({ methods: ['tpee'] }))).rejects.toThrow(
      /there is no tpee; there are random, /,
    )
  })
})

const score = (best: number, targetHours: number | null = null): Score => ({
  best,
  truth: best + 0.0002,
  recommended: best + 0.0001,
  trials: 300,
  oom: 30,
  failed: 3,
  targetHours,
  incumbents: [[1, best, best + 0.0002]],
})

describe('the rows', () => {
  it('count a seed that never got to the target as later than all that did', () => {
    const hours = (...each: (number | null)[]) =>
      summarise({ method: method('tpe'), workers: 1, scores: each.map((h) => score(0.98, h)) })
    expect(hours(4, null, 6)).toMatchObject({ targetHours: 6, reachedTarget: 2 })
    expect(hours(4, null, null)).toMatchObject({ targetHours: null, reachedTarget: 1 })
    expect(hours(4, 6)).toMatchObject({ targetHours: 5, reachedTarget: 2 })
  })

  it('pair by seed, as far as both were run, and correct over the family', () => {
    const group = (id: string, ...bests: number[]) => ({
      method: method(id),
      workers: 1,
      scores: bests.map((best) => score(best)),
    })
    const groups = [
      group('random', 0.99, 0.99, 0.99),
      group('tpe', 0.975, 0.976, 0.974, 0.975),
      group('optuna-tpe', 0.977, 0.9775, 0.978, 0.979),
      group('smac', 0.976, 0.9755, 0.978),
    ]
    const family = compare(groups, 'best')
    expect(family.map(({ ours, peer, pairs, p }) => [ours, peer, pairs, p])).toEqual([
      ['tpe', 'optuna-tpe', 4, 1 / 16],
      ['tpe', 'smac', 3, 2 / 8],
    ])
    expect(family.map(({ adjusted }) => adjusted)).toEqual([2 / 16, 2 / 8])
    const table = markdown(comparisonTable(family, methods))
    expect(table).toContain('| Optuna TPE |     4 | −2.9 (.1250) |')
  })

  it('say what searching side by side costs, over the seeds that both ran', () => {
    const reaching = (...hours: number[]) =>
      hours.map((at): Score => ({ ...score(0.975), incumbents: [[at, 0.975, 0.975]] }))
    const groups = [
      { method: method('tpe'), workers: 1, scores: reaching(4, 6, 100) },
      { method: method('tpe'), workers: 16, scores: reaching(5, 7) },
      { method: method('random'), workers: 1, scores: reaching(9) },
    ]
    expect(levelsOf(groups, [0.976, 0.974])).toMatchObject([
      { workers: 1, level: 0.976, hours: 6, ratio: 1 },
      { workers: 16, level: 0.976, hours: 6, ratio: 6 / 5 },
      { workers: 1, level: 0.974, hours: null, ratio: null },
      { workers: 16, level: 0.974, hours: null, ratio: null },
    ])
    const alone: Score = { ...score(0.98), incumbents: [] }
    const late = [{ method: method('tpe'), workers: 1, scores: [alone] }, groups[1]!]
    expect(levelsOf(late, [0.976]).map(({ ratio }) => ratio)).toEqual([null, null])
  })

  it('are printed with their seeds, their spread and how many reached the target', () => {
    const row = summarise({
      method: method('tpe'),
      workers: 4,
      scores: [score(0.975, 10), score(0.977, null)],
    })
    const printed = markdown(methodsTable([row]))
    expect(printed).toContain('4 workers')
    expect(printed).toContain(`hours to ${targetBpb}`)
    expect(printed).toMatch(/Chiron tpe +\| +2 \| +0\.9760 ± 0\.0014 .* 0\.9761 .* 10\.0 % .* – \(1\/2\) \|/)
  })
})
