/** tpe where a parameter has hundreds of choices, on a problem that is drawn anew from each seed. */
import { expect, it } from 'vitest'
import { sets } from '../../../bench/causes/problems.js'
import { stream } from '../../../optimizers/rng.js'
import { openSearch } from '../../../optimizers/search.js'
import { mean } from '../../../src/statistics/describe.js'

const [choices] = sets.choices!

/** What is left to gain after 50 trials, of what the median random configuration leaves. */
function leftAfter50(seed: number): number {
  const { regret } = choices!.draw(stream(seed, 77))
  const search = openSearch(choices!.space, { optimizer: { kind: 'tpe' }, preflight: 'off' }, seed)
  let best = Number.POSITIVE_INFINITY
  for (let number = 0; number < 50; number++) {
    const [proposed] = search.propose({ number, count: 1, pending: [] })
    const value = regret(proposed!.params)
    best = Math.min(best, value)
    search.observe([{ ...proposed!, result: { outcome: 'complete', value } }])
  }
  return best
}

// 0.061 on these seeds where each level leaks as much as one of few.
it('keeps to the good ones of 260', () => {
  expect(mean(Array.from({ length: 20 }, (_, i) => leftAfter50(200 + i)))).toBeLessThan(0.045)
})
