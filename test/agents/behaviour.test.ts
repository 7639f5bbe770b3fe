/** The figures of behaviour, against the published ones and against small ones that can be checked by hand. */
import { describe, expect, it } from 'vitest'
import { behaviourOf, correlate, type Experiment, repeatNoise } from '../../src/agents/behaviour.js'
import { CATEGORIES, classifyDescription, classifyDiff } from '../../src/agents/categories.js'
import { recordOf } from '../../src/agents/recorded.js'
import { studyOf } from './ledgers.js'
import { isAtHand, type PublishedRow, readFigures, readRows } from './published.js'

describe.skipIf(!isAtHand)('the published record', () => {
  const rows = isAtHand ? readRows() : []
  const figures = isAtHand
    ? readFigures()
    : { runs: {}, noise: {} as ReturnType<typeof readFigures>['noise'] }
  const rowsOf = (run: string) => rows.filter((row) => row.run === run)

  it.each(Object.keys(figures.runs))('gives the figures of %s exactly', (run) => {
    expect(figuresOf(rowsOf(run), figures.runs[run]!)).toEqual(figures.runs[run])
  })

  it('gives its noise', () => {
    const recorded = Object.keys(figures.noise.by_run)
    const all = rows.filter(({ run }) => recorded.includes(run))
    expect(
      noiseFigures(all.map((row) => ({ ...row, program: row.program && `${row.run} ${row.program}` }))),
    ).toEqual(figures.noise.within_run)
    expect(noiseFigures(all)).toEqual(figures.noise.across_runs)
    for (const run of recorded) expect(noiseFigures(rowsOf(run)), run).toEqual(figures.noise.by_run[run])
  })

  it('has the published rates of the March run', () => {
    const { counts, keepRate, best } = behaviourOf(split(rowsOf('mar8_h100')))
    expect(counts).toEqual({ kept: 22, discarded: 102, crashed: 1, skipped: 0 })
    expect(keepRate.value).toBeCloseTo(0.1774, 4)
    expect(keepRate.interval![0]).toBeLessThan(0.1774)
    expect(best).toBe(0.969686)
  })
})

function split(rows: readonly PublishedRow[]) {
  const baseline = rows.find((row) => row.baseline)
  return { baseline: baseline ?? null, experiments: rows.filter((row) => !row.baseline) }
}

/** As the published file rounds and names them; where no outcome was recorded it has fewer. */
function figuresOf(rows: readonly PublishedRow[], published: Readonly<Record<string, unknown>>) {
  const recorded = split(rows)
  const found = behaviourOf(recorded)
  const share = (value: number | null) => rounded(value, 4)
  const always = {
    source: published.source,
    model: published.model,
    outcome_recorded: published.outcome_recorded,
    n: found.n,
    programs: found.repeats.programs.of,
    distinct_programs: found.repeats.programs.of - found.repeats.programs.count,
    exact_repeats: found.repeats.programs.count,
    categories: Object.fromEntries(CATEGORIES.map((category) => [category, found.categories[category] ?? 0])),
    category_entropy_bits: share(found.entropyBits.value),
  }
  if (!published.outcome_recorded) return always
  return {
    ...always,
    ...found.counts,
    crashed_before_training: recorded.experiments.filter(({ failure }) =>
      ['apply', 'syntax'].includes(failure),
    ).length,
    keep_rate: share(found.keepRate.value),
    baseline: recorded.baseline!.value,
    best: found.best,
    keep_gains: found.keepGains.map((gain) => rounded(gain, 6)),
    keep_rule_violations: found.keepRuleViolations,
    dry_streaks: found.dryStreaks.length,
    longest_dry_streak: found.plateau,
    mean_dry_streak: share(found.meanDryStreak.value),
    pivots: found.pivots.count,
    pivot_chances: found.pivots.of,
    pivot_rate: share(found.pivots.value),
    rolling_success_max: share(Math.max(...found.rollingSuccess)),
    rolling_success_min: share(Math.min(...found.rollingSuccess)),
  }
}

function noiseFigures(rows: Parameters<typeof repeatNoise>[0]) {
  const noise = repeatNoise(rows)
  return {
    programs_measured_again: noise.programs,
    measurements: noise.measurements,
    degrees_of_freedom: noise.freedom,
    pooled_sd: rounded(noise.pooledSd, 6),
    median_sd: rounded(noise.medianSd, 6),
    programs_that_crashed_and_ran: noise.crashedAndRan,
  }
}

function rounded(value: number | null, digits: number): number | null {
  return value === null ? null : Number(value.toFixed(digits))
}

const tried = (
  outcome: Experiment['outcome'],
  category: string | null,
  more: Partial<Experiment> = {},
): Experiment => ({
  outcome,
  value: outcome === 'crashed' || outcome === 'skipped' ? null : 1,
  category,
  program: null,
  patch: null,
  description: '',
  ...more,
})

