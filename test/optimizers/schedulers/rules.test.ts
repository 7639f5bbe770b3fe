/** The pruning rules by themselves: evidence and decision from the reports of a study that is written down here. */
import { describe, expect, it } from 'vitest'
import {
  type ForecastOptions,
  finishedFrom,
  thresholdFrom,
} from '../../../optimizers/schedulers/by-forecast.js'
import type { Report, StudyReports, TrialReports } from '../../../optimizers/schedulers/contract.js'
import { forecast } from '../../../optimizers/schedulers/forecast.js'
import { type HalvingOptions, rungAt } from '../../../optimizers/schedulers/halving.js'
import { type MedianOptions, medianEvidence } from '../../../optimizers/schedulers/median.js'
import { decide } from '../../../optimizers/schedulers/replay.js'

const go = { decision: 'go' }

/** Its reports at steps 1, 2, …; a complete trial ends with its last value. */
function trial(
  number: number,
  values: readonly number[],
  state: TrialReports['state'] = 'complete',
  foreseen?: TrialReports['foreseen'],
): TrialReports {
  return {
    number,
    state,
    reports: values.map((value, i) => ({ step: i + 1, value })),
    ...(state === 'complete' && { value: values.at(-1)! }),
    ...(foreseen && { foreseen }),
  }
}

/** The last report of a running trial. */
function lastOf({ number, reports }: TrialReports): Report {
  return { number, ...reports.at(-1)! }
}

describe('median', () => {
  const options: MedianOptions = { rule: 'median', startupTrials: 3, warmupSteps: 1 }
  const others = [trial(0, [5, 4]), trial(1, [6, 2]), trial(2, [7, 3])]
  const judged = (values: readonly number[], study: StudyReports = others, given = options) => {
    const own = trial(9, values, 'running')
    return decide(given, 'minimize', lastOf(own), [...study, own])
  }

  it('stops what is worse than the median at its step, and says the median', () => {
    expect(judged([9, 3.1])).toEqual({ decision: 'stop', rule: 'median', step: 2, threshold: 3 })
    expect(judged([9, 3])).toEqual(go)
  })

  it('goes by the best report so far', () => {
    expect(judged([2.5, 8])).toEqual(go)
  })

  it('waits for the warm-up and for enough complete trials', () => {
    expect(judged([99])).toEqual(go)
    expect(judged([9, 9], others.slice(1))).toEqual(go)
    expect(
      judged([9, 9], [...others.slice(1), trial(3, [1, 1], 'failed'), trial(4, [1, 1], 'running')]),
    ).toEqual(go)
  })

  it('takes the mean of the middle two, and turns around for a maximum', () => {
    const four = [...others, trial(3, [1, 8])]
    const own = trial(9, [1, 2], 'running')
    expect(medianEvidence([...four, own], 'maximize', lastOf(own))).toEqual({
      own: 2,
      others: 4,
      median: 3.5,
    })
    expect(decide(options, 'maximize', lastOf(own), [...four, own])).toMatchObject({ threshold: 3.5 })
  })

  it('compares with the latest thousand', () => {
    const old = Array.from({ length: 5 }, (_, i) => trial(i, [0, 0]))
    const late = Array.from({ length: 1000 }, (_, i) => trial(10 + i, [7, 7]))
    const own = trial(5000, [6, 6], 'running')
    const evidence = medianEvidence([...old, ...late, own], 'minimize', lastOf(own))
    expect(evidence).toEqual({ own: 6, others: 1000, median: 7 })
  })
})

describe('halving', () => {
  const options: HalvingOptions = { rule: 'halving', minStep: 2, factor: 3 }
  const judged = (
    values: readonly number[],
    others: readonly (readonly number[])[],
    direction = 'minimize' as const,
  ) => {
    const own = trial(9, values, 'running')
    return decide(options, direction, lastOf(own), [...others.map((one, i) => trial(i, one, 'pruned')), own])
  }

  it('has its rungs at minStep · factorᵏ', () => {
    expect([1, 2, 5, 6, 17, 18].map((step) => rungAt(options, step))).toEqual([null, 2, 2, 6, 6, 18])
  })

  it('keeps one in three of those that reached the rung', () => {
    const others = [
      [9, 1],
      [9, 2],
      [9, 3],
      [9, 4],
      [9, 5],
    ]
    expect(judged([9, 2], others)).toEqual(go)
    expect(judged([9, 2.5], others)).toEqual({ decision: 'stop', rule: 'halving', step: 2, threshold: 2 })
  })

  it('keeps everyone while there are fewer than three', () => {
    expect(judged([9, 99], [[9, 1]])).toEqual(go)
  })

  it('judges a trial at its first report of a rung alone', () => {
    expect(
      judged(
        [1, 99, 99],
        [
          [9, 1],
          [9, 2],
          [9, 3],
        ],
      ),
    ).toEqual(go)
    expect(judged([99], [[1], [2], [3]])).toEqual(go)
  })
})

describe('forecast', () => {
  const options: ForecastOptions = { rule: 'forecast', chance: 0.2, startupTrials: 6, warmupSteps: 1 }
  /** Ten trials that gain 1 from the second step to the third. */
  const ten = Array.from({ length: 10 }, (_, i) => trial(i, [9, 2 + i, 1 + i]))
  const judged = (values: readonly number[], study: StudyReports = ten, given = options) => {
    const own = trial(99, values, 'running')
    return decide(given, 'minimize', lastOf(own), [...study, own])
  }

  it('stops what is unlikely to end among the best tenth, and says the threshold and the chance', () => {
    expect(judged([9, 8])).toEqual({
      decision: 'stop',
      rule: 'forecast',
      step: 2,
      threshold: 1,
      chance: expect.closeTo(0, 6),
    })
    expect(judged([9, 1.5])).toEqual(go)
  })

  it('waits for the warm-up, for enough trials, and stops nobody at the last step', () => {
    expect(judged([99])).toEqual(go)
    expect(judged([9, 8], ten.slice(5))).toEqual(go)
    expect(judged([9, 8, 7])).toEqual(go)
  })

  it('learns from pruned trials what was forecast of them, where they went on from the step', () => {
    const later = trial(20, [9, 5, 4], 'pruned', { step: 3, forecast: { mean: 3.5, sd: 0.2 } })
    const here = trial(21, [9, 5], 'pruned', { step: 2, forecast: { mean: 3, sd: 0.2 } })
    const blind = trial(22, [9, 5, 5], 'pruned', { step: 3 })
    expect(finishedFrom([ten[0]!, later, here, blind], { number: 99, step: 2, value: 5 })).toEqual([
      { reported: 5, final: 3.5, sd: 0.2 },
      { reported: 2, final: 1, sd: 0 },
    ])
  })

  it('counts pruned trials as ended, and as none of the best', () => {
    const pruned = Array.from({ length: 20 }, (_, i) => trial(50 + i, [9, 9], 'pruned'))
    expect(thresholdFrom(ten, 'minimize', 2)).toBe(1)
    expect(thresholdFrom([...ten, ...pruned], 'minimize', 2)).toBe(3)
    expect(thresholdFrom(ten, 'maximize', 2)).toBe(10)
    expect(thresholdFrom(pruned, 'minimize', 1)).toBeUndefined()
  })

  it('is undefined of four trials', () => {
    expect(forecast(finishedFrom(ten.slice(0, 4), { number: 99, step: 2, value: 3 }), 3)).toBeUndefined()
  })
})
