/** A study held in memory alone: the service's own turns are played on it, and what they would store is dropped. */
import { EMPTY_HISTORY } from '../../src/advisors/advisor-history.js'
import { openSearchOf } from '../../src/compute/open-search.js'
import { NO_TRIALS } from '../../src/domain/counters.js'
import { decodeSpec } from '../../src/domain/decode-spec.js'
import { advisorOf } from '../../src/domain/methods.js'
import { studySpec } from '../../src/domain/spec.js'
import type { HeldStudy } from '../../src/engine/held-study.js'
import { KnownConfigurations } from '../../src/engine/known-configurations.js'
import { noWrites } from '../../src/engine/writes.js'
import { ask } from '../../src/trials/commands/ask.js'
import { tell } from '../../src/trials/commands/tell.js'
import type { Ending, Searcher } from '../quality/simulation.js'

export function openStudy(given: object): HeldStudy {
  const spec = studySpec.parse(given)
  const { space, method } = decodeSpec(spec)
  return {
    id: '',
    name: spec.name,
    spec,
    space,
    advisor: advisorOf(method),
    ledger: null,
    state: 'active',
    reason: null,
    seq: 0,
    nextNumber: 0,
    counters: NO_TRIALS,
    best: null,
    open: new Map(),
    known: new KnownConfigurations(),
    search: openSearchOf(spec),
    history: EMPTY_HISTORY,
    observations: 0,
    snapshotObservations: 0,
  }
}

/** Its workers, to whom every trial goes that is asked for. */
export function searcherOf(study: HeldStudy): Searcher {
  return {
    async ask(number) {
      await ask(`worker ${number}`, 1).play(study, noWrites())
      return study.open.get(number)!.params
    },
    async tell(number, ending) {
      await tell(number, study.open.get(number)!.token!, told(ending)).play(study, noWrites())
    },
  }
}

function told({ result, chargedSeconds, peakMemoryMb }: Ending) {
  return { ...result, trainSeconds: chargedSeconds, ...(peakMemoryMb !== undefined && { peakMemoryMb }) }
}
