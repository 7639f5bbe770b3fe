/** cma-es as a study meets it: spaces, failures, advisors, late results. */
import { describe, expect, it } from 'vitest'
import { constantsFor } from '../../../optimizers/cmaes/constants.js'
import { cmaes } from '../../../optimizers/cmaes/index.js'
import {
  type Observation,
  type OptimizerRun,
  OptionsError,
  type Proposal,
} from '../../../optimizers/contract.js'
import { type Params, readSpace, type Space } from '../../../search-spaces/index.js'

const plane = readSpace({
  parameters: {
    X: { type: 'float', low: 0, high: 1, default: 0.3 },
    Y: { type: 'float', low: 0, high: 1, default: 0.6 },
  },
})

type Result = Observation['result']
const complete = (value: number): Result => ({ outcome: 'complete', value })
const begin = (space: Space, given: object = {}, seed = 1) => cmaes.open(space, cmaes.options(given), seed)
const ask = (run: OptimizerRun, number: number): Proposal => run.ask({ number, count: 1, pending: [] })[0]!
const tell = (run: OptimizerRun, number: number, proposal: Proposal, result: Result) =>
  run.tell([{ number, ...proposal, result }])
const meanOf = (run: OptimizerRun, name: string) => run.describe().parameters[name]!.mean as number
const num = (params: Params, name: string) => params[name] as number

function search(run: OptimizerRun, trials: number, objective: (params: Params) => Result, from = 0) {
  let best = Infinity
  for (let number = from; number < from + trials; number++) {
    const proposal = ask(run, number)
    const result = objective(proposal.params)
    if (result.outcome === 'complete') best = Math.min(best, result.value)
    tell(run, number, proposal, result)
  }
  return { run, best }
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
    const run = begin(plane)
    for (const [number, params] of earlier.slice(0, 9).entries()) {
      tell(run, number, { params }, complete(value(params)))
    }
    expect(meanOf(run, 'X')).toBe(0.3)
    for (const [number, params] of earlier.slice(9).entries()) {
      tell(run, 9 + number, { params }, complete(value(params)))
    }
    const mean = { X: meanOf(run, 'X'), Y: meanOf(run, 'Y') }
    expect(value(mean)).toBeLessThan(0.05)
    const better = search(run, 30, (params) => complete(value(params)), 30).best
    expect(better).toBeLessThan(search(begin(plane), 30, (params) => complete(value(params))).best)
  })
})

describe('what it draws', () => {
  it('comes in mirrored pairs', () => {
    const run = begin(plane)
    const xs = (number: number) => (ask(run, number).memo as { x: number[] }).x
    for (const pair of [4, 6, 10 ** 9]) {
      const [a, b] = [xs(pair), xs(pair + 1)]
      expect((a[0]! + b[0]!) / 2).toBeCloseTo(0.3, 12)
      expect((a[1]! + b[1]!) / 2).toBeCloseTo(0.6, 12)
      expect(a).not.toEqual(b)
    }
    const alone = begin(plane, { sampling: 'independent' })
    const [c, d] = [4, 5].map((number) => (ask(alone, number).memo as { x: number[] }).x)
    expect((c![0]! + d![0]!) / 2).not.toBeCloseTo(0.3, 3)
  })

  it('reaches an optimum that lies on a bound, and does not run away there', () => {
    const corner = (params: Params) => complete(num(params, 'X') + 10 * (1 - num(params, 'Y')))
    const { run, best } = search(begin(plane, { restarts: 'none' }), 400, corner)
    expect(best).toBeLessThan(1e-6)
    expect(run.describe().sigma!.value).toBeLessThan(0.1)
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
    const { run } = search(begin(plane), 150, (params) =>
      complete(num(params, 'X') + (num(params, 'Y') - 0.6) ** 2),
    )
    const { mean, low, high } = run.describe().parameters.X as Record<'mean' | 'low' | 'high', number>
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
      const { run } = search(begin(space), 150, value)
      const { probabilities } = run.describe().parameters.KIND!
      expect(probabilities!.c).toBeGreaterThan(0.6)
      expect(Math.min(...Object.values(probabilities!))).toBeGreaterThan(0.001)
    }
  })
})

