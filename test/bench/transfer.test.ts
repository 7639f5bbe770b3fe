import { describe, expect, it } from 'vitest'
import { markdown } from '../../bench/table.js'
import { methods, reference } from '../../bench/transfer/methods.js'
import { groupsOf } from '../../bench/transfer/problems.js'
import { summarise } from '../../bench/transfer/summary.js'
import { transferTable } from '../../bench/transfer/tables.js'

const [group] = groupsOf(1, false)
const runs = (...worths: (number | undefined)[]) =>
  worths.map((worth) => (worth === undefined ? undefined : { worth, recommended: worth / 2 }))

describe('the problems', () => {
  it('are COCO’s functions on every instance, and more seeds of what takes long to train', () => {
    const counts = Object.fromEntries(groupsOf(2, false).map(({ id, tasks }) => [id, tasks.length]))
    expect(counts).toEqual({ 'noisy-5': 60, 'noisy-10': 60, 'mixint-10': 48, boosting: 8, svm: 8, mlp: 8 })
  })

  it('give every run a seed of its own', () => {
    for (const { tasks } of groupsOf(3, false)) {
      expect(new Set(tasks.map(({ problem, seed }) => JSON.stringify([problem, seed]))).size).toBe(
        tasks.length,
      )
    }
  })
})

describe('what is left over what the reference leaves', () => {
  const own = { group: group!, method: methods[0]! }
  const theirs = { group: group!, method: reference }

  it('is taken pair by pair, and without what failed on either side', () => {
    const row = summarise(
      { ...own, scores: runs(1, 8, undefined, 3, 5) },
      { ...theirs, scores: runs(2, 4, 1, 3, undefined) },
    )
    expect(row).toMatchObject({ pairs: 3, best: { median: 1, low: 0.75, high: 1.5, wins: 0.5 }, worth: 3 })
  })

  it('is nothing where both are at the optimum, to the last digit or not', () => {
    const row = summarise({ ...own, scores: runs(0, 1e-12) }, { ...theirs, scores: runs(1e-9, -1e-13) })
    expect(row.best).toEqual({ median: 1, low: 1, high: 1, wins: 0.5 })
  })

  it('is printed by the best observed, and by what would be taken home', () => {
    const row = summarise({ ...own, scores: runs(1) }, { ...theirs, scores: [{ worth: 2, recommended: 2 }] })
    expect(markdown(transferTable([row], [group!], methods))).toMatch(
      /bbob-noisy, n = 5 \| Chiron gp \| +1 \| +0\.500 \| +0\.50–0\.50 \| +100 % \| +0\.250 \| +100 % \|/,
    )
  })
})
