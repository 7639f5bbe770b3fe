import { describe, expect, it } from 'vitest'
import { type AnalysisPlan, analyse, type ContrastRow } from '../../src/statistics/analysis.js'
import { holm } from '../../src/statistics/holm.js'
import { mannWhitney } from '../../src/statistics/mann-whitney.js'
import { signedRankLess } from '../../src/statistics/signed-rank.js'
import { cellsOf, drawRows, planOf, type Rows } from './experiments.js'

const run = (plan: AnalysisPlan, rows: Rows) => analyse(plan, cellsOf(plan, rows))
const contrastOf = (plan: AnalysisPlan, rows: Rows, arm: string): ContrastRow =>
  run(plan, rows).contrasts.find((row) => row.arm === arm)!

const rows = drawRows([1], 8, { base: 0, good: 3, same: 0, bad: -3 })
const plan = planOf(['base', 'good', 'same', 'bad'], 8)

describe('a finished experiment', () => {
  const analysis = run(plan, rows)

  it('tests each contrast by the declared test, with Holm over all of them', () => {
    const ps = ['good', 'same', 'bad'].map((arm) => signedRankLess(rows[arm]!, rows.base!).p)
    expect(analysis.contrasts.map(({ p }) => p)).toEqual(ps)
    expect(analysis.contrasts.map(({ adjusted }) => adjusted)).toEqual(holm(ps))
    expect(analysis.contrasts.map(({ verdict, final, look }) => [verdict, final, look])).toEqual([
      ['better', true, 8],
      ['not shown', true, 8],
      ['not shown', true, 8],
    ])
  })

  it('estimates how much, with an interval that holds the estimate', () => {
    const [good, , bad] = analysis.contrasts
    expect(good).toMatchObject({ arm: 'good', baseline: 'base', n: 8, improvement: 1 })
    expect(good!.high).toBeLessThan(0)
    expect(bad!.low).toBeGreaterThan(0)
    expect(bad!.improvement).toBe(0)
    for (const { low, difference, high } of analysis.contrasts) {
      expect(low).toBeLessThanOrEqual(difference!)
      expect(high).toBeGreaterThanOrEqual(difference!)
    }
  })

  it('describes each arm by itself', () => {
    expect(analysis.arms.map(({ name, n, missing, failed }) => [name, n, missing, failed])).toEqual(
      plan.arms.map((arm) => [arm, 8, 0, 0]),
    )
    const [base] = analysis.arms
    expect(base!.low).toBeLessThan(base!.mean!)
    expect(analysis.looks).toEqual({ planned: [8], reached: 8, alphaSpent: [0.05] })
    expect(analysis.correlation).toMatchObject({ pairs: 6 })
  })

  it('says first what it can and cannot show', () => {
    expect(analysis.notes[0]).toMatch(
      /^What this can and cannot show: With 8 seeds and 3 contrasts the least possible p is 0\.0039, after Holm's correction 0\.012\. .* \d+ %/,
    )
    expect(analysis.notes).toContain('All planned looks are reached: the verdicts are final.')
  })

  it('is the same with greater as better, with all signs turned', () => {
    const turned = Object.fromEntries(
      Object.entries(rows).map(([arm, own]) => [arm, own.map((value) => -value)]),
    )
    const mirror = run({ ...plan, direction: 'maximize' }, turned)
    expect(mirror.contrasts.map(({ difference, low, high, ...rest }) => rest)).toEqual(
      analysis.contrasts.map(({ difference, low, high, ...rest }) => rest),
    )
    expect(mirror.contrasts.map(({ difference, low, high }) => [difference, low, high])).toEqual(
      analysis.contrasts.map(({ difference, low, high }) => [-difference!, -high!, -low!]),
    )
  })

  it('finds a worse arm only where the plan is two-sided', () => {
    const both = run({ ...plan, alternative: 'two-sided' }, rows)
    expect(both.contrasts.map(({ verdict }) => verdict)).toEqual(['better', 'not shown', 'worse'])
    expect(both.contrasts[0]!.p).toBe(2 * analysis.contrasts[0]!.p)
  })

  it('tests without pairs where that was declared', () => {
    const unpaired = run({ ...plan, test: 'mann-whitney' }, rows)
    expect(unpaired.contrasts[1]!.p).toBe(mannWhitney(rows.same!, rows.base!, 'less').p)
    expect(unpaired.contrasts[0]!.verdict).toBe('better')
  })

  it('of a plan without a baseline has no contrasts', () => {
    const alone = run({ ...plan, baseline: null, contrasts: [] }, rows)
    expect(alone.contrasts).toEqual([])
    expect(alone.notes[0]).toMatch(/nothing is tested/)
    expect(alone.hoursTo).toHaveLength(1)
  })
})

