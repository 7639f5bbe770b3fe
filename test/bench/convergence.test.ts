import { describe, expect, it } from 'vitest'
import { convergenceTable, distributionPicture } from '../../bench/convergence/report.js'
import type { Line, Suite } from '../../bench/convergence/runs.js'
import { reachedBy, summarise } from '../../bench/convergence/summary.js'
import { markdown } from '../../bench/table.js'

const suite: Suite = {
  name: 'bbob',
  algorithms: ['chiron', 'pycma'],
  dimensions: [2],
  functions: [1, 2],
  instances: 2,
  patience: 2,
  budget: 1000,
}

const line = (
  algorithm: string,
  number: number,
  instance: number,
  runtimes: (number | null)[],
  evaluations = 2000,
): Line => ({ algorithm, function: number, dimension: 2, instance, runtimes, evaluations })

const lines = [
  line('chiron', 1, 1, [20, 200], 200),
  line('chiron', 1, 2, [20, 400], 400),
  line('chiron', 2, 1, [2, null]),
  line('chiron', 2, 2, [20, 1000], 1000),
  line('pycma', 1, 1, [20, 600], 600),
  line('pycma', 1, 2, [20, 600], 600),
  line('pycma', 2, 1, [20, 1000], 1000),
  line('pycma', 2, 2, [20, null]),
]

describe('runs on COCO’s functions', () => {
  const [chiron, pycma] = summarise(suite, lines)

  it('count what was solved', () => {
    expect([chiron!.solved, chiron!.runs, pycma!.solved]).toEqual([3, 4, 3])
  })

  it('compare expected runtimes, failures paid for, function by function', () => {
    // f1: (200 + 400) / 2 against (600 + 600) / 2; f2: one success and one failure each, 3000 evaluations.
    expect(chiron!.ratio).toEqual({ median: 0.75, low: 0.625, high: 0.875, functions: 2 })
    expect(pycma!.ratio).toMatchObject({ median: 1, functions: 2 })
  })

  it('have no ratio where a function was not solved by both', () => {
    const unsolved = lines.map((each) =>
      each.algorithm === 'chiron' ? { ...each, runtimes: [each.runtimes[0]!, null] } : each,
    )
    expect(summarise(suite, unsolved)[0]!.ratio).toBeNull()
    expect(markdown(convergenceTable(suite, summarise(suite, unsolved)))).toMatch(
      /Chiron cma-es +\| +2 +\| +0\/4 .* – \| +– \| +0 \|/,
    )
  })

  it('that were given up count as not solved, and their function weighs what the others do', () => {
    const own = lines.filter(({ algorithm, function: number, instance }) => {
      return algorithm === 'chiron' && !(number === 2 && instance === 2)
    })
    const [row] = summarise({ ...suite, algorithms: ['chiron'] }, own)
    expect([row!.solved, row!.runs]).toEqual([2, 4])
    expect(reachedBy(own, 1000)).toBe((4 / 4 + 1 / 2) / 2)
  })

  it('have the area under their runtime distribution', () => {
    const at = (perDimension: number) => 1 - Math.log(perDimension) / Math.log(1000)
    const own = [at(10), at(100), at(10), at(200), at(1), 0, at(10), at(500)]
    expect(chiron!.area).toBeCloseTo(own.reduce((a, b) => a + b) / 8, 12)
  })

  it('reach a growing share of the targets', () => {
    const own = lines.filter(({ algorithm }) => algorithm === 'chiron')
    expect([0.5, 1, 10, 100, 1000].map((each) => reachedBy(own, each))).toEqual([
      0,
      1 / 8,
      4 / 8,
      5 / 8,
      7 / 8,
    ])
  })

  it('are drawn, a panel a dimension', () => {
    const svg = distributionPicture(suite, lines)
    expect(svg).toContain('n = 2')
    expect(svg).toContain('pycma, BIPOP')
  })
})
