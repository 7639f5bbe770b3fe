import { describe, expect, it } from 'vitest'
import { stream } from '../../optimizers/rng.js'
import { bootstrapMean, mean, median, quantile, standardDeviation } from '../../src/statistics/describe.js'
import { growthExponent } from '../../src/statistics/growth.js'
import { holm } from '../../src/statistics/holm.js'
import { signedRankLess } from '../../src/statistics/signed-rank.js'
import golden from './golden/statistics.json' with { type: 'json' }

describe('the statistics agree with SciPy', () => {
  it.each(golden.wilcoxon)('signed rank, $name', ({ a, b, p, statistic }) => {
    const ours = signedRankLess(a, b)
    expect(ours.statistic).toBe(statistic)
    expect(Math.abs(ours.p / p - 1)).toBeLessThan(1e-12)
  })

  it.each(golden.holm)('Holm over $p', ({ p, adjusted }) => {
    const ours = holm(p)
    for (const [i, expected] of adjusted.entries()) expect(ours[i]).toBeCloseTo(expected, 14)
  })

  it('mean, standard deviation and quantiles', () => {
    const { values, quantiles } = golden.sample
    expect(mean(values)).toBeCloseTo(golden.sample.mean, 13)
    expect(standardDeviation(values)).toBeCloseTo(golden.sample.sd, 13)
    for (const [q, expected] of quantiles) expect(quantile(values, q!)).toBeCloseTo(expected!, 13)
    expect(median([3, 1, 2, 10])).toBe(2.5)
  })

  it.each(golden.bootstrap)(
    'bootstrap interval, within its own Monte Carlo error',
    ({ values, low, high }) => {
      const [ourLow, ourHigh] = bootstrapMean(values)
      const tolerance = 0.03 * (high - low)
      expect(Math.abs(ourLow - low)).toBeLessThan(tolerance)
      expect(Math.abs(ourHigh - high)).toBeLessThan(tolerance)
    },
  )

  it('growth exponent', () => {
    expect(growthExponent(golden.slope.x, golden.slope.y)).toBeCloseTo(golden.slope.k, 13)
  })
})

describe('signed rank', () => {
  it('reaches the smallest p that its pairs allow, and no smaller', () => {
    const below = (n: number) =>
      signedRankLess(
        Array.from({ length: n }, (_, i) => -1 - i),
        new Array(n).fill(0),
      ).p
    expect([3, 5, 8].map(below)).toEqual([0.125, 0.03125, 0.00390625])
  })

  it('is uniform under the null, so that a level is kept', () => {
    const rng = stream(7)
    const draw = () => Array.from({ length: 12 }, () => rng.normal())
    const rejected = Array.from({ length: 4000 }, () => signedRankLess(draw(), draw()).p).filter(
      (p) => p <= 0.05,
    )
    expect(rejected.length / 4000).toBeGreaterThan(0.035)
    expect(rejected.length / 4000).toBeLessThan(0.058)
  })

  it('leaves equal pairs out, and has nothing to say where all are equal', () => {
    expect(signedRankLess([1, 2, 3], [1, 2, 4])).toEqual({ p: 0.5, statistic: 0, pairs: 1, exact: true })
    expect(signedRankLess([1, 2], [1, 2])).toMatchObject({ p: 1, pairs: 0 })
  })

  it('refuses samples that cannot be paired', () => {
    expect(() => signedRankLess([1, 2], [1])).toThrow('2 values cannot be paired with 1')
  })
})

describe('bootstrap', () => {
  it('is the same for the same values and seed, and another for another seed', () => {
    const values = [0.31, 1.7, 2.23, 0.05, 4.4, 3.19]
    expect(bootstrapMean(values)).toEqual(bootstrapMean(values))
    expect(bootstrapMean(values, { seed: 1 })).not.toEqual(bootstrapMean(values))
  })
})