describe('few seeds', () => {
  it('cannot show anything, and the analysis says from how many on it could', () => {
    const small = planOf(['base', 'good', 'same'], 4)
    const analysis = run(small, drawRows([2], 4, { base: 0, good: 9, same: 0 }))
    expect(analysis.contrasts.map(({ verdict, final }) => [verdict, final])).toEqual([
      ['cannot show', true],
      ['cannot show', true],
    ])
    expect(analysis.notes[0]).toContain('nothing can be shown')
    expect(analysis.notes[0]).toContain('at least 6 seeds are needed')
  })

  it('have Student’s interval, and one has none', () => {
    const rows = { base: [1, 2, 3, 4, 5], good: [0.5, 1, 2, 3.5, 4] }
    // scipy.stats.ttest_rel(good, base).confidence_interval() = (-1.14004, -0.45996)
    expect(contrastOf(planOf(['base', 'good'], 5), rows, 'good')).toMatchObject({
      difference: expect.closeTo(-0.8, 10),
      low: expect.closeTo(-1.140044, 5),
      high: expect.closeTo(-0.459956, 5),
    })
    const one = contrastOf(planOf(['base', 'good'], 5), { base: [1], good: [0] }, 'good')
    expect(one).toMatchObject({
      n: 1,
      difference: -1,
      low: null,
      high: null,
      verdict: 'cannot show',
      final: false,
    })
    const none = contrastOf(planOf(['base', 'good'], 5), {}, 'good')
    expect(none).toMatchObject({ n: 0, difference: null, p: 1, adjusted: 1, eValue: 1, improvement: null })
  })
})

