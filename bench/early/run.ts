/** The first hours of a peer's day, by the protocol of `quality`. */
import { spaceNamed } from '../../search-spaces/index.js'
import { landscape, truth } from '../../trainer/landscape/index.js'
import type { PeerMethod } from '../quality/methods.js'
import { memoryLimitGb, spaceName, terms } from '../quality/run.js'
import { peerSearcher } from '../quality/searchers.js'
import { simulate } from '../quality/simulation.js'
import { train } from '../simulated.js'

export const HOURS = 8

export interface Run {
  readonly method: PeerMethod
  readonly seed: number
  readonly python: string
}

/** What had been found by then: the least value observed, and what that configuration is worth without noise. */
export interface Found {
  readonly best: number
  readonly truth: number
}

export async function runOnce({ method, seed, python }: Run): Promise<Found> {
  const budgetSeconds = HOURS * 3600
  const trials = Math.floor(terms.budgetSeconds / terms.trialSeconds)
  const space = spaceNamed(spaceName)!
  const searcher = await peerSearcher(python, space, { method: method.id, seed, memoryLimitGb, trials })
  try {
    const ended = await simulate(searcher, (number, params) => train(seed, number, params), {
      ...terms,
      workers: 1,
      budgetSeconds,
    })
    const worths = ended.flatMap(({ params, result }) =>
      result.outcome === 'complete' ? [{ best: result.value, params }] : [],
    )
    const least = worths.reduce((a, b) => (b.best < a.best ? b : a))
    return { best: least.best, truth: truth(landscape(), least.params) }
  } finally {
    searcher.close()
  }
}
