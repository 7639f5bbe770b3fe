/** One run: a search on the simulated H200, and how well several methods say from its trials what matters. */
import { fitTrials, importancesOf, type ObservedTrial } from '../../optimizers/importance/index.js'
import { rankCorrelation } from '../../optimizers/math/rank-correlation.js'
import type { SearchMethod } from '../../optimizers/search.js'
import { type Params, spaceNamed } from '../../search-spaces/index.js'
import { fromRoot } from '../../src/root.js'
import { parametersOf } from '../peers/parameters.js'
import { startPeer } from '../peers/process.js'
import { spaceName, terms } from '../quality/run.js'
import { ourSearcher } from '../quality/searchers.js'
import { simulate, type Trial } from '../quality/simulation.js'
import { train } from '../simulated.js'
import { trueLocal, trueTotal } from './truth.js'

export interface Run {
  readonly optimizer: string
  readonly search: SearchMethod
  readonly seed: number
  /** Left out where the peers cannot be measured. */
  readonly python?: string
}

export interface Score {
  readonly trials: number
  readonly r2: number
  /** Rank correlation with the truth, by who says what matters. */
  readonly correlations: Readonly<Record<string, number>>
  readonly seconds: Readonly<Record<string, number>>
}

type Shares = Readonly<Record<string, number>>

const space = spaceNamed(spaceName)!

export async function runOnce({ search, seed, python }: Run): Promise<Score> {
  const searcher = ourSearcher(space, search, seed)
  const ended = await simulate(searcher, (number, params) => train(seed, number, params), {
    ...terms,
    workers: 1,
  })
  const ours = timed(() => importancesOf(fitTrials(space, ended.flatMap(observed))))
  const { r2, total, local, recommended } = ours.result
  const peers = python === undefined ? {} : await askPeers(python, ended)
  return {
    trials: ended.length,
    r2: r2 ?? Number.NaN,
    correlations: {
      total: correlation(total, trueTotal()),
      local: correlation(local, trueLocal(recommended!.params)),
      ...Object.fromEntries(
        Object.entries(peers).map(([id, { shares }]) => [id, correlation(shares, trueTotal())]),
      ),
    },
    seconds: {
      total: ours.seconds,
      ...Object.fromEntries(Object.entries(peers).map(([id, { seconds }]) => [id, seconds])),
    },
  }
}

function correlation(shares: Shares, truth: Float64Array): number {
  return rankCorrelation(
    space.searched.map(({ name }) => shares[name] ?? 0),
    space.searched.map(({ coordinate }) => truth[coordinate]!),
  )
}

function observed({ number, params, result }: Trial): ObservedTrial[] {
  return result.outcome === 'complete' ? [{ number, params, result }] : []
}

async function askPeers(python: string, ended: readonly Trial[]) {
  const peer = startPeer(python, fromRoot('bench/peers/importance.py'))
  try {
    const trials = ended.map(({ params, result }): { params: Params; value: number | null } => ({
      params,
      value: result.outcome === 'complete' ? result.value : null,
    }))
    const answer = await peer.request({ parameters: parametersOf(space), trials })
    return answer as Record<string, { shares: Shares; seconds: number }>
  } finally {
    peer.close()
  }
}

function timed<T>(work: () => T): { result: T; seconds: number } {
  const began = performance.now()
  const result = work()
  return { result, seconds: (performance.now() - began) / 1000 }
}
