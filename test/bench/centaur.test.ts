import { describe, expect, it } from 'vitest'
import { alone, arms } from '../../bench/centaur/arms.js'
import { runOnce } from '../../bench/centaur/run.js'
import { compareWithAlone, compareWithControls, summarise } from '../../bench/centaur/summary.js'
import { armsTable, comparisonsTable, hoursTable } from '../../bench/centaur/tables.js'
import { methods } from '../../bench/quality/methods.js'
import { runOnce as qualityRun } from '../../bench/quality/run.js'
import { markdown } from '../../bench/table.js'

const arm = (id: string) => arms.find((one) => one.id === id)!

describe('the subject centaur', () => {
  it('plays the service’s own turns: the optimizer alone finds what `quality` has it find', async () => {
    const own = await runOnce({ arm: alone, seed: 3 })
    const method = methods.find(({ id }) => id === 'cma-es+formula')!
    const other = await qualityRun({ method, seed: 3, workers: 1 })
    expect(own.best).toBeCloseTo(other.best, 7)
    expect(own.trials).toBe(other.trials)
  })

  it('gives an advisor its share, says whose the new bests are, and is the same again', async () => {
    const run = { arm: arm('copy-0.3'), seed: 0 }
    const score = await runOnce(run)
    expect(score.taken).toBe(Math.floor((score.trials - 10) * 0.3))
    expect(score.repeats).toBe(score.taken)
    expect(score.advisorsIncumbents).toBeGreaterThan(0)
    expect(score.advisorsIncumbents).toBeLessThan(score.incumbents)
    expect(await runOnce(run)).toEqual(score)
  })

  it('compares by pairs with the optimizer alone, and the expert with the controls of its share', async () => {
    const groups = await Promise.all(
      ['alone', 'expert-0.3', 'copy-0.3', 'copy-0.5'].map(async (id) => ({
        arm: arm(id),
        scores: [await runOnce({ arm: arm(id), seed: 0 }), await runOnce({ arm: arm(id), seed: 1 })],
      })),
    )
    const [withAlone, withControls] = [compareWithAlone(groups), compareWithControls(groups)]
    expect(withAlone.map(({ arm, by }) => `${arm} ${by}`)).toHaveLength(6)
    expect(withControls.map(({ arm, against }) => [arm, against])).toEqual([
      ['expert-0.3', 'copy-0.3'],
      ['expert-0.3', 'copy-0.3'],
    ])
    const text = [armsTable(groups.map(summarise)), comparisonsTable(withAlone), hoursTable(groups)].map(
      markdown,
    )
    for (const table of text) expect(table).toContain('copy')
  })
})