describe('figures that can be checked by hand', () => {
  it('counts streaks, pivots and rates', () => {
    const found = behaviourOf({
      baseline: { value: 2, program: 'a' },
      experiments: [
        tried('discarded', 'data', { value: 3 }),
        tried('crashed', 'optimizer'),
        tried('kept', 'optimizer', { value: 1.5 }),
        tried('skipped', null),
        tried('discarded', 'optimizer', { value: 1.2 }),
        tried('kept', 'data', { value: 1 }),
      ],
    })
    expect(found.categories).toEqual({ data: 2, optimizer: 3 })
    expect(found.breadth).toBe(2)
    expect(found.dryStreaks).toEqual([2, 2])
    expect(found.plateau).toBe(2)
    // Of the four that follow one not kept, two follow or are an answer without an edit.
    expect([found.pivots.count, found.pivots.of]).toEqual([2, 3])
    expect([found.keepRate.count, found.keepRate.of]).toEqual([2, 5])
    expect(found.keepRateOfRuns.of).toBe(4)
    expect([found.crashRate.value, found.skipRate.value, found.success.value]).toEqual([1 / 6, 1 / 6, 1 / 3])
    expect(found.best).toBe(1)
    expect(found.keepGains).toEqual([0.5, 0.5])
    expect(found.keepRuleViolations).toBe(1)
  })

  it('has 2 bits for four equal categories, and an interval of no width', () => {
    const { entropyBits } = behaviourOf({
      baseline: null,
      experiments: ['a', 'b', 'c', 'd'].map((c) => tried('kept', c)),
    })
    expect(entropyBits).toEqual({ value: 2, interval: [2, 2] })
  })

  it('counts repeats of programs, patches and descriptions apart', () => {
    const { repeats } = behaviourOf({
      baseline: { value: 1, program: 'a' },
      experiments: [
        tried('discarded', 'data', { program: 'a', patch: 'p', description: 'Use GELU.' }),
        tried('discarded', 'data', { program: 'b', patch: 'p', description: 'use  gelu' }),
        tried('discarded', 'data', { program: 'c', patch: 'q', description: 'use silu' }),
      ],
    })
    expect([repeats.programs.count, repeats.programs.of]).toEqual([1, 4])
    expect([repeats.patches.count, repeats.patches.of]).toEqual([1, 3])
    expect([repeats.descriptions.count, repeats.descriptions.of]).toEqual([1, 3])
  })

  it('gives exact intervals of shares, as SciPy does', () => {
    const { success } = behaviourOf({
      baseline: null,
      experiments: Array.from({ length: 20 }, (_, i) => tried(i < 3 ? 'kept' : 'discarded', 'data')),
    })
    // scipy.stats.binomtest(3, 20).proportion_ci(method='exact')
    expect(success.interval![0]).toBeCloseTo(0.03207094, 7)
    expect(success.interval![1]).toBeCloseTo(0.37892683, 7)
  })

  it('gives the published correlation its interval', () => {
    // r = −.946 with five agents: [−.997, −.38]. The second vector is orthogonal to the first.
    const [x, orthogonal] = [
      [-2, -1, 0, 1, 2],
      [1, -2, 0, 2, -1],
    ]
    const r = -0.946
    const y = x!.map((one, i) => r * one + Math.sqrt(1 - r * r) * orthogonal![i]!)
    const { value, interval } = correlate(x!, y)
    expect(value).toBeCloseTo(r, 10)
    expect(interval![0]).toBeCloseTo(-0.997, 3)
    expect(interval![1]).toBeCloseTo(-0.385, 3)
    expect(correlate([1, 1], [2, 3])).toEqual({ value: null, interval: null })
  })

  it('reads a ledger: decided programs and skipped trials in their order, by the word or by the diff', () => {
    const ledger = studyOf([
      ['base', null, 2],
      ['a', 'base', 1],
      ['b', 'a', 3],
      ['c', 'a', 'crashed'],
    ])
    const patchOf = () => ({ diff: '-momentum = 1\n+momentum = 2\n', key: 'k' })
    const record = (from: 'word' | 'diff') => recordOf(ledger, { from, skipped: [2], patchOf })
    const outcomes = record('word').experiments.map(({ outcome, value, category }) => [
      outcome,
      value,
      category,
    ])
    expect(outcomes).toEqual([
      ['kept', 1, 'architecture'],
      ['discarded', 3, 'architecture'],
      ['skipped', null, null],
      ['crashed', null, 'architecture'],
    ])
    expect(record('diff').experiments[0]).toMatchObject({ category: 'optimizer', patch: 'k', program: 'a' })
    expect(behaviourOf(record('word'))).toMatchObject({
      n: 4,
      best: 1,
      keepGains: [1],
      skipRate: { value: 0.25 },
    })
  })

  it('has no figure of nothing', () => {
    const found = behaviourOf({ baseline: null, experiments: [] })
    expect(found).toMatchObject({
      n: 0,
      plateau: 0,
      rollingSuccess: [],
      best: null,
      entropyBits: { value: null },
    })
    expect(found.success).toMatchObject({ value: null, interval: null })
  })
})

describe('the classifier', () => {
  it.each([
    ['Raise MATRIX_LR to 0.05', 'hyperparameter'],
    ['Use GELU in the MLP', 'architecture'],
    ['Nesterov momentum .9', 'optimizer'],
    ['Cosine warmdown', 'schedule'],
    ['Dropout of 0.1', 'regularization'],
    ['Longer curriculum', 'data'],
    ['Tidy up', 'other'],
  ])('reads %j as %s', (description, category) => {
    expect(classifyDescription(description)).toBe(category)
  })

  it('takes the category of most changed lines of a diff, and no unchanged line', () => {
    const diff = [
      '--- a/attention.py',
      '+++ b/attention.py',
      ' dropout = 1',
      '-momentum = 1',
      '+momentum = 2',
      '+dropout = 3',
    ].join('\n')
    expect(classifyDiff(diff)).toBe('optimizer')
    expect(classifyDiff('')).toBe('other')
  })
})
