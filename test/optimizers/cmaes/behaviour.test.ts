/** cma-es as a study meets it: spaces, failures, advisors, late results. */
import { describe, expect, it } from 'vitest'
import { type CmaesState, cmaes } from '../../../optimizers/cmaes/index.js'
import { type Observation, OptionsError, type Proposal } from '../../../optimizers/contract.js'
import { type Params, readSpace, type Space } from '../../../search-spaces/index.js'

const plane = readSpace({
  parameters: {
    X: { type: 'float', low: 0, high: 1, default: 0.3 },
    Y: { type: 'float', low: 0, high: 1, default: 0.6 },
  },
})

type Result = Observation['result']
const complete = (value: number): Result => ({ outcome: 'complete', value })
const begin = (space: Space, given: object = {}, seed = 1) => cmaes.init(space, cmaes.options(given), seed)
const ask = (state: CmaesState, number: number): Proposal =>
  cmaes.ask(state, { number, count: 1, pending: [] })[0]
const tell = (state: CmaesState, number: number, proposal: Proposal, result: Result) =>
  cmaes.tell(state, [{ number, ...proposal, result }])
const meanOf = (state: CmaesState, name: string) => cmaes.describe(state).parameters[name].mean as number
const num = (params: Params, name: string) => params[name] as number

function search(state: CmaesState, trials: number, objective: (params: Params) => Result, from = 0) {
  let [now, best] = [state, Infinity]
  for (let number = from; number < from + trials; number++) {
    const proposal = ask(now, number)
    const result = objective(proposal.params)
    if (result.outcome === 'complete') best = Math.min(best, result.value)
    now = tell(now, number, proposal, result)
  }
  return { state: now, best }
}

describe('where it begins', () => {
  it('at the defaults, or in the middle', () => {
    expect([meanOf(begin(plane), 'X'), meanOf(begin(plane), 'Y')]).toEqual([0.3, 0.6])
    const centre = begin(plane, { mean: 'centre' })
    expect([meanOf(centre, 'X'), meanOf(centre, 'Y')]).toEqual([0.5, 0.5])
  })

  it('at the best of earlier trials, once there are ten', () => {
    const value = ({ X, Y }: Params) => ((X as number) - 0.9) ** 2 + ((Y as number) - 0.1) ** 2
    const earlier = Array.from({ length: 30 }, (_, i) => ({
      X: ((i * 7) % 30) / 29,
      Y: ((i * 11) % 30) / 29,
    }))
    let state = begin(plane)
    for (const [number, params] of earlier.slice(0, 9).entries()) {
      state = tell(state, number, { params }, complete(value(params)))
    }
    expect(meanOf(state, 'X')).toBe(0.3)
    for (const [number, params] of earlier.slice(9).entries()) {
      state = tell(state, 9 + number, { params }, complete(value(params)))
    }
    const mean = { X: meanOf(state, 'X'), Y: meanOf(state, 'Y') }
    expect(value(mean)).toBeLessThan(0.05)
    const better = search(state, 30, (params) => complete(value(params)), 30).best
    expect(better).toBeLessThan(search(begin(plane), 30, (params) => complete(value(params))).best)
  })
})

