/** What smac does with what it is told, by the front door: asks, tells, and what it says of itself. */
import { describe, expect, it } from 'vitest'
import type { Observation, OptimizerRun } from '../../../optimizers/contract.js'
import { acquisitionOf } from '../../../optimizers/forest/acquisition.js'
import { predict } from '../../../optimizers/forest/forest.js'
import { smac, smacState } from '../../../optimizers/forest/index.js'
import { rankedByMean } from '../../../optimizers/forest/proposal.js'
import { stream } from '../../../optimizers/rng.js'
import { encodingOf, pointOf } from '../../../optimizers/surrogate/encoding.js'
import { historyFromJson, type StoredHistory } from '../../../optimizers/surrogate/history.js'
import { type Params, paramsKey, readSpace, type Space, sample } from '../../../search-spaces/index.js'
import { bowl } from '../scripted-study.js'
import { conditional, everyKind, numbers } from '../spaces.js'

type Result = Observation['result']

const FAST = { trees: 12 }

function search(
  space: Space,
  trials: number,
  result: (params: Params, number: number) => Result,
  given = {},
) {
  const run = smac.open(space, smac.options({ ...FAST, ...given }), 1)
  const asked: Params[] = []
  for (let number = 0; number < trials; number++) {
    const [{ params }] = run.ask({ number, count: 1, pending: [] }) as [{ params: Params }]
    asked.push(params)
    run.tell([{ number, params, result: result(params, number) }])
  }
  return { run, asked }
}

const complete = (value: number): Result => ({ outcome: 'complete', value })
const notesOf = (run: OptimizerRun) => run.describe().notes.join('; ')

/** The state behind a run, for tests that look at its forests. */
function stateOf(space: Space, run: OptimizerRun) {
  const { state } = run.snapshot() as unknown as { state: { history: StoredHistory } }
  return smacState(smac.options(FAST), 1, historyFromJson(encodingOf(space), state.history))
}

describe('smac finds', () => {
  it('what a thousand random trials do not, in sixty', () => {
    for (const space of [numbers, everyKind, conditional]) {
      const { asked } = search(space, 60, (params) => complete(bowl(space, params)))
      const rng = stream(9)
      const random = Array.from({ length: 1000 }, () => bowl(space, sample(space, rng.uniform)))
      random.sort((a, b) => a - b)
      expect(Math.min(...asked.map((params) => bowl(space, params)))).toBeLessThan(random[5]!)
    }
  })

  it('its way around what fails', () => {
    const { asked } = search(
      numbers,
      60,
      (params) => ((params.A as number) > 0.4 ? { outcome: 'diverged' } : complete(bowl(numbers, params))),
      { interleave: 0 },
    )
    expect(asked.slice(20).filter(({ A }) => (A as number) > 0.4).length).toBeLessThan(8)
  })

  it('which of many names are good', () => {
    const choices = Array.from({ length: 40 }, (_, i) => `n${i}`)
    const space = readSpace({
      parameters: { NAME: { type: 'categorical', choices }, X: { type: 'float', low: 0, high: 1 } },
    })
    const good = (params: Params) => Number(String(params.NAME).slice(1)) % 4 === 1
    const { asked } = search(space, 80, (params) => complete((good(params) ? 0 : 1) + (params.X as number)))
    // By chance there would be ten of forty.
    expect(asked.slice(40).filter(good).length).toBeGreaterThan(20)
  })
})