describe('planned looks', () => {
  const looks = planOf(['base', 'good', 'late', 'same'], 20, { looks: [8, 12, 16, 20] })
  const all = drawRows([4], 20, { base: 0, good: 4, late: 1.6, same: 0 })
  const upTo = (count: number, seeds = 20) =>
    Object.fromEntries(
      Object.entries(all).map(([arm, own]) => [
        arm,
        [...own.slice(0, count), ...new Array(seeds - count).fill(null)],
      ]),
    )

  it('judge at their share of α, and not in between', () => {
    const at = (count: number) => contrastOf(looks, upTo(count), 'same')
    expect(at(7)).toMatchObject({ n: 7, final: false, look: null })
    expect(at(12)).toMatchObject({ n: 12, final: true, look: 12 })
    expect(at(13)).toMatchObject({ n: 13, final: false, look: null })
    expect(at(20)).toMatchObject({ n: 20, final: true, look: 20 })
    // Eight seeds cannot show one of three contrasts at what the first look may spend.
    expect(at(8)).toMatchObject({ verdict: 'cannot show', final: true, look: 8 })
    expect(run(looks, upTo(13)).looks).toMatchObject({ reached: 12 })
  })

  it('keep a verdict once it fell, whatever later seeds say', () => {
    expect(contrastOf(looks, upTo(11), 'good')).toMatchObject({ final: false })
    const fell = contrastOf(looks, upTo(12), 'good')
    expect(fell).toMatchObject({ verdict: 'better', final: true, look: 12 })
    for (let count = 12; count <= 20; count++) {
      const later = contrastOf(looks, upTo(count), 'good')
      expect(later).toMatchObject({
        verdict: 'better',
        final: true,
        look: 12,
        p: fell.p,
        adjusted: fell.adjusted,
        n: count,
      })
    }
    const turned = { ...all, good: all.good!.map((value, i) => (i < 12 ? value : 9)) }
    expect(contrastOf(looks, turned, 'good')).toMatchObject({ verdict: 'better', look: 12 })
    expect(run(looks, turned).notes).toContainEqual(
      expect.stringMatching(/good was shown .* at 12 seeds; over all 20/),
    )
  })

  it('correct later contrasts for those that are still open', () => {
    const late = run(looks, upTo(20)).contrasts.find(({ arm }) => arm === 'late')!
    expect(late.look).toBeGreaterThan(12)
    const ps = ['late', 'same'].map(
      (arm) => signedRankLess(all[arm]!.slice(0, late.look!), all.base!.slice(0, late.look!)).p,
    )
    expect(late.adjusted).toBe(holm(ps)[0])
    expect(late.adjusted).toBeLessThanOrEqual(
      run(looks, upTo(20)).looks.alphaSpent[late.look === 16 ? 2 : 3]!,
    )
  })

  it('wait for every run of their seeds', () => {
    const gap = { ...upTo(12), good: upTo(12).good!.with(3, null) }
    expect(contrastOf(looks, gap, 'good')).toMatchObject({ n: 11, final: false, look: null })
    expect(contrastOf(looks, gap, 'same')).toMatchObject({ n: 12, final: true, look: 12 })
    expect(run(looks, gap).looks.reached).toBeNull()
    expect(run(looks, gap).notes).toContainEqual(
      expect.stringMatching(
        /^33 of 80 runs have not ended: base \(seeds 12, 13.* and 2 more\), good \(seeds 3, 12/,
      ),
    )
  })
})

describe('failed runs', () => {
  const eight = planOf(['base', 'good'], 8)
  const strong = drawRows([5], 8, { base: 0, good: 9 })
  const failing = { ...strong, good: [...strong.good!.slice(0, 6), 'failed' as const, 'failed' as const] }

  it('are counted, not averaged over, and never make an arm better', () => {
    const analysis = run(eight, failing)
    expect(analysis.arms[1]).toMatchObject({ name: 'good', n: 6, failed: 2, missing: 0 })
    const [good] = analysis.contrasts
    // By the six that finished it would be shown.
    expect(good).toMatchObject({ n: 6, final: true, verdict: 'not shown' })
    expect(good!.adjusted).toBeLessThanOrEqual(0.05)
    expect(analysis.notes).toContain('2 of 16 runs failed: good (seeds 6, 7).')
    expect(analysis.notes).toContainEqual(expect.stringContaining('counts as a loss'))
  })

  it('of the baseline say nothing for the other arm', () => {
    const rows = {
      base: [...strong.base!.slice(0, 6), 'failed' as const, 'failed' as const],
      good: strong.good!,
    }
    const six = planOf(['base', 'good'], 6)
    const own = contrastOf(eight, rows, 'good')
    expect(own.p).toBe(contrastOf(six, drawRows([5], 8, { base: 0, good: 9 }), 'good').p)
    expect(own).toMatchObject({ n: 6, verdict: 'better' })
    expect(own.eValue).toBe(
      contrastOf(six, { base: strong.base!.slice(0, 6), good: strong.good!.slice(0, 6) }, 'good').eValue,
    )
  })

  it('of the arm lower its e-value', () => {
    const without = contrastOf(
      planOf(['base', 'good'], 6),
      { base: strong.base!.slice(0, 6), good: strong.good!.slice(0, 6) },
      'good',
    )
    expect(contrastOf(eight, failing, 'good').eValue).toBeLessThan(without.eValue)
  })

  it('of the worse arm do not show it to be worse, where the plan is two-sided', () => {
    const both = { ...eight, alternative: 'two-sided' as const }
    const rows = { base: strong.base!, good: new Array(8).fill('failed') }
    expect(contrastOf(both, rows, 'good')).toMatchObject({
      n: 0,
      p: 1,
      verdict: 'cannot show',
      anytime: 'not shown',
    })
  })
})

describe('e-values', () => {
  const ten = planOf(['base', 'good', 'same'], 10)
  const rows = drawRows([6], 10, { base: 0, good: 4, same: 0 })

  it('show an arm before the first look, with Holm over the contrasts', () => {
    const seven = Object.fromEntries(Object.entries(rows).map(([arm, own]) => [arm, own.slice(0, 7)]))
    const [good, same] = run(ten, seven).contrasts
    expect(good).toMatchObject({ final: false, anytime: 'better' })
    expect(good!.eValue).toBeGreaterThanOrEqual(40)
    expect(same!.anytime).toBe('not shown')
    expect(run(ten, seven).notes).toContainEqual(
      expect.stringMatching(/^By e-values, .* good is better than base/),
    )
  })

  it('have to be greater the more contrasts there are', () => {
    // Six equal gains make 32.9: enough for one contrast at α = .05, too little for one of two.
    const six = { base: [1, 1, 1, 1, 1, 1], good: [0, 0, 0, 0, 0, 0], same: [1, 1, 1, 1, 1, 1] }
    expect(contrastOf(planOf(['base', 'good'], 10), six, 'good')).toMatchObject({ anytime: 'better' })
    const [good] = run(ten, six).contrasts
    expect(good).toMatchObject({ anytime: 'not shown', eValue: expect.closeTo(32.9, 1) })
  })

  it('stop at the first seed that has not ended', () => {
    const gap = { ...rows, good: rows.good!.with(2, null as never) }
    const first = { base: rows.base!.slice(0, 2), good: rows.good!.slice(0, 2) }
    expect(contrastOf(ten, gap, 'good').eValue).toBe(contrastOf(ten, first, 'good').eValue)
  })
})

describe('additions', () => {
  const declared = planOf(['base', 'good', 'same'], 8)
  const rows = drawRows([7], 12, { base: 0, good: 3, same: 0, late: 3 })
  const first = Object.fromEntries(Object.entries(rows).map(([arm, own]) => [arm, own.slice(0, 8)]))

  it('of arms are marked and do not change what was declared', () => {
    const { late: _, ...without } = first
    const before = run(declared, without).contrasts
    const plan = { ...planOf(['base', 'good', 'same', 'late'], 8), added: { arms: ['late'], seeds: [] } }
    const analysis = run(plan, first)
    expect(analysis.contrasts.slice(0, 2)).toEqual(before)
    expect(analysis.contrasts[2]).toMatchObject({ arm: 'late', added: true, verdict: 'better' })
    const ps = analysis.contrasts.map(({ p }) => p)
    expect(analysis.contrasts[2]!.adjusted).toBe(holm(ps)[2])
    expect(analysis.arms[3]).toMatchObject({ name: 'late', added: true })
    expect(analysis.notes).toContainEqual(expect.stringContaining('Added after the start: late.'))
  })

  it('of seeds change no verdict', () => {
    const plan = {
      ...planOf(['base', 'good', 'same'], 12),
      looks: [8],
      added: { arms: [], seeds: [8, 9, 10, 11] },
    }
    const analysis = run(plan, rows)
    expect(analysis.contrasts.map(({ p, verdict, look }) => [p, verdict, look])).toEqual(
      run(declared, first).contrasts.map(({ p, verdict, look }) => [p, verdict, look]),
    )
    expect(analysis.contrasts[0]).toMatchObject({ n: 12, final: true })
    expect(analysis.notes).toContainEqual(
      expect.stringContaining('Added after the start: seeds 8, 9, 10, 11.'),
    )
  })
})

describe('a trend over an ordered factor', () => {
  const arms = ['alone', 'a-0.3', 'a-0.5', 'a-1']
  const levels = [0, 0.3, 0.5, 1]
  const trends = [{ name: 'a', arms: arms.map((arm, i) => ({ arm, level: levels[i]! })).reverse() }]
  const rising = drawRows([8], 8, { alone: 0, 'a-0.3': 0.5, 'a-0.5': 1, 'a-1': 1.5 })

  it.each(['signed-rank', 'mann-whitney'] as const)(
    'is found before the single contrasts are, by %s',
    (test) => {
      const plan = planOf(arms, 8, { trends, test })
      const [trend] = run(plan, rising).trends
      expect(trend).toMatchObject({ name: 'a', n: 8 })
      expect(trend!.p).toBeLessThan(0.01)
      const falling = Object.fromEntries(
        Object.entries(rising).map(([arm, own]) => [arm, own.map((value) => -value)]),
      )
      expect(run(plan, falling).trends[0]!.p).toBeGreaterThan(0.95)
    },
  )

  it('is over the seeds that every arm has finished', () => {
    const plan = planOf(arms, 8, { trends })
    const gap = { ...rising, 'a-0.5': [...rising['a-0.5']!.slice(0, 6), 'failed' as const, null] }
    expect(run(plan, gap).trends[0]!.n).toBe(6)
  })
})

describe('hours to a level', () => {
  const three = planOf(['base', 'good'], 3)
  const steps = (arm: string, seed: number, ...found: [number, number][]) =>
    ({ arm, seed, state: 'finished', endpoint: found.at(-1)![1], steps: found }) as const
  const cells = [
    steps('base', 0, [1, 10], [5, 6]),
    steps('base', 1, [2, 9], [8, 5]),
    steps('base', 2, [1, 9], [6, 4]),
    steps('good', 0, [1, 5], [3, 1]),
    steps('good', 1, [4, 3]),
    { arm: 'good', seed: 2, state: 'failed', endpoint: null, steps: [[1, 8]] } as const,
  ]

  it('keeps the runs in that never reached it', () => {
    const [ofBase, ofBest] = analyse(three, cells).hoursTo
    expect(ofBase).toMatchObject({ value: 5, what: 'what half of the runs of base had found in the end' })
    expect(ofBase!.arms).toEqual([
      {
        name: 'base',
        reached: 2,
        of: 3,
        medianHours: 8,
        steps: [
          [6, 1 / 3],
          [8, 2 / 3],
        ],
      },
      {
        name: 'good',
        reached: 2,
        of: 3,
        medianHours: 4,
        steps: [
          [1, 1 / 3],
          [4, 2 / 3],
        ],
      },
    ])
    expect(ofBest).toMatchObject({ value: 3 })
    expect(ofBest!.arms[0]).toEqual({ name: 'base', reached: 0, of: 3, medianHours: null, steps: [] })
  })
})
