/** Importances against closed forms, against brute force, and on noise. */
import { describe, expect, it } from 'vitest'
import { modelWith } from '../../../optimizers/gp/model.js'
import { posteriorAt } from '../../../optimizers/gp/posterior.js'
import { modelFittedTo } from '../../../optimizers/importance/fitted.js'
import {
  choose,
  fitTrials,
  importancesOf,
  localShares,
  type ObservedTrial,
  surfaceOf,
  totalIndices,
} from '../../../optimizers/importance/index.js'
import { leaveOneOutErrors, leaveOneOutR2 } from '../../../optimizers/importance/leave-one-out.js'
import { stream } from '../../../optimizers/rng.js'
import { type Params, readSpace, type Space, type SpaceSpec, sample } from '../../../search-spaces/index.js'

const cube = (dimensions: number): Space =>
  readSpace({
    parameters: Object.fromEntries(
      Array.from({ length: dimensions }, (_, d) => [`x${d}`, { type: 'float', low: 0, high: 1 }]),
    ) as SpaceSpec['parameters'],
  })

function observe(
  space: Space,
  count: number,
  seed: number,
  value: (params: Params, noise: number) => number,
) {
  const { uniform } = stream(seed, count)
  return Array.from({ length: count }, (_, number): ObservedTrial => {
    const params = sample(space, uniform)
    return { number, params, result: { outcome: 'complete', value: value(params, uniform()) } }
  })
}

describe('total indices', () => {
  it('of Ishigami’s function are those of its closed form', () => {
    const [a, b] = [7, 0.1]
    const f = (unit: Float64Array) => {
      const [x, y, z] = Array.from(unit, (u) => Math.PI * (2 * u - 1)) as [number, number, number]
      return Math.sin(x) + a * Math.sin(y) ** 2 + b * z ** 4 * Math.sin(x)
    }
    // Ishigami & Homma (1990); Saltelli et al. (2008), §4.
    const variance = a ** 2 / 8 + (b * Math.PI ** 4) / 5 + (b ** 2 * Math.PI ** 8) / 18 + 0.5
    const x = 0.5 * (1 + (b * Math.PI ** 4) / 5) ** 2
    const xz = b ** 2 * Math.PI ** 8 * (1 / 18 - 1 / 50)
    const exact = [(x + xz) / variance, a ** 2 / 8 / variance, xz / variance]
    const found = totalIndices(f, 3)
    for (const [i, share] of exact.entries()) expect(Math.abs(found[i]! - share)).toBeLessThan(0.01)
    expect(totalIndices(f, 3)).toEqual(found)
  })

  it('are found in more dimensions than Sobol’s sequence has', () => {
    const found = totalIndices((unit) => unit[0]! + unit[399]!, 400)
    for (const d of [0, 399]) expect(Math.abs(found[d]! - 0.5)).toBeLessThan(0.1)
    expect(found.filter((share) => share > 0)).toHaveLength(2)
  })

  it('of Sobol’s g-function in 14 dimensions are those of its closed form', () => {
    const weights = [0, 0.5, 1, 2, 4, 8, 16, 32, 99, 99, 99, 99, 99, 99]
    const g = (unit: Float64Array) =>
      weights.reduce((product, w, i) => (product * (Math.abs(4 * unit[i]! - 2) + w)) / (1 + w), 1)
    const own = weights.map((w) => 1 / (3 * (1 + w) ** 2))
    const all = own.reduce((product, v) => product * (1 + v), 1)
    const exact = own.map((v) => (v * (all / (1 + v))) / (all - 1))
    const found = totalIndices(g, 14)
    for (const [i, share] of exact.entries()) expect(Math.abs(found[i]! - share)).toBeLessThan(0.03)
  })

  it('are zero where nothing changes', () => {
    expect([...totalIndices(() => 3, 2)]).toEqual([0, 0])
  })
})

describe('local importance', () => {
  it('is the variance along each parameter, as shares', () => {
    const space = readSpace({
      parameters: {
        a: { type: 'float', low: 0, high: 1 },
        b: { type: 'categorical', choices: ['x', 'y'] },
        c: { type: 'float', low: 0, high: 1, when: { b: 'y' } },
      },
    })
    const [a, b, c] = ['a', 'b', 'c'].map((name) => space.byName.get(name)!.coordinate) as [
      number,
      number,
      number,
    ]
    const mean = (unit: Float64Array) => unit[a]! + (unit[b]! > 0.5 ? 1 : 0)
    const at = new Float64Array(3)
    at[a] = 0.5
    at[b] = 0.25
    at[c] = Number.NaN
    const found = localShares(mean, space.searched, at)
    const along = { a: (65 ** 2 - 1) / 12 / 64 ** 2, b: 0.25 }
    expect(found[a]).toBeCloseTo(along.a / (along.a + along.b), 10)
    expect(found[b]).toBeCloseTo(along.b / (along.a + along.b), 10)
    expect(found[c]).toBe(0)
  })
})