describe('what it draws', () => {
  it('comes in mirrored pairs', () => {
    const state = begin(plane)
    const xs = (number: number) => (ask(state, number).memo as { x: number[] }).x
    for (const pair of [4, 6, 10 ** 9]) {
      const [a, b] = [xs(pair), xs(pair + 1)]
      expect((a[0] + b[0]) / 2).toBeCloseTo(0.3, 12)
      expect((a[1] + b[1]) / 2).toBeCloseTo(0.6, 12)
      expect(a).not.toEqual(b)
    }
    const alone = begin(plane, { sampling: 'independent' })
    const [c, d] = [4, 5].map((number) => (ask(alone, number).memo as { x: number[] }).x)
    expect((c[0] + d[0]) / 2).not.toBeCloseTo(0.3, 3)
  })

  it('reaches an optimum that lies on a bound, and does not run away there', () => {
    const corner = (params: Params) => complete(num(params, 'X') + 10 * (1 - num(params, 'Y')))
    const { state, best } = search(begin(plane, { restarts: 'none' }), 400, corner)
    expect(best).toBeLessThan(1e-6)
    expect(cmaes.describe(state).sigma!.value).toBeLessThan(0.1)
  })

  it('keeps trying the next value of a discrete parameter after σ has shrunk', () => {
    const space = readSpace({
      parameters: {
        DEPTH: { type: 'int', low: 1, high: 20, default: 4 },
        LR: { type: 'float', low: 1e-5, high: 1, log: true },
      },
    })
    const trap = (params: Params) =>
      complete(Math.abs(Math.log10(num(params, 'LR')) + 3) + Math.abs(num(params, 'DEPTH') - 15))
    expect(search(begin(space), 500, trap).best).toBeLessThan(0.01)
  })
})

describe('what it says of its mean', () => {
  it('lies between low and high where the best value is the bound', () => {
    const { state } = search(begin(plane), 150, (params) =>
      complete(num(params, 'X') + (num(params, 'Y') - 0.6) ** 2),
    )
    const { mean, low, high } = cmaes.describe(state).parameters.X as Record<string, number>
    expect(mean).toBeLessThan(0.02)
    expect(low).toBeLessThanOrEqual(mean)
    expect(high).toBeGreaterThanOrEqual(mean)
  })
})

describe('unordered parameters', () => {
  it('learn which choice is good, alone or beside others', () => {
    const alone = readSpace({ parameters: { KIND: { type: 'categorical', choices: ['a', 'b', 'c', 'd'] } } })
    const beside = readSpace({
      parameters: { ...plane.spec.parameters, ...alone.spec.parameters, FLAG: { type: 'bool' } },
    })
    const value = ({ X = 0, KIND, FLAG = true }: Params) =>
      complete((X as number) ** 2 + (KIND === 'c' ? 0 : 1) + (FLAG ? 0 : 1))
    for (const space of [alone, beside]) {
      const { state } = search(begin(space), 150, value)
      const { probabilities } = cmaes.describe(state).parameters.KIND
      expect(probabilities!.c).toBeGreaterThan(0.6)
      expect(Math.min(...Object.values(probabilities!))).toBeGreaterThan(0.001)
    }
  })
})

describe('failures', () => {
  it('never move the mean, and never the choices', () => {
    const { state } = search(begin(plane), 8, () => ({ outcome: 'oom' }))
    expect([meanOf(state, 'X'), meanOf(state, 'Y')]).toEqual([0.3, 0.6])
    expect(cmaes.describe(state)).toMatchObject({ observations: 8, failures: 8 })
  })

  it('are all alike: no kind of failure is worse than another', () => {
    const run = (outcome: 'oom' | 'diverged' | 'crashed') =>
      search(begin(plane), 40, (params) =>
        num(params, 'X') > 0.35 ? { outcome } : complete(num(params, 'Y')),
      )
    expect(cmaes.snapshot(run('oom').state)).toEqual(cmaes.snapshot(run('diverged').state))
    expect(cmaes.snapshot(run('oom').state)).toEqual(cmaes.snapshot(run('crashed').state))
  })

  it('take variance from their direction', () => {
    const value = (params: Params) => complete(-num(params, 'Y') / 1000)
    const free = search(begin(plane, { restarts: 'none' }), 30, value).state
    const walled = search(begin(plane, { restarts: 'none' }), 30, (params) =>
      Math.abs(num(params, 'X') - 0.3) > 0.05 ? { outcome: 'oom' } : value(params),
    ).state
    const width = (state: CmaesState) => {
      const { low, high } = cmaes.describe(state).parameters.X
      return (high as number) - (low as number)
    }
    expect(width(walled)).toBeLessThan(width(free))
  })

  it('everywhere end the run, which is said', () => {
    const { state } = search(begin(plane), 30, () => ({ outcome: 'oom' }))
    expect(cmaes.describe(state).notes[0]).toBe('run 1 (first) stopped after 30 trials: infeasible')
  })
})

