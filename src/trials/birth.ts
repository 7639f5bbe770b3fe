/** A trial comes into the study: numbered, counted, and known by its configuration. */
import { createHash } from 'node:crypto'
import type { Proposed } from '../../optimizers/search.js'
import { type Params, paramsKey } from '../../search-spaces/index.js'
import { born, moved } from '../model/counters.js'
import type { Live, OpenTrial, Proposal } from './live.js'
import type { BornTrial, Writes } from './writes.js'

export interface Newborn extends Omit<Proposal, 'duplicateOf'> {
  readonly params: Params
  readonly memo?: Proposed['memo']
}

/** A new trial, ready to be leased. Its repaired point is its point. */
export function bear(live: Live, writes: Writes, { params, memo = null, ...given }: Newborn): OpenTrial {
  const number = live.nextNumber++
  const key = keyOf(params)
  const proposal = known(live, number, key, given)
  countIn(live, proposal)
  return enter(live, writes, { number, state: 'ready', params, params_key: key, proposal, memo })
}

/** A new trial whose advisor is being asked: until then its point is the optimizer's own. It has its place in the budget. */
export function conceive(
  live: Live,
  writes: Writes,
  { params, memo = null, ...proposal }: Newborn,
  worker: string,
  reservedSeconds: number,
): OpenTrial {
  const number = live.nextNumber++
  const { counters } = live
  live.counters = { ...counters, reservedSeconds: counters.reservedSeconds + reservedSeconds }
  return enter(live, writes, {
    number,
    state: 'proposing',
    params,
    params_key: keyOf(params),
    proposal,
    memo,
    worker,
    reserved_seconds: reservedSeconds,
  })
}

function enter(
  live: Live,
  writes: Writes,
  row: BornTrial & { readonly state: 'proposing' | 'ready' },
): OpenTrial {
  writes.born.push(row)
  const counters = moved(live.counters, null, row.state)
  live.counters = {
    ...counters,
    budgeted: counters.budgeted + 1,
    preflightRefusals: counters.preflightRefusals + row.proposal.refused,
  }
  const trial: OpenTrial = {
    number: row.number,
    params: row.params,
    memo: row.memo,
    source: row.proposal.source,
    state: row.state,
    proposal: row.state === 'proposing' ? row.proposal : null,
    attempt: 0,
    worker: row.worker ?? null,
    token: null,
    reservedSeconds: row.reserved_seconds ?? 0,
  }
  live.open.set(row.number, trial)
  return trial
}

/** Writes a configuration down, and says whose it was before. */
export function known<P extends object>(
  live: Live,
  number: number,
  key: string,
  proposal: P,
): P & { readonly duplicateOf?: number } {
  const first = live.known.get(key)
  live.known.set(key, Math.min(first ?? number, number))
  return first === undefined ? proposal : { ...proposal, duplicateOf: first }
}

/** Counts a proposal, once it is decided. */
export function countIn(live: Live, { source, duplicateOf, repairs }: Proposal): void {
  const counters = born(live.counters, source)
  live.counters = {
    ...counters,
    duplicates: counters.duplicates + (duplicateOf === undefined ? 0 : 1),
    repaired: counters.repaired + (repairs.length > 0 ? 1 : 0),
  }
}

/** Equal configurations have equal keys. */
export function keyOf(params: Params): string {
  return createHash('sha1').update(paramsKey(params)).digest('base64').slice(0, 20)
}
