/** The forecast of a final value, against NumPy (golden/forecast.py), and by what must hold whatever the numbers. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chanceBelow, FEWEST, type Finished, forecast } from '../../optimizers/schedulers/forecast.js'
import reference from './golden/forecast.json' with { type: 'json' }

const whole = fc.integer({ min: -100, max: 100 })
const number = fc.double({ min: -100, max: 100, noNaN: true })
const trial = fc.record({ reported: whole, final: number })
const trials = (least: number, most: number) => fc.array(trial, { minLength: least, maxLength: most })

describe('a forecast', () => {
  it.each(reference.map((one) => [one.finished.length, one] as const))(
    'is that of the reference: %i trials',
    (_, { finished, at, mean, sd, below, chance }) => {
      const found = forecast(finished, at)!
      expect(found.mean).toBeCloseTo(mean, 10)
      expect(found.sd / sd).toBeCloseTo(1, 8)
      expect(chanceBelow({ mean, sd }, below)).toBeCloseTo(chance, 10)
    },
  )

  it('is exact where the final value is a line of what was reported', () => {
    const places = fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: FEWEST, maxLength: 60 })
    const slope = fc.double({ min: -2, max: 3, noNaN: true })
    fc.assert(
      fc.property(places, number, slope, number, (xs, a, b, at) => {
        const { mean, sd } = forecast(
          xs.map((reported) => ({ reported, final: a + b * reported })),
          at,
        )!
        expect(mean).toBeCloseTo(a + b * at, 6)
        expect(sd).toBeLessThan(1e-6)
      }),
    )
  })

  it('is surer by twice as many trials that say the same', () => {
    fc.assert(
      fc.property(trials(FEWEST, 10), number, (finished, at) => {
        const [few, many] = [forecast(finished, at)!, forecast([...finished, ...finished], at)!]
        expect(many.sd).toBeLessThanOrEqual(few.sd + 1e-6)
      }),
    )
  })

  it('is as sure in other units, to either side', () => {
    const factor = fc.constantFrom(-1000, -1, 0.001, 7)
    fc.assert(
      fc.property(trials(FEWEST, 40), number, factor, number, (finished, at, k, c) => {
        const there = (value: number) => k * value + c
        const moved = finished.map(({ reported, final }) => ({
          reported: there(reported),
          final: there(final),
        }))
        fc.pre(new Set(finished.map(({ reported }) => Math.abs(reported - at))).size === finished.length)
        fc.pre(finished.length <= 20)
        const [here, other] = [forecast(finished, at)!, forecast(moved, there(at))!]
        expect(Math.abs(other.mean - there(here.mean))).toBeLessThan(1e-5 * Math.max(1, Math.abs(k)))
        expect(Math.abs(other.sd - Math.abs(k) * here.sd)).toBeLessThan(1e-5 * Math.max(1, Math.abs(k)))
      }),
    )
  })

  it('is careful far from all that have finished', () => {
    const finished = Array.from({ length: 12 }, (_, i) => ({
      reported: i / 11,
      final: i / 11 + (i % 2) / 100,
    }))
    const [near, far] = [forecast(finished, 0.5)!, forecast(finished, 5)!]
    expect(far.sd).toBeGreaterThan(2 * near.sd)
    const alike = Array.from({ length: 12 }, (_, i) => ({ reported: 1, final: 1 + (i % 2) / 100 }))
    expect(forecast(alike, 2)!.sd, 'nothing is known of the slope').toBeGreaterThan(0.5)
  })

  it('goes by those that stood near', () => {
    const near: Finished[] = Array.from({ length: 20 }, (_, i) => ({
      reported: i / 100,
      final: (i % 3) / 100,
    }))
    const far = Array.from({ length: 20 }, (_, i) => ({ reported: 5 + i, final: 1000 - i ** 2 }))
    expect(forecast([...far, ...near], 0.1)).toEqual(forecast(near, 0.1))
  })

  it('is none of too few trials, or of numbers that cannot be computed with', () => {
    const some = (count: number, size: number) =>
      Array.from({ length: count }, (_, i) => ({ reported: i * size, final: (i % 2) * size }))
    expect(forecast([], 1)).toBeUndefined()
    expect(forecast(some(FEWEST - 1, 1), 1)).toBeUndefined()
    expect(forecast(some(FEWEST, 1), 1)).toBeDefined()
    expect(forecast(some(FEWEST, 4e307), -1e308)).toBeUndefined()
  })
})
