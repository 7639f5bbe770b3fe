/** Who proposes: a search of ours in this process, or a peer's in a Python process. */
import { openSearch, type Proposed, type SearchMethod } from '../../optimizers/search.js'
import { repair } from '../../search-spaces/index.js'
import type { Params, Space } from '../../search-spaces/types.js'
import { fromRoot } from '../../src/root.js'
import { parametersOf } from '../peers/parameters.js'
import { PeerError, startPeer } from '../peers/process.js'
import type { Ending, Searcher } from './simulation.js'

export interface OurSearcher extends Searcher {
  /** What it would take home; undefined where it does not say. */
  recommended(): Params | undefined
}

export function ourSearcher(space: Space, method: SearchMethod, seed: number): OurSearcher {
  const search = openSearch(space, method, seed)
  const running = new Map<number, Proposed>()
  return {
    async ask(number) {
      const pending = [...running.values()].map(({ params }) => params)
      const [proposal] = search.propose({ number, count: 1, pending })
      running.set(number, proposal!)
      return proposal!.params
    },
    async tell(number, { result, peakMemoryMb }) {
      const { params, memo } = running.get(number)!
      running.delete(number)
      search.observe([
        {
          number,
          params,
          result,
          ...(memo !== undefined && { memo }),
          ...(peakMemoryMb && { peakMemoryMb }),
        },
      ])
    },
    recommended: () => search.recommend()?.params,
  }
}

export interface PeerTask {
  /** As bench/peers/serve.py knows it. */
  readonly method: string
  readonly seed: number
  readonly memoryLimitGb: number
  /** How many trials the budget holds if none fails: SMAC plans its initial design by it. */
  readonly trials: number
}

export interface PeerSearcher extends Searcher {
  close(): void
}

/** What the peer proposes is repaired before it runs, as the script of a user would; it is told its own point. */
export async function peerSearcher(python: string, space: Space, task: PeerTask): Promise<PeerSearcher> {
  const peer = startPeer(python, fromRoot('bench/peers/serve.py'))
  await peer.request({ ...task, parameters: parametersOf(space), defaults: space.defaults })
  return {
    async ask(number) {
      const { params } = (await peer.request({ ask: number })) as { params: Params }
      return repaired(space, params)
    },
    async tell(number, ending) {
      await peer.request({ tell: number, ...told(ending) })
    },
    close: peer.close,
  }
}

function told({ result, peakMemoryMb }: Ending) {
  return { ...result, peakMemoryGb: peakMemoryMb === undefined ? null : peakMemoryMb / 1024 }
}

function repaired(space: Space, params: Params): Params {
  const outcome = repair(space, params)
  if (!outcome.ok) throw new PeerError(`proposed what cannot be repaired: ${outcome.message}`)
  return outcome.params
}
