import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AdvisorHistory,
  EMPTY_HISTORY,
  estimateNoise,
  isWithinNoise,
  type RememberedTrial,
  rememberTrial,
} from '../../src/advisors/advisor-history.js'

const seen = (
  number: number,
  value: number | null,
  more: Partial<RememberedTrial> = {},
): RememberedTrial => ({
  number,
  params: { x: number },
  key: `k${number}`,
  source: 'cma-es',
  outcome: value === null ? 'oom' : 'complete',
  value,
  peakMemoryMb: null,
  ...more,
})

const told = (all: readonly RememberedTrial[], sign: 1 | -1 = 1): AdvisorHistory =>
  all.reduce((history, one) => rememberTrial(history, one, 'llm', sign), EMPTY_HISTORY)

describe('the advisor’s history', () => {
  it('keeps the best, the latest, the failed and the advised trials, bounded', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.integer({ min: 0, max: 1000 }), { freq: 4 }), { maxLength: 300 }),
        (values) => {
          const all = values.map((value, i) => seen(i, value, { source: i % 3 ? 'cma-es' : 'llm' }))
          const { best, recent, failed, advised, settled } = told(all)
          const sorted = all.filter(({ value }) => value !== null).sort((a, b) => a.value! - b.value!)
          expect(best.map(({ value }) => value)).toEqual(sorted.slice(0, 20).map(({ value }) => value))
          expect(recent).toEqual(all.slice(-60))
          expect(failed).toEqual(all.filter(({ value }) => value === null).slice(-30))
          expect(advised).toEqual(all.filter(({ source }) => source === 'llm').slice(-20))
          expect(settled).toBe(all.length)
        },
      ),
    )
  })

  it('respects maximize', () => {
    expect(told([seen(0, 1), seen(1, 3), seen(2, 2)], -1).best.map(({ number }) => number)).toEqual([1, 2, 0])
  })

  it('lists a configuration once, by its first value', () => {
    expect(
      told([seen(0, 5), seen(1, 3, { key: 'k0' }), seen(2, 4)]).best.map(({ number }) => number),
    ).toEqual([2, 0])
  })
})

describe('noise', () => {
  it('is estimated from all repeats, of however many configurations, and what is kept stays bounded', () => {
    const all = Array.from({ length: 1000 }, (_, c) =>
      [0, 1, -1].map((deviation, k) => seen(3 * c + k, 5000 - 10 * c + deviation, { key: `c${c}` })),
    ).flat()
    const history = told(all)
    expect(Object.keys(history.repeats)).toHaveLength(200)
    // Of each configuration the first value is left out; the other two are 2 apart, so their variance is 2.
    expect(estimateNoise(history)).toBeCloseTo(Math.SQRT2, 6)
    const copied = JSON.parse(JSON.stringify(history)) as AdvisorHistory
    expect(rememberTrial(copied, all[0]!, 'llm', 1)).toEqual(rememberTrial(history, all[0]!, 'llm', 1))
  })

  const again = (...values: number[]) => values.map((value, i) => seen(10 + i, value, { key: 'k0' }))

  it('is estimated from repeats, without the biased first value', () => {
    const history = told([seen(0, -100), ...again(1, 2, 3, 4)])
    expect(estimateNoise(history)).toBeCloseTo(Math.sqrt(5 / 3))
  })

  it('is not known from too few', () => {
    expect(estimateNoise(told([seen(0, 1), ...again(1, 2, 3)]))).toBeNull()
  })

  it('tells whether an improvement is within noise', () => {
    expect([isWithinNoise(-0.1, null), isWithinNoise(-0.2, 0.1), isWithinNoise(-0.3, 0.1)]).toEqual([
      null,
      true,
      false,
    ])
  })
})
