/** What holds for every sample: symmetries, orders, levels. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stream } from '../../optimizers/rng.js'
import { passOnUnusable, spendAlpha } from '../../src/statistics/alpha-spending.js'
import { correlationInterval, pearson } from '../../src/statistics/correlation.js'
import { bootstrapMean, mean } from '../../src/statistics/describe.js'
import { eProcess } from '../../src/statistics/e-process.js'
import { hodgesLehmann } from '../../src/statistics/hodges-lehmann.js'
import { holm } from '../../src/statistics/holm.js'
import { improvementBetween, improvementInPairs } from '../../src/statistics/improvement.js'
import { jonckheere } from '../../src/statistics/jonckheere.js'
import { mannWhitney, mannWhitneyCritical, mannWhitneyStatistic } from '../../src/statistics/mann-whitney.js'
import { pageTrend } from '../../src/statistics/page-trend.js'
import { midRanks } from '../../src/statistics/ranks.js'
import {
  signedRank,
  signedRankCritical,
  signedRankLess,
  signedRankStatistic,
} from '../../src/statistics/signed-rank.js'
import { meanInterval, studentCdf, studentQuantile } from '../../src/statistics/student-t.js'

/** Few distinct values, so that ties are common. */
const sample = (minLength: number, maxLength = 9) =>
  fc.array(fc.integer({ min: -6, max: 6 }), { minLength, maxLength })
const pairs = fc.array(fc.tuple(fc.integer({ min: -6, max: 6 }), fc.integer({ min: -6, max: 6 })), {
  minLength: 1,
  maxLength: 10,
})
const probability = fc.double({ min: 0.001, max: 0.999, noNaN: true })

describe('signed rank', () => {
  it('has the same p for the other side of exchanged samples, and two-sided the smaller one twice', () => {
    fc.assert(
      fc.property(pairs, (both) => {
        const [a, b] = [both.map(([x]) => x), both.map(([, y]) => y)]
        const [less, greater] = [signedRank(a, b, 'less').p, signedRank(a, b, 'greater').p]
        expect(signedRank(b, a, 'greater').p).toBeCloseTo(less, 13)
        expect(signedRank(a, b, 'two-sided').p).toBe(Math.min(1, 2 * Math.min(less, greater)))
        expect(less + greater).toBeGreaterThanOrEqual(1 - 1e-12)
      }),
    )
  })

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

  it('has a statistic that can be counted where nothing is tied, and so has Mann–Whitney', () => {
    const rng = stream(11)
    const draw = () => Array.from({ length: 9 }, () => rng.normal())
    for (let repetition = 0; repetition < 50; repetition++) {
      const [a, b] = [draw(), draw()]
      const differences = a.map((value, i) => value - b[i]!)
      expect(signedRankStatistic(differences, 9)).toBe(signedRankLess(a, b).statistic)
      expect(mannWhitneyStatistic(a, b, 6)).toBe(mannWhitney(a.slice(0, 6), b.slice(0, 6), 'less').statistic)
    }
  })

  it('ranks a run without a result last', () => {
    expect(signedRankLess([1, 2, 3, Infinity], [2, 4, 6, 8]).statistic).toBe(4)
  })

  it('refuses samples that cannot be paired', () => {
    expect(() => signedRankLess([1, 2], [1])).toThrow('2 values cannot be paired with 1')
  })

  it('has the critical value whose p is at most the level, and the next one’s is not', () => {
    // The last k of n ranks are negative and the others positive, until the positive ones sum to W.
    const pOf = (n: number, statistic: number) => {
      let left = statistic
      const signs: number[] = []
      for (let rank = n; rank > 0; rank--) {
        signs[rank - 1] = left >= rank ? 1 : -1
        if (left >= rank) left -= rank
      }
      return signedRankLess(
        signs.map((sign, i) => sign * (i + 1)),
        new Array(n).fill(0),
      ).p
    }
    for (const [n, level] of [
      [5, 0.05],
      [8, 0.0032],
      [8, 0.01],
      [20, 0.025],
      [50, 0.05],
    ] as const) {
      const critical = signedRankCritical(n, level)
      if (critical >= 0) expect(pOf(n, critical)).toBeLessThanOrEqual(level)
      expect(pOf(n, critical + 1)).toBeGreaterThan(level)
    }
    // R: qsignrank(0.025, 20) is 53, the first whose tail is above.
    expect(signedRankCritical(20, 0.025)).toBe(52)
    // Exactly, they are 453 and 648; from 51 pairs on ours are by the normal approximation.
    expect(Math.abs(signedRankCritical(51, 0.025) - 453)).toBeLessThanOrEqual(1)
    expect(Math.abs(signedRankCritical(60, 0.025) - 648)).toBeLessThanOrEqual(1)
  })
})

