/** Whether gp sees noise, and what it recommends where it sees none. */
import { describe, expect, it } from 'vitest'
import { type Problem, sets } from '../../../bench/causes/problems.js'
import { gp } from '../../../optimizers/gp/index.js'
import { stream } from '../../../optimizers/rng.js'
import { openSearch } from '../../../optimizers/search.js'
import { type Params, paramsKey, readSpace } from '../../../search-spaces/index.js'

const unit = { type: 'float', low: 0, high: 1 } as const
const space = readSpace({ parameters: { A: unit, B: unit, C: unit } })

/** Sixty trials of waves, each with as much noise. */
function searched(noise: number, seed: number, options: object = {}) {
  const rng = stream(seed, 5)
  const run = gp.open(space, gp.options(options), seed)
  let best: { params: Params; value: number } | undefined
  for (let number = 0; number < 60; number++) {
    const [{ params }] = run.ask({ number, count: 1, pending: [] }) as [{ params: Params }]
    const [a, b, c] = ['A', 'B', 'C'].map((name) => params[name] as number) as [number, number, number]
    const wave = Math.sin(5 * a + 2 * b) + 2 * (b - 0.4) ** 2 + 0.6 * Math.cos(7 * c * a) + c
    const value = wave + noise * rng.normal()
    if (best === undefined || value < best.value) best = { params, value }
    run.tell([{ number, params, result: { outcome: 'complete', value } }])
  }
  return { run, best: best! }
}

describe('gp recommends', () => {
  it.each(['choices', 'rough'])(
    'the best observed of exact values that its model follows roughly: %s',
    (set) => {
      const [{ space, draw }] = sets[set] as [Problem]
      const { observed } = draw(stream(300, 77))
      const search = openSearch(space, { optimizer: { kind: 'gp' }, preflight: 'off' }, 300)
      let best: { params: Params; value: number } | undefined
      for (let number = 0; number < 40; number++) {
        const [proposed] = search.propose({ number, count: 1, pending: [] })
        const value = observed(proposed!.params)
        if (best === undefined || value < best.value) best = { params: proposed!.params, value }
        search.observe([{ ...proposed!, result: { outcome: 'complete', value } }])
      }
      expect(search.recommend()!.params).toEqual(best!.params)
    },
  )

  it('by its model where they do', () => {
    const differ = [1, 2, 3, 4].filter((seed) => {
      const { run, best } = searched(0.15, seed)
      return paramsKey(run.recommend()!.params) !== paramsKey(best.params)
    })
    expect(differ.length).toBeGreaterThan(1)
  })

  it('the best observed where it is told that there is no noise', () => {
    for (const seed of [1, 2, 3, 4]) {
      const { run, best } = searched(0.15, seed, { noise: 0 })
      expect(run.recommend()!.params).toEqual(best.params)
    }
    expect(() => gp.options({ noise: 0.1 })).toThrow('expected 0, or null for what the observations say')
  })

  it('the best observed where a configuration that ran again had the same value, and not where it had another', () => {
    const outcome = (value: number) => ({ outcome: 'complete', value }) as const
    for (const [again, exact] of [
      [0, true],
      [0.05, false],
    ] as const) {
      const { run, best } = searched(0.15, 1)
      const poor: Params = { A: 0.51, B: 0.52, C: 0.53 }
      run.tell([
        { number: 60, params: poor, result: outcome(2) },
        { number: 61, params: poor, result: outcome(2 + again) },
      ])
      expect(paramsKey(run.recommend()!.params) === paramsKey(best.params)).toBe(exact)
    }
  })
})
