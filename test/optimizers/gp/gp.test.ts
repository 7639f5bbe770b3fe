/** What gp does with what it is told, by the front door: asks, tells, and what it says of itself. */
import { describe, expect, it } from 'vitest'
import type { Beliefs, Observation } from '../../../optimizers/contract.js'
import { OptionsError } from '../../../optimizers/contract.js'
import { acquisitionOf } from '../../../optimizers/gp/acquisition.js'
import { type GpRun, gp, gpState } from '../../../optimizers/gp/index.js'
import { meanAtObserved, posteriorAtMany, rankedByMean } from '../../../optimizers/gp/posterior.js'
import { stream } from '../../../optimizers/rng.js'
import { openSearch } from '../../../optimizers/search.js'
import { encodingOf, pointOf } from '../../../optimizers/surrogate/encoding.js'
import { logExpectedImprovement } from '../../../optimizers/surrogate/expected-improvement.js'
import { historyFromJson, type StoredHistory } from '../../../optimizers/surrogate/history.js'
import { type Params, readSpace, type Space, sample } from '../../../search-spaces/index.js'
import { bowl } from '../scripted-study.js'
import { everyKind, numbers, oneParameter } from '../spaces.js'

type Result = Observation['result']

function search(space: Space, trials: number, result: (params: Params, number: number) => Result, seed = 1) {
  const run = gp.open(space, gp.options({}), seed)
  const asked: Params[] = []
  for (let number = 0; number < trials; number++) {
    const [{ params }] = run.ask({ number, count: 1, pending: [] }) as [{ params: Params }]
    asked.push(params)
    run.tell([{ number, params, result: result(params, number) }])
  }
  return { run, asked }
}

const complete = (value: number): Result => ({ outcome: 'complete', value })
const notesOf = (run: Pick<GpRun, 'describe'>) => run.describe().notes.join('; ')

/** The state behind a run, for tests that look at its model. */
function stateOf(space: Space, run: GpRun) {
  const { state } = run.snapshot() as unknown as { state: { history: StoredHistory } }
  return gpState(gp.options({}), 1, historyFromJson(encodingOf(space), state.history))
}

describe('gp finds', () => {
  it('the bottom of a bowl in forty trials, whatever the parameters', () => {
    for (const space of [numbers, everyKind]) {
      const { run } = search(space, 40, (params) => complete(bowl(space, params)))
      const rng = stream(9)
      const random = Array.from({ length: 1000 }, () => bowl(space, sample(space, rng.uniform)))
      expect(run.recommend()!.mean).toBeLessThan(Math.min(...random))
    }
  })

  it('its way around what fails', () => {
    const { asked } = search(numbers, 60, (params) =>
      (params.A as number) > 0.4 ? { outcome: 'diverged' } : complete(bowl(numbers, params)),
    )
    const failed = asked.slice(20).filter(({ A }) => (A as number) > 0.4)
    expect(failed.length).toBeLessThan(15)
  })

  it('the other optimum, where one that is nearly as good was found first', () => {
    const space = readSpace({
      parameters: { X: { type: 'float', low: 0, high: 1 }, Y: { type: 'float', low: 0, high: 1 } },
    })
    const value = ({ X, Y }: Params) =>
      Math.min(
        0.01 + ((X as number) - 0.2) ** 2 + ((Y as number) - 0.2) ** 2,
        ((X as number) - 0.85) ** 2 * 3 + ((Y as number) - 0.85) ** 2 * 3,
      )
    const rng = stream(5)
    const { run } = search(space, 60, (params) => complete(value(params) + 0.001 * rng.normal()))
    expect(run.recommend()!.params.X).toBeGreaterThan(0.7)
  })
})

describe('gp recommends', () => {
  it('what is good, not what was lucky', () => {
    const lucky: Params = { A: 0.9, B: 0.01, C: 5 }
    const { run } = search(numbers, 40, (params) => complete(bowl(numbers, params)))
    const best = run.recommend()!
    for (let i = 0; i < 4; i++) {
      const params = { ...lucky, C: 5 + i / 100 }
      const value = i === 0 ? best.mean - 0.01 : bowl(numbers, params)
      run.tell([{ number: 40 + i, params, result: complete(value) }])
    }
    expect(run.recommend()!.params).not.toEqual(lucky)
  })

  it('nothing before there is a value', () => {
    const { run } = search(numbers, 3, () => ({ outcome: 'oom' }))
    expect(run.recommend()).toBeUndefined()
  })
})

