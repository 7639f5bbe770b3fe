/** What `carry` measures: a new study after an earlier one on another card. */
import { expect, it } from 'vitest'
import { type Known, runOnce } from '../../bench/carry/run.js'
import { train } from '../../bench/simulated.js'
import { spaceNamed } from '../../search-spaces/index.js'

it('begins where the earlier study ended, only where it is known', { timeout: 60_000 }, async () => {
  const known: Known[] = ['nothing', 'model', 'trials', 'opposite']
  const run = { card: { memoryGb: 24, speed: 1 / 3 }, seed: 3, known, hours: { earlier: 2, here: 0.5 } }
  const found = await runOnce(run)
  const firstOf = (i: number) => found[i]!.incumbents[0]!
  const byDefault = train(3, 0, spaceNamed('autoresearch-14')!.defaults)
  for (const arm of [0, 1]) expect(byDefault.result).toEqual({ outcome: 'complete', value: firstOf(arm)[1] })
  expect(new Set(found.map(({ carried }) => carried)).size).toBe(1)
  // The second trial of the model is the best of the earlier study, give or take the noise by which it was chosen.
  expect(found[1]!.incumbents[1]![0]).toBeCloseTo(1 / 6, 5)
  expect(found[1]!.incumbents[1]![2]).toBeLessThan(firstOf(1)[2])
  expect(await runOnce({ ...run, known: ['model'] })).toEqual([found[1]])
})
