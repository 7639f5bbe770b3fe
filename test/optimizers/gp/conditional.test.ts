/** gp where most parameters belong to one choice, on a problem that is drawn anew from each seed. */
import { describe, expect, it } from 'vitest'
import { sets } from '../../../bench/causes/problems.js'
import { stream } from '../../../optimizers/rng.js'
import { openSearch } from '../../../optimizers/search.js'
import { encodingOf, startSize } from '../../../optimizers/surrogate/encoding.js'
import { readSpace } from '../../../search-spaces/index.js'
import { mean } from '../../../src/statistics/describe.js'

const [branches] = sets.branches!

/** What is left to gain after 25 trials, of what the median random configuration leaves. */
function leftAfter25(seed: number): number {
  const { observed } = branches!.draw(stream(seed, 77))
  const search = openSearch(branches!.space, { optimizer: { kind: 'gp' }, preflight: 'off' }, seed)
  let best = Number.POSITIVE_INFINITY
  for (let number = 0; number < 25; number++) {
    const [proposed] = search.propose({ number, count: 1, pending: [] })
    const value = observed(proposed!.params)
    best = Math.min(best, value)
    search.observe([{ ...proposed!, result: { outcome: 'complete', value } }])
  }
  return best
}

describe('the start-up', () => {
  it('is one trial for each parameter that is active at once, at least eight', () => {
    const unit = { type: 'float', low: 0, high: 1 } as const
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`P${i}`, unit]))
    const choice = { type: 'categorical', choices: ['a', 'b'] } as const
    const halves = Object.fromEntries(
      Object.entries(ten).map(([name, one], i) => [name, { ...one, when: { C: i < 5 ? 'a' : 'b' } }]),
    )
    const sizeOf = (parameters: object) => startSize(encodingOf(readSpace({ parameters })))
    expect(sizeOf(ten)).toBe(10)
    expect(sizeOf({ C: choice, ...halves })).toBe(8)
    expect(sizeOf({ C: choice, ...ten, Q: { ...unit, when: { C: 'a' } } })).toBe(12)
  })

  it('lets gp find a good branch of 38 parameters within 25 trials', { timeout: 60_000 }, () => {
    expect(mean([1, 3, 4, 7].map(leftAfter25))).toBeLessThan(0.12)
  })
})