describe('gp takes a pruned trial', () => {
  const place: Params = { A: 0.95, B: 0.9, C: 9 }
  const told = (result: Result) => {
    const { run } = search(numbers, 40, (params) => complete(bowl(numbers, params)))
    run.tell([{ number: 40, params: place, result }])
    return run
  }
  /** Is it the best that the model knows? */
  const isBest = (result: Result) => rankedByMean(stateOf(numbers, told(result)).models.value())[0] === 40

  it('for what it would have ended with, as far as that is sure', () => {
    expect(isBest({ outcome: 'pruned', value: 9, forecast: { mean: -1, sd: 0.01 } })).toBe(true)
    expect(isBest({ outcome: 'pruned', value: 9, forecast: { mean: -1, sd: 30 } })).toBe(false)
  })

  it('that nothing is forecast of for one of the worse half, whatever it has reported', () => {
    expect(isBest({ outcome: 'pruned', value: -9 })).toBe(false)
  })

  it('and takes none home: a forecast is no measurement', () => {
    const run = told({ outcome: 'pruned', value: 9, forecast: { mean: -1, sd: 0.01 } })
    expect(run.recommend()!.params).not.toEqual(place)
  })

  it('whatever is forecast of it, and proposes the same from a snapshot', () => {
    const forecasts = [0, Number.MIN_VALUE, 1e-9, 1, 1e300].flatMap((sd) =>
      [-1e300, -1, 0.3, 1e300].map((mean) => ({ mean, sd })),
    )
    const { run } = search(numbers, 40, (params, i) =>
      i % 2 === 0
        ? complete(bowl(numbers, params))
        : { outcome: 'pruned', forecast: forecasts[(i >> 1) % forecasts.length]! },
    )
    const next = { number: 40, count: 2, pending: [] }
    const kept = JSON.parse(JSON.stringify(run.snapshot()))
    const restored = gp.open(numbers, gp.options({}), 1, kept)
    expect(restored.ask(next)).toEqual(run.ask(next))
    expect(Number.isFinite(run.recommend()!.mean)).toBe(true)
  })
})

describe('gp confirms', () => {
  it('the best that it is least sure of, and what it has measured already less and less', () => {
    const space = oneParameter.float!
    const at = (X: number, value: number, number: number) => ({
      number,
      params: { X },
      result: complete(value),
    })
    const valleys = (X: number) =>
      1 - Math.exp(-(((X - 0.1) / 0.1) ** 2)) - Math.exp(-(((X - 0.9) / 0.1) ** 2))
    const spread = Array.from({ length: 20 }, (_, i) => at(i / 20 + 0.02, valleys(i / 20 + 0.02), i))
    const measured = Array.from({ length: 12 }, (_, i) => at(0.1, i % 2 === 0 ? 0.1 : -0.1, 20 + i))
    const run = gp.open(space, gp.options({}), 1)
    run.tell([...spread, ...measured, at(0.9, 0.02, 32)])
    const again = run.whichToConfirm(3)
    expect(again).toHaveLength(3)
    expect(again[0]).toEqual({ X: 0.9 })
  })

  it('nothing before there is a value', () => {
    expect(gp.open(numbers, gp.options({}), 1).whichToConfirm(3)).toEqual([])
  })
})

describe('gp goes on, and says what it fell back to', () => {
  it.each<[string, Space, number, (params: Params, number: number) => Result, RegExp]>([
    ['all failed', numbers, 12, () => ({ outcome: 'crashed' }), /all 12 trials failed/],
    ['two observations', numbers, 2, (_, i) => complete(i), /start-up: 2 of 8/],
    ['constant values', numbers, 20, () => complete(3), /all values are the same/],
    ['values of 1e300', numbers, 20, (_, i) => complete(i % 2 === 0 ? 1e300 : -1e300), /matter most/],
    ['one parameter of nine values, each twice', oneParameter.int!, 18, (_, i) => complete(i), /matter most/],
  ])('%s', (_, space, trials, result, said) => {
    const { run } = search(space, trials, result)
    expect(notesOf(run)).toMatch(said)
    expect(run.ask({ number: trials, count: 3, pending: [] })).toHaveLength(3)
  })

  it('values that were the same at first', () => {
    const { run } = search(numbers, 30, (params, i) => complete(i < 15 ? 1 : bowl(numbers, params)))
    expect(notesOf(run)).toMatch(/matter most/)
  })

  it('a duplicated point', () => {
    const { run } = search(numbers, 15, (params) => complete(bowl(numbers, params)))
    for (let number = 15; number < 40; number++) {
      run.tell([{ number, params: numbers.defaults, result: complete(1 + number / 1000) }])
    }
    const [{ params }] = run.ask({ number: 40, count: 1, pending: [] }) as [{ params: Params }]
    expect(params).not.toEqual(numbers.defaults)
  })
})

