/** One run: a method, a seed and a number of workers on the simulated H200, and what is kept of it. */
import { stream } from '../../optimizers/rng.js'
import { draw, type Params, repair, type Space, spaceNamed } from '../../search-spaces/index.js'
import { evaluate, type Landscape, landscape, truth } from '../../trainer/landscape/index.js'
import type { Method } from './methods.js'
import { ourSearcher, peerSearcher } from './searchers.js'
import { type Ending, type Searcher, simulate, type Trial } from './simulation.js'

export const spaceName = 'autoresearch-14'
export const memoryLimitGb = 76
export const terms = { budgetSeconds: 24 * 3600, trialSeconds: 300 }
/** The mean best of Optuna's TPE after 24 h, when the landscape was first fitted: hours are counted up to it. */
export const targetBpb = 0.9769

export interface Run {
  readonly method: Method
  readonly seed: number
  readonly workers: number
  /** The peers' interpreter: only for a peer. */
  readonly python?: string
}

export interface Score {
  /** The lowest value that was observed, and what that configuration is worth without noise. */
  readonly best: number
  readonly truth: number
  /** What the configuration is worth that the method would take home: the best observed, where it does not say. */
  readonly recommended: number
  readonly trials: number
  readonly oom: number
  /** Failures of other kinds. */
  readonly failed: number
  /** Charged hours until a value at or below the target was observed. */
  readonly targetHours: number | null
  /** Each new best: charged hours, observed, without noise. */
  readonly incumbents: readonly (readonly [hours: number, observed: number, truth: number])[]
}

export async function runOnce({ method, seed, workers, python }: Run): Promise<Score> {
  const space = spaceNamed(spaceName)!
  const ground = landscape()
  const train = (number: number, params: Params) => trainOn(ground, params, noiseSeed(seed, number))
  if (method.by === 'us') {
    const searcher = ourSearcher(space, method.search, seed)
    const trials = await simulate(searcher, train, { ...terms, workers })
    return score(ground, trials, searcher.recommended())
  }
  const searcher = await openPeer(space, { method, seed, workers, python })
  try {
    return score(ground, await simulate(searcher, train, { ...terms, workers }))
  } finally {
    searcher.close()
  }
}

/** How some trials of every kind end: two landscapes that agree in this are the same to a search. */
export function probe(): readonly Ending[] {
  const space = spaceNamed(spaceName)!
  const rng = stream(0)
  return Array.from({ length: 64 }, (_, seed) => {
    const drawn = repair(space, draw(space, rng.uniform))
    return trainOn(landscape(), drawn.ok ? drawn.params : space.defaults, seed)
  })
}

function openPeer(space: Space, { method, seed, python }: Run): Promise<Searcher & { close(): void }> {
  const trials = Math.floor(terms.budgetSeconds / terms.trialSeconds)
  return peerSearcher(python!, space, { method: method.id, seed, memoryLimitGb, trials })
}

/** The same trial number meets the same noise in every method: pairs by seed share what luck they can. */
function noiseSeed(seed: number, number: number): number {
  return seed * 1_000_000 + number
}

function trainOn(ground: Landscape, params: Params, seed: number): Ending {
  const run = evaluate(ground, params, { seed, memoryLimitGb })
  const { outcome, trainSeconds, totalSeconds, peakMemoryMb } = run
  return {
    params,
    result: outcome === 'complete' ? { outcome, value: run.valBpb } : { outcome },
    wallSeconds: totalSeconds,
    chargedSeconds: trainSeconds,
    peakMemoryMb,
  }
}

function score(ground: Landscape, trials: readonly Trial[], recommended?: Params): Score {
  const incumbents: [number, number, number][] = []
  for (const { params, result, spentSeconds } of trials) {
    const best = incumbents.at(-1)?.[1] ?? Number.POSITIVE_INFINITY
    if (result.outcome !== 'complete' || result.value >= best) continue
    incumbents.push([rounded(spentSeconds / 3600), rounded(result.value), rounded(truth(ground, params))])
  }
  const last = incumbents.at(-1)
  if (!last) throw new Error('not one trial of the run succeeded')
  const ended = (outcome: string) => trials.filter(({ result }) => result.outcome === outcome).length
  return {
    best: last[1],
    truth: last[2],
    recommended: recommended ? rounded(truth(ground, recommended)) : last[2],
    trials: trials.length,
    oom: ended('oom'),
    failed: trials.length - ended('complete') - ended('oom'),
    targetHours: incumbents.find(([, observed]) => observed <= targetBpb)?.[0] ?? null,
    incumbents,
  }
}

/** Eight digits: a hundredth of a second, and far below the noise of a val_bpb. */
function rounded(value: number): number {
  return Number(value.toPrecision(8))
}
