/** Adds a trial to the study: numbers it, counts it, and makes its configuration known. */
import { createHash } from 'node:crypto'
import type { Proposed } from '../../../optimizers/search.js'
import { type Params, paramsKey } from '../../../search-spaces/index.js'
import { countProposal, countTransition } from '../../domain/counters.js'
import type { HeldStudy, OpenTrial, Proposal } from '../../engine/held-study.js'
import type { CreatedTrial, TurnWrites } from '../../engine/writes.js'

export interface TrialDraft extends Omit<Proposal, 'duplicateOf'> {
  readonly params: Params
  readonly memo?: Proposed['memo']
}

/** Adds a trial that is ready to be leased. `params` are repaired already. */
export function createTrial(
  study: HeldStudy,
  writes: TurnWrites,
  { params, memo = null, ...given }: TrialDraft,
): OpenTrial {
  const number = study.nextNumber++
  const key = configurationKey(params)
  const proposal = rememberConfiguration(study, number, key, given)
  countDecided(study, proposal)
  return addTrial(study, writes, { number, state: 'ready', params, params_key: key, proposal, memo })
}

/** Adds a trial whose advisor is being asked; until it answers, `params` are the optimizer's own. It counts in the budget. */
export function createProposingTrial(
  study: HeldStudy,
  writes: TurnWrites,
  { params, memo = null, ...proposal }: TrialDraft,
  worker: string,
  reservedSeconds: number,
): OpenTrial {
  const number = study.nextNumber++
  const { counters } = study
  study.counters = { ...counters, reservedSeconds: counters.reservedSeconds + reservedSeconds }
  return addTrial(study, writes, {
    number,
    state: 'proposing',
    params,
    params_key: configurationKey(params),
    proposal,
    memo,
    worker,
    reserved_seconds: reservedSeconds,
  })
}

function addTrial(
  study: HeldStudy,
  writes: TurnWrites,
  row: CreatedTrial & { readonly state: 'proposing' | 'ready' },
): OpenTrial {
  writes.created.push(row)
  const counters = countTransition(study.counters, null, row.state)
  study.counters = {
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
  study.open.set(row.number, trial)
  return trial
}

/** Makes a configuration known; adds to the proposal which trial had it first. */
export function rememberConfiguration<P extends object>(
  study: HeldStudy,
  number: number,
  key: string,
  proposal: P,
): P & { readonly duplicateOf?: number } {
  const first = study.known.get(key)
  study.known.add(key, number)
  return first === undefined ? proposal : { ...proposal, duplicateOf: first }
}

/** Counts a proposal, once it is decided. */
export function countDecided(study: HeldStudy, { source, duplicateOf, repairs }: Proposal): void {
  const counters = countProposal(study.counters, source)
  study.counters = {
    ...counters,
    duplicates: counters.duplicates + (duplicateOf === undefined ? 0 : 1),
    repaired: counters.repaired + (repairs.length > 0 ? 1 : 0),
  }
}

/** Equal configurations have equal keys. */
export function configurationKey(params: Params): string {
  return createHash('sha1').update(paramsKey(params)).digest('base64').slice(0, 20)
}