describe('leaving one out', () => {
  const space = cube(3)
  const value = ({ x0, x1 }: Params, noise: number) =>
    4 * (x0 as number) + Math.sin(6 * (x1 as number)) + 0.3 * noise
  const fitted = fitTrials(space, observe(space, 30, 1, value))

  it('is what models say that were made without each trial', () => {
    const { history, model } = fitted
    const { values, noiseVariances } = model
    const half = [...values.keys()].filter((i) => i % 2 === 0)
    const all = modelFittedTo({ history, values, noiseVariances }, half)
    const errors = leaveOneOutErrors(all)
    for (const i of values.keys()) {
      const others = [...values.keys()].filter((j) => j !== i)
      const without = modelWith(
        history.encoding,
        all.hyper,
        others.map((j) => history.points[j]!),
        Float64Array.from(others, (j) => values[j]!),
      )
      expect(errors[i]).toBeCloseTo(values[i]! - posteriorAt(without, history.points[i]!.columns).mean, 8)
    }
  })

  it('explains a function, and nothing of noise', () => {
    expect(leaveOneOutR2(fitted)).toBeGreaterThan(0.8)
    for (const seed of [1, 2, 3, 4]) {
      const wide = cube(14)
      const noise = fitTrials(
        wide,
        observe(wide, 60, seed, (_, uniform) => uniform),
      )
      expect(leaveOneOutR2(noise)).toBeLessThan(0.1)
      expect(importancesOf(noise)).toMatchObject({ total: {}, local: {} })
    }
  })
})

describe('importances of trials', () => {
  it('name what matters, with pruned trials by their forecasts', () => {
    const space = cube(6)
    const trials = observe(
      space,
      60,
      5,
      ({ x0, x1, x2 }) => 5 * (x0 as number) + 2 * (x1 as number) + 0.3 * (x2 as number),
    )
    const pruned = trials.map(({ result, ...trial }, i): ObservedTrial => {
      const { value } = result as { value: number }
      const forecast = { mean: value, sd: 0.05 }
      return i % 3 === 0
        ? { ...trial, result: { outcome: 'pruned', value: 9, step: 1, forecast } }
        : { ...trial, result: { outcome: 'complete', value } }
    })
    const { total, local, recommended, r2 } = importancesOf(fitTrials(space, pruned))
    expect(r2).toBeGreaterThan(0.9)
    for (const shares of [total, local]) {
      const order = Object.keys(shares).sort((a, b) => shares[b]! - shares[a]!)
      expect(order.slice(0, 3)).toEqual(['x0', 'x1', 'x2'])
    }
    expect(recommended!.number % 3).not.toBe(0)
  })

  it('have a surface that goes through what was measured', () => {
    const space = cube(2)
    const value = ({ x0, x1 }: Params) => (x0 as number) ** 2 + (x1 as number)
    const fitted = fitTrials(space, observe(space, 80, 9, value))
    const [x0, x1] = space.searched as [Space['searched'][0], Space['searched'][0]]
    const { x, y, mean, sd } = surfaceOf(fitted, [x0, x1], Float64Array.of(0.5, 0.5), 5)
    expect(x.values).toEqual([0, 0.25, 0.5, 0.75, 1])
    for (const [iy, b] of y!.values.entries())
      for (const [ix, a] of x.values.entries()) {
        const at = iy * 5 + ix
        expect(Math.abs(mean[at]! - value({ x0: a, x1: b }))).toBeLessThan(0.05)
        expect(sd[at]).toBeGreaterThan(0)
      }
  })

  it('of too many trials come from the best and from all times', () => {
    const values = Array.from({ length: 5000 }, (_, i) => (i % 7 === 3 ? null : Math.abs(i - 2500)))
    const chosen = choose(values, 1000)
    expect(chosen).toHaveLength(1000)
    expect(new Set(chosen).size).toBe(1000)
    expect(chosen).toEqual([...chosen].sort((a, b) => a - b))
    expect(chosen.every((i) => values[i] !== null)).toBe(true)
    for (let i = 2400; i < 2600; i++) if (values[i] !== null) expect(chosen).toContain(i)
    for (let from = 0; from < 5000; from += 500)
      expect(chosen.filter((i) => i >= from && i < from + 500).length).toBeGreaterThan(50)
  })
})

describe('trials beyond a cliff', () => {
  it('are left out of the model', () => {
    const space = readSpace({ parameters: { A: { type: 'float', low: 0, high: 1 } } })
    const trials = Array.from({ length: 20 }, (_, number) => {
      const value = number % 4 === 3 ? 1e5 + number : 1 + number / 10
      return { number, params: { A: number / 20 }, result: { outcome: 'complete', value } as const }
    })
    const { trials: kept, model } = fitTrials(space, trials)
    expect(kept.map(({ number }) => number)).toEqual(
      trials.map((one) => one.number).filter((n) => n % 4 !== 3),
    )
    expect(model.count).toBe(15)
    expect(model.values.every(Number.isFinite)).toBe(true)
  })
})
