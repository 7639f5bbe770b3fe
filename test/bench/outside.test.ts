import { describe, expect, it } from 'vitest'
import { methods } from '../../bench/outside/methods.js'
import { problems } from '../../bench/outside/problems.js'
import { leftOf, pairsOf, type Runs, rowsOf } from '../../bench/outside/summary.js'
import { curvesPicture, overviewTable, pairsTable, problemsTable } from '../../bench/outside/tables.js'
import { markdown } from '../../bench/table.js'

const method = (id: string) => methods.find((one) => one.id === id)!
const [first, second] = problems(false).slice(0, 2)
const known = problems(false).find(({ optimumKnown }) => optimumKnown)!

/** A hundred trials: these, then the last of them again and again. */
const score = (worths: (number | null)[], recommended: number | null = null) => ({
  worths: [...worths, ...Array<number | null>(100 - worths.length).fill(worths.at(-1)!)],
  recommended,
})
const runs = (id: string, problem = first!, ...scores: Runs['scores'][number][]): Runs => ({
  problem,
  method: method(id),
  batch: 1,
  scores,
})
const random = [0, 1, 2, 3, 4].map((i) => (i < 2 ? 2 : 10))

describe('what is left to gain', () => {
  it('is 0 at the best of all runs, and 1000 at the median random configuration, failures included', () => {
    const left = leftOf(
      [runs('random', first, score([2, 10, null, 10])), runs('gp', first, score([6, 4], 1))],
      'random',
    )
    const [, gp] = left
    expect(gp!.curve.slice(0, 3)).toEqual([500, 250, 250])
    expect(gp!.recommended).toBe(250)
    expect(left[0]!.curve.at(-1)).toBe(0)
  })

  it('is measured from the optimum where that is known', () => {
    const left = leftOf([runs('random', known, score(random)), runs('gp', known, score([5]))], 'random')
    expect(left[1]!.curve[0]).toBe(500)
  })

  it('is that of a random configuration while nothing has a value', () => {
    const left = leftOf(
      [runs('random', known, score(random)), runs('gp', known, score([null, 20, 5]))],
      'random',
    )
    expect(left[1]!.curve.slice(0, 3)).toEqual([1000, 2000, 500])
  })

  it('is the mean over the seeds that have ended, and of no problem where a method has none', () => {
    const left = leftOf(
      [
        ...[runs('random', known, score(random)), runs('gp', known, score([5]), undefined, score([10]))],
        ...[runs('random', second, score(random)), runs('gp', second, undefined)],
      ],
      'random',
    )
    expect(left.map(({ problem }) => problem.id)).toEqual([known.id, known.id])
    expect(left[1]!.curve[0]).toBe(750)
  })
})

describe('the tables', () => {
  const left = [known, first!, second!].flatMap((problem, i) =>
    leftOf(
      [
        runs('random', problem, score([0, ...random])),
        runs('gp', problem, score([5, 1])),
        runs('branching-optuna-tpe', problem, score([5, i === 0 ? 1 : 2])),
      ],
      'random',
    ),
  )

  it('rank by what is left in the end, and share ranks', () => {
    const rows = rowsOf(left, 1)
    expect(rows.map(({ method: id, rank }) => [id, Number(rank.toFixed(2))])).toEqual([
      ['random', 1],
      ['gp', 2.17],
      ['branching-optuna-tpe', 2.83],
    ])
    expect(rows[1]!.left).toEqual({ 25: 100, 50: 100, 100: 100 })
  })

  it('compare ours with theirs problem by problem', () => {
    const pair = pairsOf(left).find(({ own }) => own === 'gp')!
    expect(pair).toMatchObject({ difference: expect.closeTo(-200 / 3), won: 2.5, problems: 3 })
    expect(pair.p).toBe(0.25)
  })

  it('print', () => {
    expect(markdown(overviewTable(rowsOf(left, 1), methods, 1))).toMatch(
      /Chiron gp +\| +3 \| +1 \| +100 \| +100 \| +100 \| +100 \| +2\.17 \|/,
    )
    expect(markdown(pairsTable(pairsOf(left), methods, 1))).toMatch(
      /Optuna TPE \| .*-67, 2\.5 of 3 \(\.2500\)/,
    )
    expect(markdown(problemsTable(left, 1))).toContain(known.id)
    expect(curvesPicture(left)).toContain('Chiron gp')
  })
})