describe('beliefs', () => {
  const right: Beliefs = { parameters: { A: { centre: 0.3, spread: 0.05, confidence: 0.9 } } }
  const wrong: Beliefs = { parameters: { A: { centre: 0.95, spread: 0.03, confidence: 0.9 } } }
  const method = { optimizer: { kind: 'gp' }, start: 'optimizer' } as const
  const value = (params: Params) => complete(bowl(numbers, params))

  function run(beliefs: Beliefs | undefined, trials: number) {
    const found = openSearch(numbers, method, 3)
    if (beliefs) found.believe(beliefs)
    const asked: Params[] = []
    for (let number = 0; number < trials; number++) {
      const [proposed] = found.propose({ number, count: 1, pending: [] })
      asked.push(proposed!.params)
      found.observe([{ ...proposed!, result: value(proposed!.params) }])
    }
    return { found, asked }
  }

  it('are where trials begin', () => {
    const near = ({ A }: Params) => Math.abs((A as number) - 0.3) < 0.15
    expect(run(right, 8).asked.filter(near).length).toBeGreaterThan(
      run(undefined, 8).asked.filter(near).length,
    )
  })

  it('are given up where the trials contradict them', () => {
    const { found, asked } = run(wrong, 40)
    expect(notesOf({ describe: () => found.describe().optimizer })).toMatch(/believed of A was given up/)
    expect(asked.slice(30).filter(({ A }) => (A as number) > 0.8).length).toBeLessThan(3)
    expect(Math.abs((found.recommend()!.params.A as number) - 0.3)).toBeLessThan(0.1)
  })

  it('are part of a snapshot, with the count at which they came', () => {
    const next = { number: 10, count: 3, pending: [] }
    const { found } = run(right, 10)
    const before = found.propose(next)
    found.believe(wrong)
    const restored = openSearch(numbers, method, 3, JSON.parse(JSON.stringify(found.snapshot())))
    expect(restored.propose(next)).toEqual(found.propose(next))
    expect(restored.propose(next)).not.toEqual(before)
  })

  it.each<[string, Beliefs, string]>([
    [
      'a parameter that is not there',
      { parameters: { Q: { centre: 1, confidence: 1 } } },
      'beliefs.parameters.Q',
    ],
    ['a centre outside', { parameters: { A: { centre: 3, confidence: 1 } } }, 'beliefs.parameters.A.centre'],
    [
      'a spread below 0',
      { parameters: { A: { centre: 0, spread: -1, confidence: 1 } } },
      'beliefs.parameters.A.spread',
    ],
    [
      'too much confidence',
      { parameters: { A: { centre: 0, confidence: 2 } } },
      'beliefs.parameters.A.confidence',
    ],
  ])('are refused with the place: %s', (_, beliefs, path) => {
    const open = openSearch(numbers, method, 1)
    expect(() => open.believe(beliefs)).toThrow(expect.objectContaining({ path }))
  })

  it('are refused by an optimizer that has no use for them', () => {
    const open = openSearch(numbers, { optimizer: { kind: 'random' } }, 1)
    expect(() => open.believe(right)).toThrow(OptionsError)
  })
})

describe('gp beside what runs', () => {
  it('wants an improvement on what is expected of it too', () => {
    const { run } = search(numbers, 30, (params) => complete(bowl(numbers, params)))
    const state = stateOf(numbers, run)
    const { encoding } = state.history
    const known = state.models.value()
    const observed = Math.min(...Array.from({ length: 30 }, (_, i) => meanAtObserved(known, i)))
    // The next trial promises to be better than anything so far.
    const [next] = run.ask({ number: 31, count: 1, pending: [] })
    const pending = [pointOf(encoding, next!.params)]
    const [hoped] = posteriorAtMany(known, pending)
    expect(hoped!.mean).toBeLessThan(observed)
    const acquisition = acquisitionOf(state, pending, 0)
    const rng = stream(4)
    const points = Array.from({ length: 8 }, () => pointOf(encoding, sample(numbers, rng.uniform)))
    const expected = posteriorAtMany(acquisition.model, points).map(({ mean, variance }) =>
      logExpectedImprovement(hoped!.mean, mean, variance),
    )
    for (const [i, value] of acquisition.at(points).entries()) expect(value).toBeCloseTo(expected[i]!, 9)
  })
})
