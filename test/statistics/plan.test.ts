import { describe, expect, it } from 'vitest'
import {
  describeOutlook,
  leastP,
  lookLevels,
  outlookOf,
  type PlanShape,
  seedsNeeded,
  simulatePower,
} from '../../src/statistics/plan.js'

const plan = (changes: Partial<PlanShape> = {}): PlanShape => ({
  contrasts: 1,
  looks: [8],
  alpha: 0.05,
  test: 'signed-rank',
  alternative: 'better',
  ...changes,
})

describe('what a plan can show at all', () => {
  it('is bounded by the least p of its test', () => {
    expect([3, 5, 8].map((seeds) => leastP(plan(), seeds))).toEqual([1 / 8, 1 / 32, 1 / 256])
    expect(leastP(plan({ alternative: 'two-sided' }), 5)).toBe(1 / 16)
    expect(leastP(plan({ test: 'mann-whitney' }), 4)).toBeCloseTo(1 / 70, 15)
    expect(leastP(plan({ alternative: 'two-sided' }), 0)).toBe(1)
  })

  it.each([
    [1, 5],
    [4, 7],
    [9, 8],
    [20, 9],
  ])('after Holm over %i contrasts begins at %i seeds', (contrasts, seeds) => {
    expect(seedsNeeded(plan({ contrasts }))).toBe(seeds)
    expect(outlookOf(plan({ contrasts, looks: [seeds - 1] }), [1], 50).canShow).toBe(false)
    expect(outlookOf(plan({ contrasts, looks: [seeds] }), [1], 50).canShow).toBe(true)
  })

  it('is said in a sentence that names the number of seeds', () => {
    const weak = plan({ contrasts: 9, looks: [5] })
    expect(describeOutlook(weak, outlookOf(weak))).toBe(
      "With 5 seeds and 9 contrasts nothing can be shown: the least possible p is 0.031, after Holm's correction 0.28, " +
        'above α = 0.05; at least 8 seeds are needed.',
    )
    expect(outlookOf(weak, [1, 3], 200).power.map(({ power }) => power)).toEqual([0, 0])
  })
})

it('is simulated less often for hundreds of seeds, as near to the truth as the repetitions allow', () => {
  const large = plan({ looks: [1000] })
  const { power } = outlookOf(large, [0.1]).power[0]!
  expect(power * 200).toBeCloseTo(Math.round(power * 200), 9)
  // the normal approximation: the test's efficiency is 3/π, the sd of a difference is √2
  expect(Math.abs(power - 0.7)).toBeLessThan(0.1)
})

describe('the looks of a plan', () => {
  it('have no level where nothing could be shown, and pass it on', () => {
    expect(lookLevels(plan())).toEqual([0.05])
    const levels = lookLevels(plan({ looks: [8, 12, 16, 20] }))
    expect(levels.map((level) => Number(level.toFixed(4)))).toEqual([0, 0.0108, 0.0148, 0.0244])
    const many = lookLevels(plan({ looks: [8, 12, 16, 20], contrasts: 49 }))
    expect(many.map((level) => Number(level.toFixed(4)))).toEqual([0, 0, 0.0256, 0.0244])
    for (const all of [levels, many]) expect(all.reduce((sum, level) => sum + level)).toBeCloseTo(0.05, 12)
  })
})

describe('power', () => {
  it('is the level without an effect, and grows with it, with the seeds and with the correlation', () => {
    const power = (changes: Partial<PlanShape>, effect: number, correlation = 0) =>
      simulatePower(plan(changes), { effect, correlation, repetitions: 2000 }).power
    // The exact test at 8 seeds can only have the size 12/256.
    expect(Math.abs(power({}, 0) - 12 / 256)).toBeLessThan(0.015)
    expect(power({}, 1)).toBeGreaterThan(power({}, 0.5) + 0.1)
    expect(power({ looks: [16] }, 1)).toBeGreaterThan(power({}, 1) + 0.1)
    expect(power({}, 1, 0.5)).toBeGreaterThan(power({}, 1) + 0.1)
    expect(power({ contrasts: 10 }, 1)).toBeLessThan(power({}, 1) - 0.1)
    expect(power({ alternative: 'two-sided' }, 1)).toBeLessThan(power({}, 1))
  })

  it('is greater for Mann–Whitney where few seeds do not pair, and smaller where they do', () => {
    const power = (test: PlanShape['test'], seeds: number, effect: number, correlation: number) =>
      simulatePower(plan({ test, looks: [seeds] }), { effect, correlation, repetitions: 2000 }).power
    expect(power('mann-whitney', 5, 1.5, 0.05)).toBeGreaterThan(power('signed-rank', 5, 1.5, 0.05) + 0.1)
    expect(power('mann-whitney', 8, 1, 0.5)).toBeLessThan(power('signed-rank', 8, 1, 0.5) - 0.1)
  })

  it('depends on the standard deviation of the differences alone, for pairs', () => {
    const power = (effect: number, correlation: number) =>
      simulatePower(plan(), { effect, correlation, repetitions: 4000 }).power
    expect(Math.abs(power(1, 0.5) - power(Math.SQRT2, 0))).toBeLessThan(0.03)
  })

  it('of planned looks is nearly that of the last alone, after fewer seeds', () => {
    const strong = { effect: 1.5, repetitions: 2000 }
    const looks = simulatePower(plan({ looks: [8, 12, 16, 20] }), strong)
    const once = simulatePower(plan({ looks: [20] }), strong)
    expect(looks.power).toBeGreaterThan(once.power - 0.05)
    expect(looks.seeds).toBeLessThan(15)
    expect(once.seeds).toBe(20)
    expect(simulatePower(plan(), strong)).toEqual(simulatePower(plan(), strong))
  })
})