describe('failures', () => {
  it('never move the mean, and never the choices', () => {
    const { run } = search(begin(plane), 8, () => ({ outcome: 'oom' }))
    expect([meanOf(run, 'X'), meanOf(run, 'Y')]).toEqual([0.3, 0.6])
    expect(run.describe()).toMatchObject({ observations: 8, failures: 8 })
  })

  it('are all alike: no kind of failure is worse than another', () => {
    const run = (outcome: 'oom' | 'diverged' | 'crashed') =>
      search(begin(plane), 40, (params) =>
        num(params, 'X') > 0.35 ? { outcome } : complete(num(params, 'Y')),
      ).run
    expect(run('oom').snapshot()).toEqual(run('diverged').snapshot())
    expect(run('oom').snapshot()).toEqual(run('crashed').snapshot())
  })

  it('take variance from their direction', () => {
    const value = (params: Params) => complete(-num(params, 'Y') / 1000)
    const free = search(begin(plane, { restarts: 'none' }), 30, value).run
    const walled = search(begin(plane, { restarts: 'none' }), 30, (params) =>
      Math.abs(num(params, 'X') - 0.3) > 0.05 ? { outcome: 'oom' } : value(params),
    ).run
    const width = (run: OptimizerRun) => {
      const { low, high } = run.describe().parameters.X!
      return (high as number) - (low as number)
    }
    expect(width(walled)).toBeLessThan(width(free))
  })

  it('everywhere end the run, which is said', () => {
    const { run } = search(begin(plane), 30, () => ({ outcome: 'oom' }))
    expect(run.describe().notes[0]).toBe('run 1 (first) stopped after 30 trials: infeasible')
  })
})

describe('points from elsewhere', () => {
  it('pull the mean, but no further than a long step of its own', () => {
    const run = begin(plane, { population: 4, sigma: 0.01 })
    tell(run, 0, ask(run, 0), complete(5))
    tell(run, 1, { params: { X: 0.95, Y: 0.6 } }, complete(0))
    for (const number of [2, 3]) tell(run, number, ask(run, number), complete(number))
    const moved = meanOf(run, 'X') - 0.3
    const longest = (Math.SQRT2 + 1) * 0.01
    expect(moved).toBeGreaterThan(0.3 * longest)
    expect(moved).toBeLessThan(longest)
  })

  it('that failed change nothing but the counts', () => {
    const { run } = search(begin(plane), 9, (params) => complete(num(params, 'X')))
    const before = run.describe()
    tell(run, 9, { params: plane.defaults }, { outcome: 'oom' })
    expect(run.describe()).toEqual({ ...before, observations: 10, failures: 1 })
  })

  it('count once in a generation, however often they are told', () => {
    const { run } = search(begin(plane), 7, (params) => complete(num(params, 'X')))
    const copy = { params: { X: 0.9, Y: 0.9 } }
    for (const number of [7, 8, 9]) tell(run, number, copy, complete(0.5))
    expect(run.describe().notes.at(-1)).toContain('generation 1, 2 of 6 points told')
  })
})

describe('late results', () => {
  it('of an earlier distribution are injected, in whatever order they come', () => {
    const run = begin(plane, { population: 4 })
    const late = [10, 11].map((number) => ({ number, ...ask(run, number), result: complete(-1) }))
    search(run, 8, (params) => complete(num(params, 'X')))
    run.tell(late)
    expect(run.describe().notes.at(-1)).toContain('2 of 4 points told')
  })

  it('of a run that has stopped say nothing about the next', () => {
    const run = begin(plane, { population: 4 })
    const late = ask(run, 50)
    search(run, 4, () => complete(1))
    const { notes } = run.describe()
    expect(notes).toHaveLength(2)
    tell(run, 50, late, complete(-1))
    expect(run.describe().notes).toEqual(notes)
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
    expect(constantsFor(120, 4).eigenInterval).toBeGreaterThan(1)
    let run = cmaes.open(wide, options, 1)
    for (let number = 0; number < 24; number++) {
      const restored = cmaes.open(wide, options, 1, JSON.parse(JSON.stringify(run.snapshot())))
      const proposal = ask(run, number)
      expect(ask(restored, number)).toEqual(proposal)
      if (number % 2 === 1) run = restored
      tell(run, number, proposal, complete(num(proposal.params, 'P0')))
    }
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
