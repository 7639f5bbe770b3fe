import { describe, expect, it } from 'vitest'
import { approximateBytes } from '../../optimizers/approximate-bytes.js'
import { optimizerKinds, optimizerNamed } from '../../optimizers/index.js'
import { observed } from './scripted-study.js'
import { everyKind } from './spaces.js'

describe('about how many bytes', () => {
  it('counts typed arrays exactly, and long arrays by a sample', () => {
    expect(approximateBytes(new Float64Array(1000))).toBeCloseTo(8032, -2)
    const rows = Array.from({ length: 10_000 }, (_, i) => ({ number: i, unit: new Float64Array(10) }))
    const bytes = approximateBytes(rows)
    expect(bytes).toBeGreaterThan(10_000 * 80)
    expect(bytes).toBeLessThan(10_000 * 300)
  })

  it('counts what is named twice once', () => {
    const shared = new Float64Array(100_000)
    expect(approximateBytes({ a: shared, b: shared })).toBeLessThan(810_000)
  })

  it.each(optimizerKinds().map(({ kind }) => kind))('of a run of %s grow with what it holds', (kind) => {
    const optimizer = optimizerNamed(kind)!
    const run = optimizer.open(everyKind, optimizer.options({}), 1)
    const few = run.bytes()
    for (let number = 0; number < 40; number++) {
      const [proposal] = run.ask({ number, count: 1, pending: [] })
      run.tell([observed(everyKind, number, proposal!)])
    }
    expect(few).toBeGreaterThan(0)
    // random and sobol only count; gp keeps a model of n² numbers, smac one of thirty trees.
    const least = {
      random: 0,
      sobol: 0,
      tpe: 40 * 8 * 10,
      'cma-es': 0,
      gp: (40 * 41 * 8) / 2,
      smac: 30 * 1000,
    }
    const grown = least[kind as keyof typeof least]
    expect(run.bytes() - few).toBeGreaterThanOrEqual(grown)
  })
})
