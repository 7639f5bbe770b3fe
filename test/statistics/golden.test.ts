/** The statistics agree with SciPy, and with enumerations where SciPy has no such function (golden/make.py). */
import { describe, expect, it } from 'vitest'
import { correlationInterval, pearson } from '../../src/statistics/correlation.js'
import { bootstrapMean, mean, median, quantile, standardDeviation } from '../../src/statistics/describe.js'
import { eProcess } from '../../src/statistics/e-process.js'
import { growthExponent } from '../../src/statistics/growth.js'
import { hodgesLehmann, hodgesLehmannTwoSamples } from '../../src/statistics/hodges-lehmann.js'
import { holm } from '../../src/statistics/holm.js'
import { jonckheere } from '../../src/statistics/jonckheere.js'
import { mannWhitney } from '../../src/statistics/mann-whitney.js'
import { pageTrend } from '../../src/statistics/page-trend.js'
import { signedRank, signedRankLess } from '../../src/statistics/signed-rank.js'
import {
  meanDifferenceInterval,
  meanInterval,
  studentCdf,
  studentQuantile,
} from '../../src/statistics/student-t.js'
import golden from './golden/reference.json' with { type: 'json' }

const tails = ['less', 'greater', 'two-sided'] as const

/** Within so many parts of the reference. */
function expectNear(ours: number, reference: number, relative = 1e-12): void {
  if (reference === 0) expect(Math.abs(ours)).toBeLessThan(relative)
  else expect(Math.abs(ours / reference - 1), `${ours} beside ${reference}`).toBeLessThan(relative)
}

describe('descriptions', () => {
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

  it.each(golden.correlation)('correlation and its interval, r = $r', ({ a, b, r, low, high }) => {
    expectNear(pearson(a, b), r)
    const [ourLow, ourHigh] = correlationInterval(pearson(a, b), a.length)!
    expectNear(ourLow, low, 1e-10)
    expectNear(ourHigh, high, 1e-10)
  })
})

describe('tests', () => {
  it.each(golden.wilcoxon)('signed rank, $name', ({ a, b, p, statistic }) => {
    const ours = signedRankLess(a, b)
    expect(ours.statistic).toBe(statistic)
    expectNear(ours.p, p)
  })

  it.each(golden.signedRankTails)('signed rank to every side, $name', ({ a, b, p }) => {
    for (const tail of tails) expectNear(signedRank(a, b, tail).p, p[tail])
  })

  it.each(golden.mannWhitney)('Mann–Whitney, $name', ({ a, b, p, statistic }) => {
    for (const tail of tails) {
      const ours = mannWhitney(a, b, tail)
      expect(ours.statistic).toBe(statistic)
      expectNear(ours.p, p[tail])
    }
  })

  it.each(golden.holm)('Holm over $p', ({ p, adjusted }) => {
    const ours = holm(p)
    for (const [i, expected] of adjusted.entries()) expect(ours[i]).toBeCloseTo(expected, 14)
  })

  it.each(golden.page)('Page, $name', ({ blocks, p, statistic }) => {
    const ours = pageTrend(blocks, 'greater')
    expect(ours.statistic).toBe(statistic)
    expectNear(ours.p, p)
  })

  it.each(golden.jonckheere)('Jonckheere, $name', ({ samples, p, statistic }) => {
    const ours = jonckheere(samples, 'greater')
    expect(ours.statistic).toBe(statistic)
    expectNear(ours.p, p)
  })

  it.each(golden.eProcess)('e-process of $gains', ({ gains, path }) => {
    const ours = eProcess(gains)
    path.forEach((expected, i) => {
      expectNear(ours[i]!, expected)
    })
  })
})

describe('intervals', () => {
  it('Student’s distribution', () => {
    for (const [t, freedom, expected] of golden.student.cdf)
      expectNear(studentCdf(t!, freedom!), expected!, 1e-11)
  })

  it('Student’s quantiles', () => {
    for (const [p, freedom, expected] of golden.student.quantile)
      expectNear(studentQuantile(p!, freedom!), expected!, 1e-10)
  })

  it('of a mean and of a difference of means', () => {
    const { a, b, ...expected } = golden.tIntervals
    const [own, between] = [meanInterval(a)!, meanDifferenceInterval(a, b)!]
    for (const i of [0, 1]) {
      expectNear(own[i]!, expected.mean[i]!)
      expectNear(between[i]!, expected.difference[i]!)
    }
  })

  it.each(golden.hodgesLehmann)('Hodges–Lehmann of pairs', ({ differences, estimate, low, high }) => {
    const ours = hodgesLehmann(differences)
    expectNear(ours.estimate, estimate)
    expect(ours.interval).toEqual([low, high])
  })

  it.each(golden.hodgesLehmannTwoSamples)(
    'Hodges–Lehmann of two samples',
    ({ a, b, estimate, low, high }) => {
      const ours = hodgesLehmannTwoSamples(a, b)
      expectNear(ours.estimate, estimate)
      expect(ours.interval).toEqual([low, high])
    },
  )
})
