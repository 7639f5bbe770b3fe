import { describe, expect, it } from 'vitest'
import {
  logNormalCdfDifference,
  normalCdf,
  normalLogCdf,
  normalLogPdf,
  normalPdf,
  normalQuantile,
  normalQuantileOfLog,
  truncatedNormalLogPdf,
  truncatedNormalQuantile,
} from '../../../optimizers/math/normal.js'
import golden from './golden/normal.json' with { type: 'json' }

const RELATIVE = 1e-12

/** The largest error over the rows [...arguments, expected], relative; absolute where the value itself is near zero. */
function worst(rows: readonly number[][], f: (...args: number[]) => number, floor = 0): number {
  return Math.max(
    ...rows.map((row) => {
      const expected = row[row.length - 1]!
      return (
        Math.abs(f(...row.slice(0, -1)) - expected) / Math.max(Math.abs(expected), floor, Number.MIN_VALUE)
      )
    }),
  )
}

describe('the normal distribution agrees with SciPy into the tails', () => {
  it.each([
    ['pdf', normalPdf],
    ['logPdf', normalLogPdf],
    ['cdf', normalCdf],
    ['logCdf', normalLogCdf],
    ['quantile', normalQuantile],
    ['quantileOfLog', normalQuantileOfLog],
  ] as const)('%s', (name, f) => {
    expect(worst(golden[name], f)).toBeLessThan(RELATIVE)
  })

  it('gives the limits', () => {
    expect([normalCdf(-Infinity), normalCdf(0), normalCdf(Infinity)]).toEqual([0, 0.5, 1])
    expect([normalLogCdf(-Infinity), normalLogCdf(Infinity)]).toEqual([-Infinity, -0])
    expect([normalQuantile(0), normalQuantile(0.5), normalQuantile(1)]).toEqual([-Infinity, 0, Infinity])
    expect([normalQuantile(-0.1), normalQuantile(1.1), normalQuantile(Number.NaN)]).toEqual([NaN, NaN, NaN])
  })
})

describe('the truncated normal', () => {
  it('has the exact mass of any interval, narrow ones far out included', () => {
    expect(worst(golden.logCdfDifference, logNormalCdfDifference)).toBeLessThan(RELATIVE)
    expect(logNormalCdfDifference(-Infinity, Infinity)).toBeCloseTo(0, 15)
    expect(logNormalCdfDifference(2, 2)).toBe(-Infinity)
    expect(logNormalCdfDifference(-Infinity, -3)).toBe(normalLogCdf(-3))
  })

  it('has the density of SciPy', () => {
    expect(worst(golden.truncatedLogPdf, truncatedNormalLogPdf, 1)).toBeLessThan(RELATIVE)
    expect(truncatedNormalLogPdf(2.1, 1, 2)).toBe(-Infinity)
  })

  it('has the quantiles of SciPy, and the exact ones where SciPy cancels', () => {
    expect(worst(golden.scipyTruncatedQuantile, truncatedNormalQuantile, 1e-3)).toBeLessThan(RELATIVE)
    expect(worst(golden.truncatedQuantile, truncatedNormalQuantile, 1e-3)).toBeLessThan(RELATIVE)
  })

  it('keeps its quantiles inside, and in order', () => {
    const xs = Array.from({ length: 101 }, (_, i) => truncatedNormalQuantile(i / 100, -30, -29))
    expect(xs[0]).toBe(-30)
    expect(xs[100]).toBe(-29)
    expect(xs.every((x, i) => i === 0 || x > xs[i - 1]!)).toBe(true)
  })
})
