/** One run: a method on a problem, a hundred trials one after the other. */
import type { SearchMethod } from '../../optimizers/search.js'
import { type Params, readSpace, type Space, type SpaceSpec } from '../../search-spaces/index.js'
import { fromRoot } from '../../src/root.js'
import { type PeerProcess, startPeer } from '../peers/process.js'
import { ourSearcher, peerSearcher } from '../quality/searchers.js'
import type { Result, Searcher } from '../quality/simulation.js'
import type { Task } from './problems.js'

export const trials = 100

export type Method = {
  readonly id: string
  readonly label: string
} & (
  | { readonly by: 'us'; readonly search: SearchMethod; readonly folder: string }
  | { readonly by: 'peer'; readonly package: string; readonly module: string }
)

export interface Run {
  readonly method: Method
  readonly task: Task
  readonly python: string
}

export interface Score {
  /** Of the configuration with the least value observed, without noise. */
  readonly worth: number
  /** Of the one that the method would take home: the same where it does not say, or where there is no noise. */
  readonly recommended: number
}

export async function runOnce({ method, task, python }: Run): Promise<Score> {
  const problem = startPeer(python, fromRoot('bench/transfer/problems.py'))
  try {
    const { parameters } = (await problem.request(task.problem)) as Pick<SpaceSpec, 'parameters'>
    const space = readSpace({ parameters })
    const { searcher, recommended, close } = await opened(method, space, { seed: task.seed, python })
    try {
      const best = await bestObserved(searcher, problem)
      const worth = await worthOf(problem, best)
      const taken = task.noisy ? recommended() : undefined
      return { worth, recommended: taken ? await worthOf(problem, taken) : worth }
    } finally {
      close()
    }
  } finally {
    problem.close()
  }
}

export async function opened(
  method: Method,
  space: Space,
  { seed, python }: { seed: number; python: string },
) {
  if (method.by === 'us') {
    const searcher = ourSearcher(space, method.search, seed)
    return { searcher, recommended: searcher.recommended, close: () => {} }
  }
  const task = { method: method.id, seed, memoryLimitGb: Number.MAX_VALUE, trials }
  const searcher = await peerSearcher(python, space, task)
  return { searcher, recommended: () => undefined, close: searcher.close }
}

async function bestObserved(searcher: Searcher, problem: PeerProcess): Promise<Params> {
  let [best, least] = [undefined as Params | undefined, Number.POSITIVE_INFINITY]
  for (let number = 0; number < trials; number++) {
    const params = await searcher.ask(number)
    const { value } = (await problem.request({ evaluate: params })) as { value: number | null }
    await searcher.tell(number, { params, result: resultOf(value), wallSeconds: 0, chargedSeconds: 0 })
    if (value !== null && value < least) [best, least] = [params, value]
  }
  return best!
}

export function resultOf(value: number | null): Result {
  return value === null ? { outcome: 'diverged' } : { outcome: 'complete', value }
}

export async function worthOf(problem: PeerProcess, params: Params): Promise<number> {
  return ((await problem.request({ worth: params })) as { worth: number }).worth
}
