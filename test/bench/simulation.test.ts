import { describe, expect, it } from 'vitest'
import { type Ending, type Searcher, simulate } from '../../bench/quality/simulation.js'
import type { Params } from '../../search-spaces/types.js'

const success = (params: Params, wallSeconds = 330): Ending => ({
  params,
  result: { outcome: 'complete', value: 1 },
  wallSeconds,
  chargedSeconds: 300,
})
const failure = (params: Params, seconds = 30): Ending => ({
  params,
  result: { outcome: 'oom' },
  wallSeconds: seconds,
  chargedSeconds: seconds,
})

/** Proposes its trial's number, and writes down what happened to it. */
function diarist() {
  const diary: string[] = []
  const searcher: Searcher = {
    async ask(number) {
      diary.push(`ask ${number}`)
      return { x: number }
    },
    async tell(number, { params, result }) {
      diary.push(`tell ${number} ${params.x} ${result.outcome}`)
    },
  }
  return { searcher, diary }
}

const day = { budgetSeconds: 86_400, trialSeconds: 300 }

describe('the simulated day', () => {
  it('holds 288 successes, however many workers share it', async () => {
    for (const workers of [1, 4, 16]) {
      const trials = await simulate(diarist().searcher, (_, params) => success(params), { ...day, workers })
      expect(trials).toHaveLength(288)
      expect(trials.at(-1)!.spentSeconds).toBe(86_400)
    }
  })

  it('charges a failure its process time, and a success what it trained', async () => {
    const train = (number: number, params: Params) => (number % 2 ? failure(params) : success(params))
    const trials = await simulate(diarist().searcher, train, { ...day, workers: 1 })
    expect(trials.slice(0, 4).map(({ spentSeconds }) => spentSeconds)).toEqual([300, 330, 630, 660])
    expect(trials.length).toBe(2 * Math.floor((86_400 - 300) / 330) + 2)
  })

  it('never overdraws: a trial starts only while it can be paid for beside those that run', async () => {
    for (const workers of [1, 3, 16]) {
      const train = (number: number, params: Params) => (number % 3 ? failure(params, 47) : success(params))
      const trials = await simulate(diarist().searcher, train, { ...day, workers })
      expect(trials.at(-1)!.spentSeconds).toBeLessThanOrEqual(86_400)
      expect(trials.at(-1)!.spentSeconds).toBeGreaterThan(86_400 - 300)
    }
  })

  it('tells in the order in which trials end, and hands the freed worker the next one', async () => {
    const seconds = [100, 40, 70, 50, 10, 60]
    const { searcher, diary } = diarist()
    const train = (number: number, params: Params) => failure(params, seconds[number]!)
    await simulate(searcher, train, { workers: 2, budgetSeconds: 400, trialSeconds: 100 })
    expect(diary).toEqual([
      ...['ask 0', 'ask 1', 'tell 1 1 oom', 'ask 2', 'tell 0 0 oom', 'ask 3', 'tell 2 2 oom'],
      // 210 s are spent and 100 are reserved: another trial might cost more than the 400 hold.
      ...['tell 3 3 oom', 'ask 4', 'tell 4 4 oom', 'ask 5', 'tell 5 5 oom'],
    ])
  })

  it('keeps as many trials running as there are workers', async () => {
    const open = new Set<number>()
    const seen: number[] = []
    const searcher: Searcher = {
      async ask(number) {
        seen.push(open.size)
        open.add(number)
        return { x: number }
      },
      async tell(number) {
        open.delete(number)
      },
    }
    await simulate(searcher, (n, params) => success(params, 300 + (n % 7)), { ...day, workers: 4 })
    expect(seen.slice(0, 5)).toEqual([0, 1, 2, 3, 3])
    expect(seen.slice(4, 284).every((pending) => pending === 3)).toBe(true)
    expect(open.size).toBe(0)
  })

  it('ends ties in the order in which they started', async () => {
    const { searcher, diary } = diarist()
    await simulate(searcher, (_, params) => success(params), { ...day, workers: 3 })
    expect(diary.slice(0, 9)).toEqual([
      ...['ask 0', 'ask 1', 'ask 2', 'tell 0 0 complete', 'ask 3', 'tell 1 1 complete', 'ask 4'],
      ...['tell 2 2 complete', 'ask 5'],
    ])
  })

  it('runs nothing where the budget is smaller than a trial', async () => {
    const none = await simulate(diarist().searcher, (_, params) => success(params), {
      workers: 4,
      budgetSeconds: 299,
      trialSeconds: 300,
    })
    expect(none).toEqual([])
  })
})
