/** A study held in memory alone: the service's own turns are played on it, and what they would store is dropped. */
import { openSearch } from '../../optimizers/search.js'
import { NO_HISTORY } from '../../src/advisors/history.js'
import { NO_TRIALS } from '../../src/model/counters.js'
import { decodeSpec } from '../../src/model/decode.js'
import { studySpec } from '../../src/model/spec.js'
import { ask } from '../../src/trials/ask.js'
import type { Live } from '../../src/trials/live.js'
import { tell } from '../../src/trials/settle.js'
import { noWrites } from '../../src/trials/writes.js'
import type { Ending, Searcher } from '../quality/simulation.js'

export function openStudy(given: object): Live {
  const spec = studySpec.parse(given)
  const { space, method } = decodeSpec(spec)
  return {
    id: '',
    name: spec.name,
    spec,
    space,
    advisor: method.advisor ?? null,
    state: 'active',
    reason: null,
    seq: 0,
    nextNumber: 0,
    counters: NO_TRIALS,
    best: null,
    open: new Map(),
    known: new Map(),
    search: openSearch(space, method, spec.seed),
    history: NO_HISTORY,
    told: 0,
    snapshotTold: 0,
  }
}

/** Its workers, to whom every trial goes that is asked for. */
export function searcherOf(live: Live): Searcher {
  return {
    async ask(number) {
      ask(`worker ${number}`, 1).play(live, noWrites())
      return live.open.get(number)!.params
    },
    async tell(number, ending) {
      tell(number, live.open.get(number)!.token!, told(ending)).play(live, noWrites())
    },
  }
}

function told({ result, chargedSeconds, peakMemoryMb }: Ending) {
  return { ...result, trainSeconds: chargedSeconds, ...(peakMemoryMb !== undefined && { peakMemoryMb }) }
}