describe('Mann–Whitney', () => {
  it('has the same p for the other side of exchanged samples', () => {
    fc.assert(
      fc.property(sample(1), sample(1), (a, b) => {
        expect(mannWhitney(b, a, 'greater').p).toBeCloseTo(mannWhitney(a, b, 'less').p, 12)
        expect(mannWhitney(a, b, 'less').statistic + mannWhitney(b, a, 'less').statistic).toBe(
          a.length * b.length,
        )
      }),
    )
  })

  it('has a greater p the more the first sample is moved up', () => {
    fc.assert(
      fc.property(sample(2), sample(2), fc.integer({ min: 1, max: 5 }), (a, b, by) => {
        const moved = a.map((value) => value + by)
        // With ties the shift changes the midranks themselves, so the statistic is compared, not p.
        expect(mannWhitney(moved, b, 'less').statistic).toBeGreaterThanOrEqual(
          mannWhitney(a, b, 'less').statistic,
        )
      }),
    )
  })

  it('is uniform under the null where it is normal and where it is exact', () => {
    for (const size of [9, 35]) {
      const rng = stream(8, size)
      const draw = () => Array.from({ length: size }, () => rng.normal())
      const ps = Array.from({ length: 1500 }, () => mannWhitney(draw(), draw(), 'less').p)
      const share = ps.filter((p) => p <= 0.05).length / ps.length
      expect(share).toBeGreaterThan(0.03)
      expect(share).toBeLessThan(0.065)
    }
  })

  it('has the critical values of the tables', () => {
    // R: qwilcox(0.025, 8, 8) is 14 and qwilcox(0.025, 20, 20) is 128, the first whose tails are above.
    expect(mannWhitneyCritical(8, 8, 0.025)).toBe(13)
    expect(mannWhitneyCritical(20, 20, 0.025)).toBe(127)
    expect(mannWhitneyCritical(3, 3, 0.025)).toBe(-1)
  })
})

describe('Holm', () => {
  it('never lowers a p, keeps their order, and is at most Bonferroni’s', () => {
    fc.assert(
      fc.property(fc.array(probability, { minLength: 1, maxLength: 12 }), (ps) => {
        const adjusted = holm(ps)
        ps.forEach((p, i) => {
          expect(adjusted[i]!).toBeGreaterThanOrEqual(p)
          expect(adjusted[i]!).toBeLessThanOrEqual(Math.min(1, p * ps.length) + 1e-15)
          ps.forEach((other, j) => {
            if (p < other) expect(adjusted[i]!).toBeLessThanOrEqual(adjusted[j]!)
          })
        })
      }),
    )
  })
})

describe('Student’s t', () => {
  it('has a quantile that is the inverse of its distribution, and both are symmetric', () => {
    fc.assert(
      fc.property(probability, fc.double({ min: 0.5, max: 400, noNaN: true }), (p, freedom) => {
        const t = studentQuantile(p, freedom)
        expect(studentCdf(t, freedom)).toBeCloseTo(p, 12)
        expect(studentCdf(-t, freedom)).toBeCloseTo(1 - p, 12)
      }),
    )
  })

  it('has an interval that is wider for a higher level, and none for one value', () => {
    const [narrow, wide] = [meanInterval([1, 2, 4], 0.8)!, meanInterval([1, 2, 4], 0.99)!]
    expect(wide[0]).toBeLessThan(narrow[0])
    expect(wide[1]).toBeGreaterThan(narrow[1])
    expect(meanInterval([1])).toBeNull()
    expect(meanInterval([3, 3, 3])).toEqual([3, 3])
  })
})

describe('Hodges–Lehmann', () => {
  it('moves and turns with the differences, and lies in its interval', () => {
    fc.assert(
      fc.property(sample(6, 12), fc.integer({ min: -9, max: 9 }), (differences, by) => {
        const own = hodgesLehmann(differences)
        const moved = hodgesLehmann(differences.map((d) => d + by))
        const turned = hodgesLehmann(differences.map((d) => -d))
        expect(moved.estimate).toBeCloseTo(own.estimate + by, 12)
        expect(turned.estimate).toBeCloseTo(-own.estimate, 12)
        expect(turned.interval![0]).toBeCloseTo(-own.interval![1], 12)
        expect(own.interval![0]).toBeLessThanOrEqual(own.estimate)
        expect(own.interval![1]).toBeGreaterThanOrEqual(own.estimate)
      }),
    )
  })

  it('has an interval of 95 % from six pairs on', () => {
    expect(hodgesLehmann([1, 2, 3, 4, 5]).interval).toBeNull()
    expect(hodgesLehmann([1, 2, 3, 4, 5, 6]).interval).toEqual([1, 6])
  })
})

describe('the probability of improvement', () => {
  it('and that of the other arm add up to one', () => {
    fc.assert(
      fc.property(pairs, (both) => {
        const [a, b] = [both.map(([x]) => x), both.map(([, y]) => y)]
        expect(improvementInPairs(a, b) + improvementInPairs(b, a)).toBeCloseTo(1, 12)
        expect(improvementBetween(a, b)).toBeCloseTo(
          1 - mannWhitney(a, b, 'less').statistic / (a.length * b.length),
          12,
        )
      }),
    )
  })
})