describe('smac draws anywhere', () => {
  const one = readSpace({ parameters: { X: { type: 'float', low: 0, high: 1 } } })
  const far = (interleave: number) => {
    const { asked } = search(one, 108, ({ X }) => complete(Math.abs((X as number) - 0.2)), { interleave })
    return asked.slice(48).filter(({ X }) => (X as number) > 0.5).length
  }

  it('as often as it is told to', () => {
    expect(far(0)).toBeLessThan(6)
    expect(far(1)).toBeGreaterThan(20)
  })

  it('at every trial whose number completes one more, whoever asks', () => {
    const options = smac.options({ ...FAST, interleave: 0.25 })
    const [few, more] = [smac.open(one, options, 1), smac.open(one, options, 1)]
    for (let number = 0; number < 20; number++) {
      const [proposal] = few.ask({ number, count: 1, pending: [] })
      const told = { number, params: proposal!.params, result: complete(number) }
      few.tell([told])
      more.tell([{ ...told, result: complete(-number) }])
    }
    const same = Array.from({ length: 12 }, (_, k) => {
      const request = { number: 20 + k, count: 1, pending: [] }
      return paramsKey(few.ask(request)[0]!.params) === paramsKey(more.ask(request)[0]!.params)
    })
    expect(same.map((is, k) => (is ? 20 + k : -1)).filter((number) => number >= 0)).toEqual([23, 27, 31])
  })
})

describe('smac takes a pruned trial', () => {
  const place: Params = { A: 0.95, B: 0.9, C: 9 }
  const predicted = (result: Result) => {
    const { run } = search(numbers, 30, (params) => complete(bowl(numbers, params)))
    run.tell([{ number: 30, params: place, result }])
    const state = stateOf(numbers, run)
    const { forest } = state.models.value()
    return { ...predict(forest, [pointOf(state.history.encoding, place)])[0]!, state }
  }

  it('for what it would have ended with, as far as that is sure', () => {
    const [sure, unsure] = [0.001, 30].map((sd) =>
      predicted({ outcome: 'pruned', value: 9, forecast: { mean: bowl(numbers, place), sd } }),
    )
    expect(unsure!.variance).toBeGreaterThan(1.2 * sure!.variance)
  })

  it('that nothing is forecast of for one of the worse half, whatever it has reported', () => {
    const { state } = predicted({ outcome: 'pruned', value: -9 })
    expect(rankedByMean(state.models.value()).slice(0, 5)).not.toContain(30)
  })
})

describe('smac beside what runs', () => {
  const { run } = search(numbers, 30, (params) => complete(bowl(numbers, params)))
  const state = stateOf(numbers, run)
  const [next] = run.ask({ number: 31, count: 1, pending: [] })
  const point = pointOf(state.history.encoding, next!.params)

  it('expects less of a place where something runs', () => {
    const [alone, beside] = [[], [point]].map((pending) => acquisitionOf(state, pending).at([point])[0]!)
    expect(beside).toBeLessThan(alone! - 0.1)
  })

  it('keeps its forests while nothing is told', () => {
    expect(state.models.value()).toBe(state.models.value())
  })
})

describe('smac goes on, and says what it fell back to', () => {
  it.each<[string, Space, number, (params: Params, number: number) => Result, RegExp]>([
    ['all failed', numbers, 12, () => ({ outcome: 'crashed' }), /all 12 trials failed/],
    ['two observations', numbers, 2, (_, i) => complete(i), /start-up: 2 of 8/],
    ['constant values', numbers, 20, () => complete(3), /all values are the same/],
    ['values of 1e300', numbers, 20, (_, i) => complete(i % 2 === 0 ? 1e300 : -1e300), /splits do most by/],
  ])('%s', (_, space, trials, result, said) => {
    const { run } = search(space, trials, result)
    expect(notesOf(run)).toMatch(said)
    expect(run.ask({ number: trials, count: 3, pending: [] })).toHaveLength(3)
  })

  it('names first what matters most', () => {
    const { run } = search(numbers, 30, (params) =>
      complete((params.A as number) + 0.01 * (params.C as number)),
    )
    expect(notesOf(run)).toMatch(/do most by: A \d/)
  })
})

describe('smac says which option is wrong', () => {
  it.each<[unknown, string]>([
    [{ trees: 0 }, 'trees'],
    [{ trees: 1.5 }, 'trees'],
    [{ leaf: 101 }, 'leaf'],
    [{ columns: 0 }, 'columns'],
    [{ interleave: 2 }, 'interleave'],
    [{ startup: '8' }, 'startup'],
  ])('%j', (given, path) => {
    expect(() => smac.options(given)).toThrow(expect.objectContaining({ path }))
  })
})
