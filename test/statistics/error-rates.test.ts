/** Through the analysis that experiments use: how often it is wrong, and how often it finds what is there. */
import { describe, expect, it } from 'vitest'
import { type Analysis, analyse } from '../../src/statistics/analysis.js'
import { type PairTest, simulatePower } from '../../src/statistics/plan.js'
import { cellsOf, drawRows, planOf } from './experiments.js'

const EXPERIMENTS = 100
const looks = [8, 12, 16, 20]

/** One hundred experiments of four arms and a baseline, 20 seeds each. */
function experiments(effect: number, test: PairTest): Analysis[] {
  const plan = planOf(['base', 'first', 'second', 'third', 'fourth'], 20, { looks, test })
  return Array.from({ length: EXPERIMENTS }, (_, key) => {
    const rows = drawRows([20, key], 20, { base: 0, first: effect, second: 0, third: 0, fourth: 0 })
    return analyse(plan, cellsOf(plan, rows))
  })
}

function countOf(
  analyses: readonly Analysis[],
  has: (contrast: Analysis['contrasts'][number]) => boolean,
): number {
  return analyses.filter(({ contrasts }) => contrasts.some(has)).length
}

describe.each(['signed-rank', 'mann-whitney'] as const)('by %s', (test) => {
  it('arms that do not differ are declared better in at most 5 of 100 experiments, at looks and at any time', () => {
    const analyses = experiments(0, test)
    expect(countOf(analyses, ({ verdict }) => verdict === 'better')).toBeLessThanOrEqual(5)
    expect(countOf(analyses, ({ anytime }) => anytime === 'better')).toBeLessThanOrEqual(5)
  })

  it('an arm that is 1 sd better is found as often as the plan promised, and no other arm is', () => {
    const analyses = experiments(1, test)
    const found = countOf(analyses, ({ arm, verdict }) => arm === 'first' && verdict === 'better')
    const promised = simulatePower(
      { contrasts: 4, looks, alpha: 0.05, test, alternative: 'better' },
      { effect: 1 },
    )
    expect(promised.power).toBeGreaterThan(0.5)
    // Two standard errors of a share among a hundred.
    expect(Math.abs(found / EXPERIMENTS - promised.power)).toBeLessThan(0.1)
    expect(
      countOf(analyses, ({ arm, verdict }) => arm !== 'first' && verdict === 'better'),
    ).toBeLessThanOrEqual(5)
  })
})

it('an arm that is found stays found when the same experiment is analysed after every seed', () => {
  const plan = planOf(['base', 'first'], 20, { looks })
  for (let key = 0; key < 10; key++) {
    const rows = drawRows([30, key], 20, { base: 0, first: 1.2 })
    let [shown, anytime] = [false, false]
    for (let count = 1; count <= 20; count++) {
      const first = Object.fromEntries(Object.entries(rows).map(([arm, own]) => [arm, own.slice(0, count)]))
      const [contrast] = analyse(plan, cellsOf(plan, first)).contrasts
      if (shown) expect(contrast).toMatchObject({ verdict: 'better', final: true })
      if (anytime) expect(contrast!.anytime).toBe('better')
      shown ||= contrast!.final && contrast!.verdict === 'better'
      anytime ||= contrast!.anytime === 'better'
    }
  }
})