describe('points from elsewhere', () => {
  it('pull the mean, but no further than a long step of its own', () => {
    let state = begin(plane, { population: 4, sigma: 0.01 })
    state = tell(state, 0, ask(state, 0), complete(5))
    state = tell(state, 1, { params: { X: 0.95, Y: 0.6 } }, complete(0))
    for (const number of [2, 3]) state = tell(state, number, ask(state, number), complete(number))
    const moved = meanOf(state, 'X') - 0.3
    const longest = (Math.SQRT2 + 1) * 0.01
    expect(moved).toBeGreaterThan(0.3 * longest)
    expect(moved).toBeLessThan(longest)
  })

  it('that failed change nothing but the counts', () => {
    const { state } = search(begin(plane), 9, (params) => complete(num(params, 'X')))
    const before = cmaes.describe(state)
    const after = cmaes.describe(tell(state, 9, { params: plane.defaults }, { outcome: 'oom' }))
    expect(after).toEqual({ ...before, observations: 10, failures: 1 })
  })

  it('count once in a generation, however often they are told', () => {
    const { state } = search(begin(plane), 7, (params) => complete(num(params, 'X')))
    const copy = { params: { X: 0.9, Y: 0.9 } }
    let told = state
    for (const number of [7, 8, 9]) told = tell(told, number, copy, complete(0.5))
    expect(cmaes.describe(told).notes.at(-1)).toContain('generation 1, 2 of 6 points told')
  })
})

describe('late results', () => {
  it('of an earlier distribution are injected, in whatever order they come', () => {
    const state = begin(plane, { population: 4 })
    const late = [10, 11].map((number) => ({ number, ...ask(state, number), result: complete(-1) }))
    const { state: later } = search(state, 8, (params) => complete(num(params, 'X')))
    expect(cmaes.describe(cmaes.tell(later, late)).notes.at(-1)).toContain('2 of 4 points told')
  })

  it('of a run that has stopped say nothing about the next', () => {
    const state = begin(plane, { population: 4 })
    const late = ask(state, 50)
    const { state: later } = search(state, 4, () => complete(1))
    expect(cmaes.describe(later).notes).toHaveLength(2)
    const after = tell(later, 50, late, complete(-1))
    expect(cmaes.describe(after).notes).toEqual(cmaes.describe(later).notes)
  })
})

describe('a snapshot', () => {
  it('holds an eigendecomposition that several generations share', () => {
    const wide = readSpace({
      parameters: Object.fromEntries(
        Array.from({ length: 120 }, (_, i) => [`P${i}`, { type: 'float' as const, low: 0, high: 1 }]),
      ),
    })
    const options = cmaes.options({ population: 4 })
    let state = cmaes.init(wide, options, 1)
    for (let number = 0; number < 24; number++) {
      const restored = cmaes.restore(wide, options, 1, JSON.parse(JSON.stringify(cmaes.snapshot(state))))
      const proposal = ask(state, number)
      expect(ask(restored, number)).toEqual(proposal)
      state = tell(
        number % 2 === 0 ? state : restored,
        number,
        proposal,
        complete(num(proposal.params, 'P0')),
      )
    }
    expect(state.strategy.run.constants.eigenInterval).toBeGreaterThan(1)
  })
})

describe('options', () => {
  it.each([
    ['population', 3],
    ['population', 7.5],
    ['sigma', 0],
    ['sigma', 2],
    ['sigma', '0.1'],
    ['mean', 'origin'],
    ['bounds', 'clip'],
    ['sampling', 'sobol'],
    ['margin', true],
    ['learningRate', 1],
    ['restarts', 3],
  ])('refuses %s: %j', (name, value) => {
    const attempt = () => cmaes.options({ [name]: value })
    expect(attempt).toThrow(OptionsError)
    expect(attempt).toThrow(expect.objectContaining({ path: name }))
  })
})
