import { describe, expect, it } from 'vitest'
import type { Optimizer, OptimizerRun } from '../../../optimizers/contract.js'
import { random } from '../../../optimizers/random/index.js'
import { sobol } from '../../../optimizers/sobol/index.js'
import { type Params, paramsKey, readSpace, violated } from '../../../search-spaces/index.js'
import { constrained, numbers } from '../spaces.js'

describe('random', () => {
  it('is uniform on every scale', () => {
    const asked = random.open(numbers, {}, 3).ask({ number: 0, count: 4000, pending: [] })
    for (const parameter of numbers.searched) {
      const units = asked.map(({ params }) => parameter.toUnit(params[parameter.name]!)).sort((a, b) => a - b)
      const distance = Math.max(...units.map((u, i) => Math.abs(u - (i + 0.5) / units.length)))
      // Kolmogorov–Smirnov at one in ten thousand: 2.23 / √4000.
      expect(distance).toBeLessThan(0.0353)
    }
  })

  it('spreads evenly over what the constraints leave', () => {
    const asked = random.open(constrained, {}, 3).ask({ number: 0, count: 600, pending: [] })
    for (const { params } of asked) expect(violated(constrained, params)).toBeNull()
    const early = asked.filter(
      ({ params }) => (params.WARMUP as number) + (params.COOLDOWN as number) < 0.5,
    ).length
    // A quarter of the triangle, give or take four standard deviations.
    expect(early).toBeGreaterThan(107)
    expect(early).toBeLessThan(193)
  })

  it('proposes for a trial by its number alone, whatever was told', () => {
    const run = random.open(numbers, {}, 3)
    const before = run.ask({ number: 41, count: 2, pending: [] })
    run.tell([{ number: 0, params: numbers.defaults, result: { outcome: 'complete', value: 1 } }])
    expect(run.ask({ number: 42, count: 1, pending: [numbers.defaults] })).toEqual([before[1]])
  })
})

describe.each<[string, Optimizer<Record<string, never>>]>([
  ['random', random],
  ['sobol', sobol],
])('in a small space, %s', (_, optimizer) => {
  const small = readSpace({
    parameters: {
      LAYERS: { type: 'int', low: 1, high: 4 },
      ACTIVATION: { type: 'categorical', choices: ['relu', 'gelu', 'silu'] },
      BIAS: { type: 'bool' },
      DROPOUT: { type: 'ordinal', choices: [0.1, 0.2], when: { BIAS: true } },
    },
    constraints: ['LAYERS > 1 or not BIAS'],
  })
  // 4 × 3 without a bias, 3 × 3 × 2 with one.
  const size = 30
  const one = (run: OptimizerRun, number: number, pending: readonly Params[] = []) =>
    run.ask({ number, count: 1, pending })[0]!.params

  it('runs nothing twice while something is left', () => {
    const run = optimizer.open(small, {}, 1)
    const ran = new Set<string>()
    for (let number = 0; number < size; number++) {
      const params = one(run, number)
      expect(violated(small, params)).toBeNull()
      ran.add(paramsKey(params))
      run.tell([{ number, params, result: { outcome: 'oom' } }])
    }
    expect(ran.size).toBe(size)
    expect(violated(small, one(run, size))).toBeNull()
  })

  it('counts what is running, and what others ran', () => {
    const run = optimizer.open(small, {}, 1)
    const batch = run.ask({ number: 0, count: size, pending: [] }).map(({ params }) => params)
    expect(new Set(batch.map(paramsKey)).size).toBe(size)
    const told = batch.slice(0, 20)
    run.tell(told.map((params, number) => ({ number, params, result: { outcome: 'complete', value: 1 } })))
    expect(paramsKey(one(run, 50, batch.slice(20, 29)))).toBe(paramsKey(batch[29]!))
    expect(run.describe().notes).toEqual(['10 of 30 configurations have not run yet'])
  })
})