describe('planned looks', () => {
  it('spend α, each more than the one before it where they are evenly apart', () => {
    const spent = spendAlpha(0.05, [8, 12, 16, 20])
    expect(spent.reduce((sum, own) => sum + own)).toBeCloseTo(0.05, 15)
    expect(spent.map((own) => Number(own.toFixed(4)))).toEqual([0.0032, 0.0076, 0.0148, 0.0244])
    expect(spendAlpha(0.01, [8])).toEqual([0.01])
  })

  it('pass on what they cannot use', () => {
    expect(passOnUnusable([0.01, 0.02, 0.03], [0.02, 0.03, 0.001])).toEqual([0, 0.03, 0.03])
    expect(passOnUnusable([0.01], [0.02])).toEqual([0])
  })
})

describe('the e-process', () => {
  it('has the mean 1 over all signs, whatever the sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 8 }), (sizes) => {
        const patterns = Array.from({ length: 2 ** sizes.length }, (_, bits) =>
          sizes.map((size, i) => ((bits >> i) & 1 ? size : -size)),
        )
        for (let step = 0; step < sizes.length; step++) {
          const total = patterns.reduce((sum, gains) => sum + eProcess(gains)[step]!, 0)
          expect(total / patterns.length).toBeCloseTo(1, 10)
        }
      }),
    )
  })

  it('does not depend on the unit, and grows with every gain in favour', () => {
    const gains = [0.5, -0.25, 1, 2, 0, 0.75]
    const [own, scaled] = [eProcess(gains), eProcess(gains.map((gain) => gain * 1024))]
    expect(scaled).toEqual(own)
    expect(eProcess([1, 1, 1, 1]).every((e, i, path) => e > (path[i - 1] ?? 1))).toBe(true)
    expect(own[4]).toBe(own[3])
  })

  it('counts a loss of unknown size as one of the size 1, and stays finite', () => {
    expect(eProcess([-Infinity])).toEqual(eProcess([-3]))
    expect(eProcess([2, -Infinity, 4])).toEqual(eProcess([2, -2, 4]))
    expect(eProcess(new Array(3000).fill(1)).at(-1)).toBe(Number.MAX_VALUE)
  })
})

describe('trends', () => {
  it('that fall are the mirror of those that rise', () => {
    const blocks = [
      [1, 2, 4, 3],
      [2, 2, 5, 6],
      [1, 3, 2, 4],
    ]
    const mirrored = blocks.map((block) => block.map((value) => -value))
    expect(pageTrend(mirrored, 'less').p).toBeCloseTo(pageTrend(blocks, 'greater').p, 13)
    const samples = [0, 1, 2, 3].map((level) => blocks.map((block) => block[level]! + level / 100))
    const turned = samples.map((values) => values.map((value) => -value))
    expect(jonckheere(turned, 'less').p).toBeCloseTo(jonckheere(samples, 'greater').p, 13)
  })

  it('have the exact distribution also where levels are equal', () => {
    // Two arms at one level: exchanging them changes nothing.
    const block = [[3, 1, 2]]
    expect(pageTrend(block, 'greater', [0, 1, 1]).p).toBe(pageTrend([[3, 2, 1]], 'greater', [0, 1, 1]).p)
    // The lowest is at the single level in one of three orders.
    expect(pageTrend([[1, 2, 3]], 'greater', [0, 1, 1]).p).toBeCloseTo(1 / 3, 13)
  })

  it('Jonckheere’s for two levels is the Mann–Whitney test', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer(), { minLength: 4, maxLength: 14 }), (values) => {
        const [a, b] = [values.slice(0, 2), values.slice(2)]
        expect(jonckheere([a, b], 'greater').p).toBeCloseTo(mannWhitney(a, b, 'less').p, 12)
      }),
    )
  })
})

describe('the correlation of many arms', () => {
  it('lies in an interval that covers about 95 % of the time', () => {
    for (const [arms, seeds, rho] of [
      [5, 8, 0.05],
      [5, 8, 0.5],
      [16, 20, 0.3],
    ] as const) {
      const rng = stream(9, arms, seeds)
      const draw = () => Array.from({ length: seeds }, () => rng.normal())
      let covered = 0
      for (let repetition = 0; repetition < 400; repetition++) {
        const common = draw()
        const rows = Array.from({ length: arms }, () =>
          draw().map((value, i) => Math.sqrt(rho) * common[i]! + Math.sqrt(1 - rho) * value),
        )
        const found = rows.flatMap((own, i) => rows.slice(i + 1).map((other) => pearson(own, other)))
        const [low, high] = correlationInterval(mean(found), seeds, arms)!
        if (low <= rho && rho <= high) covered++
      }
      expect(covered / 400).toBeGreaterThan(0.91)
    }
  })
})

describe('ranks', () => {
  it('are a permutation’s, or share their mean', () => {
    expect(midRanks([3, 1, Infinity, 1, -Infinity, Infinity])).toEqual([4, 2.5, 5.5, 2.5, 1, 5.5])
  })
})

describe('bootstrap', () => {
  it('is the same for the same values and seed, and another for another seed', () => {
    const values = [0.31, 1.7, 2.23, 0.05, 4.4, 3.19]
    expect(bootstrapMean(values)).toEqual(bootstrapMean(values))
    expect(bootstrapMean(values, { seed: 1 })).not.toEqual(bootstrapMean(values))
  })
})
